import Jobs
import Platform

/// Finds jobs by their ids, for those that make jobs under names which follow from something else: what has a home was made
/// before.
public struct JobHomes: Sendable {
  /// Longest record that is read, bytes.
  private static let largest = 16 << 20

  private let folders: SpoolFolders

  public init(_ folders: SpoolFolders) { self.folders = folders }

  /// Where the job of an id is, or its result; nil: nowhere. A job that moves on while it is looked for is met in the folder
  /// that it comes to: the order is that of a job's way. A person's `mv` back to the inbox is looked for at the end.
  public func home(of id: JobID) throws(SystemError) -> SpoolPlace? {
    let name = JobFile.job(id.text)
    for place in [SpoolPlace.inbox, .held, .processing, .deferred, .processing, .done, .errors, .inbox] {
      let folder = try folders[place]
      if try folder.has(name) { return place }
      if place == .done || place == .errors, try folder.has(JobFile.result(id.text)) { return place }
    }
    return nil
  }

  /// What lies beside a job in a folder: the record of its run, or its result. Nil: there is none of ours, or a crash tore it.
  ///
  /// - Throws: it cannot be read now. That must never count as none: a job that has run would start anew.
  public func record(of id: JobID, in place: SpoolPlace) throws(SystemError) -> JobRecord? {
    guard let name = JobFile.sidecar(id.text, in: place) else { return nil }
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try folders[place].open(name).readAll(limit: Self.largest) } catch {
      if error.isNoFile { return nil }
      throw error
    }
    return try? JobRecord.decode(bytes)
  }

  /// The result of a job that ended; nil: there is none. The error is what is wrong with it: a person's own file.
  public func result(of id: JobID, in place: SpoolPlace) throws(SystemError) -> Result<JobRecord, Refusal>? {
    let folder = try folders[place]
    let name = JobFile.result(id.text)
    guard try folder.has(name) else { return nil }
    let bytes = try folder.open(name).readAll(limit: Self.largest)
    do throws(Refusal) { return .success(try JobRecord.decode(bytes)) } catch { return .failure(error) }
  }
}
