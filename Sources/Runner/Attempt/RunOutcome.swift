import Jobs
import Platform
import Scheduling

/// What the end of a run means.
enum RunOutcome {
  /// For the retry rule.
  static func classify(
    _ cause: ProcessEnd.Cause, supervision: Supervision, hits: LimitHits = LimitHits()
  ) -> AttemptOutcome {
    // SIGKILL of the kernel for processor time comes again at the next try, unlike somebody else's.
    if hits.cpuTime, !supervision.wasSignalled, !hits.memory { return .failure }
    let (exitCode, signal): (Int32?, Int32?) =
      switch cause {
      case .exited(let code): (code, nil)
      case .signalled(let number): (nil, number)
      }
    if isOverMemory(hits, supervision) { return .final }
    // It would meet it again.
    if hits.session, exitCode != 0 { return .final }
    // Ended by us, but the job's own fault.
    if hits.scratch, exitCode != 0, supervision.cause != .cancelled { return .failure }
    return AttemptOutcome.classify(
      exitCode: exitCode, signal: signal, weSignalled: supervision.wasSignalled, memoryLimitHit: hits.memory,
      timedOut: supervision.cause == .timedOut || supervision.cause == .idle, cancelled: supervision.cause == .cancelled
    )
  }

  private static func isOverMemory(_ hits: LimitHits, _ supervision: Supervision) -> Bool {
    hits.memory && (supervision.cause == nil || supervision.cause == .outOfMemory)
  }

  /// For the result.
  static func describe(
    _ cause: ProcessEnd.Cause, supervision: Supervision, timeout: Duration?, limits: Limits = Limits(),
    hits: LimitHits = LimitHits(), session: GroupPlaces.Session? = nil
  ) -> Outcome {
    var outcome: Outcome
    let isOverMemory = Self.isOverMemory(hits, supervision)
    switch supervision.cause {
    case .cancelled: outcome = Outcome(.cancelled, code: "cancelled", reason: "it was cancelled while it ran")
    case .timedOut:
      let limit = timeout.map { DurationText.format($0) } ?? "its limit"
      outcome = Outcome(.timedOut, code: "timed-out", reason: "it ran longer than its timeout of \(limit)")
    case .idle:
      outcome = Outcome(
        .timedOut, code: "idle",
        reason: "it gave no sign of life for as long as its 'idle' lets: no output, no heartbeat"
      )
    case .stopped, .outOfMemory, .outOfScratch, .outOfSession, nil:
      switch cause {
      // A job of which the limit took a process is over as a whole, whatever the rest made of it in its last moments: so
      // it is with cgroup v2, where the kernel ends all of it.
      case .exited(0) where !isOverMemory: outcome = Outcome(.succeeded)
      case .exited(let code): outcome = Outcome(.failed, code: "exit", reason: "it exited with code \(code)")
      case .signalled(let number):
        outcome = Outcome(.failed, code: "signal", reason: "it was ended by \(SignalName.name(of: number))")
      }
    }
    if outcome.status == .failed, supervision.cause != .stopped, let hit = hits.explain(limits, session) {
      (outcome.code, outcome.reason) = hit
    }
    switch cause {
    case .exited(let code): outcome.exitCode = Int(code)
    case .signalled(let number): outcome.signal = SignalName.name(of: number)
    }
    return outcome
  }

  /// `retryAfter` of the value that a job leaves which says "later": a duration as in a job, or a number of seconds. Of any
  /// size, for it is clamped by `RetryRule`: whoever asks for ages is not to be called again at once.
  static func retryAfter(_ value: CompactJSON?) -> Duration? {
    switch value?.node.member("retryAfter")?.value {
    case .string(let text): DurationText.parse(clamping: text)
    case .number(let token): DurationText.parse(clampingNumber: token)
    default: nil
    }
  }
}
