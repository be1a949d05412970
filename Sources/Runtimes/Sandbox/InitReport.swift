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
        let numbers = (0..<4).map { raw.loadUnaligned(fromByteOffset: start + $0 * 8, as: Int64.self) }
        switch numbers[0] {
        case 1:
          let stage = Program.Failure.Stage(rawValue: Int32(truncatingIfNeeded: numbers[1])) ?? .execute
          let code = Int32(truncatingIfNeeded: numbers[2])
          failure = Program.Failure(stage: stage, cause: SystemError(call: "execve", code: code))
        case 2: cause = ProcessEnd.Cause(status: Int32(truncatingIfNeeded: numbers[1]))
        case 3:
          leftover = Int(clamping: numbers[1])
          usage = (numbers[2] &* 1000, numbers[3] &* 1024)
        default: break
        }
      }
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
