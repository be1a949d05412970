import Jobs
import Platform
import Spool

/// Publishes drafts; each is on the disk when its id is answered.
public struct Submission {
  private var publisher: Publisher
  private let access: SpoolAccess
  /// Longest job file that the spool's runner reads, bytes.
  public let limit: Int

  /// - Throws: `system`.
  public init(_ access: SpoolAccess) throws(OperationError) {
    self.access = access
    publisher = Publisher(folders: access.folders, disk: access.disk)
    do throws(SystemError) { limit = Int(try access.settingsOrDefaults().maxJobBytes.bytes) } catch {
      throw .system(error)
    }
  }

  /// Publishes under the draft's id, or a numbered one if it is taken.
  /// - Throws: `nameTaken` if the draft wants that very id, `system`.
  public mutating func publish(_ draft: JobDraft) throws(OperationError) -> JobID {
    let (ids, failure) = publish([draft])
    if let failure { throw failure }
    return ids[0]
  }

  /// Publishes many with the syncs of one. Answers the ids of those that are on the disk now, the first ones always, and why
  /// the next one is not.
  ///
  /// - Parameter moreToCome: more follow at once; with them the ids of these are answered.
  public mutating func publish(
    _ drafts: [JobDraft], moreToCome: Bool = false
  ) -> (ids: [JobID], failure: OperationError?) {
    // An id is free where none of the folders has it.
    do throws(SystemError) { try access.makeMissing(SpoolPlace.jobStates) } catch { return ([], .system(error)) }
    let published = publisher.publish(
      drafts.map { .init($0.bytes, stem: $0.stem, exactly: $0.exactly) }, moreToCome: moreToCome)
    let failure: OperationError? =
      switch published.failure {
      case nil: nil
      case .nameTaken(let name): .nameTaken(name)
      case .system(let error): .system(error)
      }
    return (published.ids, failure)
  }
}
