import Platform

/// What the first process of a sandbox tells (`Init.c`): `bwrap` itself would make exit 137 out of a SIGKILL.
struct InitReport: Equatable, Sendable {
  /// The job's program was not executed: stage and errno.
  var failure: Program.Failure?
  /// How the job's first process ended.
  var cause: ProcessEnd.Cause?
  /// How many it left.
  var leftover = 0
  /// Processor time of all that was within, ns, and the most memory of one of them, bytes; nil: it was ended before it
  /// could say.
  var usage: (processorTime: Int64, maxResidentBytes: Int64)?

  /// Four numbers a record.
  private static let recordSize = 32

  init(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { raw in
      for start in stride(from: 0, through: raw.count - Self.recordSize, by: Self.recordSize) {
        take(
          BoxLife.Word((0..<4).map { raw.loadUnaligned(fromByteOffset: start + $0 * 8, as: Int64.self) }))
      }
    }
  }

  /// Nothing was told.
  init() {}

  /// Takes in one thing that is told.
  mutating func take(_ word: BoxLife.Word) {
    switch word {
    case .notExecuted(let stage, let code):
      failure = Program.Failure(
        stage: Program.Failure.Stage(rawValue: Int32(truncatingIfNeeded: stage)) ?? .execute,
        cause: SystemError(call: "execve", code: Int32(truncatingIfNeeded: code)))
    case .ended(let status): cause = ProcessEnd.Cause(status: Int32(truncatingIfNeeded: status))
    case .over(let left, let microseconds, let kilobytes):
      leftover = Int(clamping: left)
      usage = (microseconds &* 1000, kilobytes &* 1024)
    case .mount, .started, .clean, .unknown: break
    }
  }

  static func == (one: InitReport, other: InitReport) -> Bool {
    one.failure == other.failure && one.cause == other.cause && one.leftover == other.leftover
      && one.usage?.processorTime == other.usage?.processorTime
      && one.usage?.maxResidentBytes == other.usage?.maxResidentBytes
  }

  /// Reads what has come. The writer is gone when this is asked.
  init(from pipe: Descriptor?) { self.init((try? pipe?.readChunk(1024)) ?? []) }  // nothing: it never ran
}
