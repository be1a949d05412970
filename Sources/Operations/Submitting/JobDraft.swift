import Jobs
import Platform

/// A job that is not published yet: bytes that were read and found good, and the name they ask for.
public struct JobDraft: Equatable, Sendable {
  /// The id it gets if it is free.
  public var stem: JobID
  /// The file's bytes.
  public var bytes: [UInt8]
  /// Whether that very id is wanted, or a numbered one will do.
  public var exactly: Bool

  /// A draft whose bytes are known to be good.
  init(stem: JobID, bytes: [UInt8], exactly: Bool = false) {
    self.stem = stem
    self.bytes = bytes
    self.exactly = exactly
  }

  /// Reads a job as the runner will, after the changes were made.
  ///
  /// - Parameters:
  ///   - changes: none leave the bytes as they are.
  ///   - limit: longest job file, bytes.
  /// - Throws: the refusal that the runner would write.
  public init(
    stem: JobID, reading bytes: [UInt8], changes: JobChanges = JobChanges(), exactly: Bool = false, limit: Int
  ) throws(Refusal) {
    if bytes.count > limit { throw JobDraft.tooBig(limit) }
    try Self.judge(bytes)
    self.stem = stem
    self.exactly = exactly
    self.bytes = changes.isEmpty ? bytes : try changes.applied(to: bytes)
    if !changes.isEmpty {
      try Self.judge(self.bytes)
      if self.bytes.count > limit { throw JobDraft.tooBig(limit) }
    }
  }

  /// What the runner refuses whatever the machine and the spool's settings are.
  private static func judge(_ bytes: [UInt8]) throws(Refusal) {
    let job = try Job.read(bytes)
    if let refusal = job.refusal(in: job.chosenRuntime) { throw refusal }
  }

  static func tooBig(_ limit: Int) -> Refusal {
    Refusal(
      code: .tooBig,
      reason: "the job is larger than \(ByteCount.format(ByteCount(Int64(limit)))), the setting maxJobBytes")
  }
}

/// Where the bytes of a job come from: a path that a person named, links and pipes included.
public enum JobFileReader {
  /// - Throws: `system` when it cannot be read.
  public static func read(path: String, limit: Int) throws(SystemError) -> [UInt8] {
    let file = try FileSystem.openForReading(path: path)
    var bytes: [UInt8] = []
    do throws(SystemError) {
      // By chunks until the end: a pipe (`<(…)`) has no size.
      while bytes.count <= limit {
        let more = try file.readChunk(65_536)
        if more.isEmpty { break }
        bytes += more
      }
    } catch { throw SystemError(call: error.call, code: error.code, path: path) }
    return bytes
  }

  /// The id that a file's name asks for.
  /// - Throws: `bad-name`.
  public static func stem(ofPath path: String) throws(Refusal) -> JobID {
    var name = Array(path.utf8.split(separator: UInt8(ascii: "/")).last ?? Substring("").utf8)
    if name.count > 5, name.suffix(5).elementsEqual(".json".utf8) { name.removeLast(5) }
    return try JobID(stem: name)
  }
}
