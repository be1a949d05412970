import Jobs

/// What is allowed in a task and is probably not meant.
public enum TaskWarning: Equatable, Sendable {
  /// The job has an idempotency key: after its first success every later one counts as done.
  case constantKey(String)
  /// What a key of the job names is not there; of a folder or a file that is expected.
  case missingPath(key: String, path: String)
  /// With `overlap: allow` a job may still run when the next is made, and the one after it.
  case timeoutPastInterval(timeout: Duration, interval: Duration)
  /// With this `overlap` all times that were missed come at once, and only one of them gets a job, whatever `missed: all` says.
  case missedNotMadeUp(ScheduledTask.Overlap)
  /// `jitter`, or the settings' `taskInterval`, is longer than the shortest interval: times come together.
  case heldBack(key: String, span: Duration, interval: Duration)
  /// Names that are others here and the same where case does not count.
  case namesDifferByCase([String])
  /// No time of it comes any more.
  case noFurtherTime
  /// The span does not divide a day, or days do not divide it: its times are others each day.
  case unevenDays(Duration)
  /// A local time that the clock skips in the year that comes; it runs right after the gap. `local` is written without an
  /// offset, `runs` is when it does.
  case skippedByClock(local: String, zone: String?, runs: TaskTime)
  /// A file of settings that its jobs depend on is not accepted.
  case badSettings(Refusal, file: String)
}

/// What a strict reading and a look around say of a task.
public struct TaskReview: Equatable, Sendable {
  /// Why it is not accepted; nil: it is.
  public var refusal: Refusal?
  public var warnings: [TaskWarning] = []
  /// What was read; nil: it is not accepted.
  public var reading: TaskReading?
}
