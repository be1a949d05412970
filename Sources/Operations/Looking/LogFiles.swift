import Jobs
import Platform
import Spool

/// The two log files of one attempt.
public struct AttemptLogs {
  public enum Stream: String, Sendable, CaseIterable {
    case out, err
  }

  private let access: SpoolAccess
  public let id: JobID
  /// From 1.
  public let attempt: Int
  private var files: [Stream: Descriptor] = [:]
  private var names: [Stream: String]

  /// - Parameter record: the job's, where it is known.
  public init(_ access: SpoolAccess, id: JobID, attempt: Int, record: JobRecord? = nil) {
    self.access = access
    self.id = id
    self.attempt = attempt
    names = Self.names(id, attempt: attempt, record)
  }

  /// Goes by what the record of a job that has ended meanwhile says of this attempt.
  public mutating func learn(_ record: JobRecord?) {
    let known = Self.names(id, attempt: attempt, record)
    // Of what was read already the rest comes from there.
    for stream in Stream.allCases where files[stream] == nil { names[stream] = known[stream] }
  }

  /// The names of an attempt's logs. `x.2.out` is the second attempt of `x` and the first of a job `x.2`, and who comes
  /// later gets `x.2~2.out`: a record knows that of its last attempt, and that a stream wrote nothing.
  static func names(_ id: JobID, attempt: Int, _ record: JobRecord?) -> [Stream: String] {
    var names: [Stream: String] = [:]
    // While an attempt runs its record is from before.
    let last = record?.attempts.last
    let told = last?.number == attempt && last?.status != "running" ? record : nil
    for stream in Stream.allCases {
      guard let text = stream == .out ? told?.stdout : told?.stderr else {
        names[stream] = name(id, attempt: attempt, stream)
        continue
      }
      guard let log = text.log, log.hasPrefix(Self.folder) else { continue }
      let name = String(log.dropFirst(Self.folder.count))
      // A folder opens one name of its own and follows no link.
      if !name.isEmpty, !name.contains("/") { names[stream] = name }
    }
    return names
  }

  /// What `log` of a record begins with.
  private static let folder = SpoolPlace.jobLogs.rawValue + "/"

  /// `NAME.out`, of a later attempt `NAME.2.out`.
  public static func name(_ id: JobID, attempt: Int, _ stream: Stream) -> String {
    attempt <= 1 ? "\(id).\(stream.rawValue)" : "\(id).\(attempt).\(stream.rawValue)"
  }

  /// What is new of a stream since the last call, in pieces of at most 64 KiB; empty when there is nothing now. A stream
  /// that wrote nothing has no file.
  public mutating func more(of stream: Stream) throws(SystemError) -> [UInt8] {
    if files[stream] == nil {
      guard let name = names[stream], let folder = try access.readable(.jobLogs) else { return [] }
      do throws(SystemError) {
        let file = try folder.open(name)
        guard try file.status().kind == .file else { return [] }
        files[stream] = file
      } catch {
        if error.isMissing || error.isLink { return [] }
        throw error
      }
    }
    return try files[stream]?.readChunk(65_536) ?? []
  }
}

extension SpoolAccess {
  /// The record of a job, as far as one is written; nil: none.
  public func record(of sighting: Sighting) throws(SystemError) -> JobRecord? {
    try record(sighting.id, in: sighting.place)
  }

  /// The number of the attempt that runs, or of the last one; nil when the job has not started yet.
  public func lastAttempt(of sighting: Sighting) throws(SystemError) -> Int? {
    let record = try record(sighting.id, in: sighting.place)
    guard sighting.place == .processing else { return record.flatMap { $0.attempts.last?.number } }
    // A short job runs without a record of its own; one that lies there may be from before this attempt.
    guard let last = record?.attempts.last else { return 1 }
    return last.status == "running" || sighting.hasEnded ? last.number : last.number + 1
  }
}
