/// How an attempt ended, as far as trying again is concerned.
public enum AttemptOutcome: Sendable, Equatable {
  /// Exit code 0.
  case success
  /// An ordinary failure: another exit code, a signal of its own making (SIGSEGV, SIGABRT), the time-out.
  case failure
  /// Likely to go away by itself: exit code 75, or SIGKILL, SIGTERM, SIGHUP from somebody else.
  case temporary
  /// Never again: cancelled, expired, refused, out of memory, a runtime that is not installed.
  case final
  /// Cut short by the runner's end: by a stop that was asked for (`planned`), or by its death.
  case interrupted(planned: Bool)
  /// The runtime is installed but did not answer; the job did not start.
  case runtimeNotAnswering

  /// sysexits.h EX_TEMPFAIL: "later".
  public static let exitLater: Int32 = 75

  /// SIGHUP, SIGKILL, SIGTERM: what a person, an orchestrator or the kernel sends to make room. signal(7); the numbers
  /// are the same on Linux and macOS.
  public static let signalsFromOutside: Set<Int32> = [1, 9, 15]

  /// Classifies an attempt that ran.
  ///
  /// - Parameters:
  ///   - exitCode: what it exited with; nil when a signal ended it. A shell's or engine's 128 + n is an exit code here:
  ///     a runtime that knows better translates it before.
  ///   - signal: what ended it; nil when it exited.
  ///   - weSignalled: the runner sent it a signal. Without `cancelled` or `timedOut` that was a planned stop.
  ///   - memoryLimitHit: the kernel killed in its cgroup for `limits.memory`.
  ///   - timedOut: the runner ended it at its `timeout`.
  ///   - cancelled: the runner ended it because it was cancelled.
  public static func classify(
    exitCode: Int32?, signal: Int32?, weSignalled: Bool, memoryLimitHit: Bool, timedOut: Bool, cancelled: Bool
  ) -> AttemptOutcome {
    // What was done to it comes before what it said: a program may well exit 0 on SIGTERM.
    if cancelled { return .final }
    if timedOut { return .failure }
    if exitCode == 0 { return .success }
    // Only of a job that failed: one whose child was killed and which coped has succeeded.
    if memoryLimitHit { return .final }
    if weSignalled { return .interrupted(planned: true) }
    if exitCode == exitLater { return .temporary }
    if let signal, signalsFromOutside.contains(signal) { return .temporary }
    return .failure
  }
}
