import Jobs

/// When a task is due and what becomes of its times: the task without its job.
public struct TaskRule: Sendable, Equatable {
  public var recurrence: Recurrence
  public var missed: ScheduledTask.Missed
  public var overlap: ScheduledTask.Overlap
  /// ns.
  public var jitter: Int64
  /// The last second that counts.
  public var until: Int64?
  public var maxRuns: Int?
  /// Where the jitter of its times begins: of the task's name.
  private let seed: UInt64

  public init(_ task: ScheduledTask, name: String, recurrence: Recurrence) {
    self.recurrence = recurrence
    missed = task.missed
    overlap = task.overlap
    jitter = task.jitter.wholeNanoseconds
    until = task.until.map { $0.nanoseconds / 1_000_000_000 }
    maxRuns = task.maxRuns
    seed = name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }  // FNV-1a
  }

  /// The first time after a moment that counts.
  public func next(after second: Int64) -> Int64? {
    guard let time = recurrence.next(after: second) else { return nil }
    return until.map { time > $0 } ?? false ? nil : time
  }

  /// The last time up to a moment that counts.
  func last(upTo second: Int64) -> Int64? {
    recurrence.previous(before: (until.map { min($0, second) } ?? second) + 1)
  }

  /// When the job for a time is to be made, ns since 1970: the time, and its part of the jitter, which is always the same for
  /// the same name and time.
  public func due(_ second: Int64) -> Int64 {
    let (time, isTooFar) = second.multipliedReportingOverflow(by: 1_000_000_000)
    guard !isTooFar else { return second < 0 ? .min : .max }
    guard jitter > 0 else { return time }
    // SplitMix64's finaliser: neighbouring times get unlike parts.
    var bits = seed ^ UInt64(bitPattern: second)
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    bits ^= bits >> 31
    let (due, isTooLate) = time.addingReportingOverflow(Int64(bits.multipliedFullWidth(by: UInt64(jitter)).high))
    return isTooLate ? .max : due
  }
}
