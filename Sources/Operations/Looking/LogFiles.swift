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

  public init(_ access: SpoolAccess, id: JobID, attempt: Int) {
    self.access = access
    self.id = id
    self.attempt = attempt
  }

  /// `NAME.out`, of a later attempt `NAME.2.out`.
  public static func name(_ id: JobID, attempt: Int, _ stream: Stream) -> String {
    attempt <= 1 ? "\(id).\(stream.rawValue)" : "\(id).\(attempt).\(stream.rawValue)"
  }

  /// What is new of a stream since the last call, in pieces of at most 64 KiB; empty when there is nothing now. A stream
  /// that wrote nothing has no file.
  public mutating func more(of stream: Stream) throws(SystemError) -> [UInt8] {
    if files[stream] == nil {
      guard let folder = try access.readable(.jobLogs) else { return [] }
      do throws(SystemError) {
        let file = try folder.open(Self.name(id, attempt: attempt, stream))
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
  /// The number of the attempt that runs, or of the last one; nil when the job has not started yet.
  public func lastAttempt(of sighting: Sighting) throws(SystemError) -> Int? {
    let record = try record(sighting.id, in: sighting.place)
    guard sighting.place == .processing else { return record.flatMap { $0.attempts.last?.number } }
    // A short job runs without a record of its own; one that lies there may be from before this attempt.
    guard let last = record?.attempts.last else { return 1 }
    return last.status == "running" || sighting.hasEnded ? last.number : last.number + 1
  }
}
