import Jobs

/// What was counted for a job so far, the attempt that has just ended included.
public struct AttemptCounts: Sendable, Equatable {
  /// Attempts that count against `retry.attempts`, since the last retry by hand.
  public var counted: Int
  /// Times in a row that the runner's death cut the job short; 0 again once an attempt ends by itself.
  public var interruptionsInARow: Int
  /// Times in a row that its runtime did not answer; 0 again once it does.
  public var notAnsweringInARow: Int

  /// Counts; the last two default to 0.
  public init(counted: Int, interruptionsInARow: Int = 0, notAnsweringInARow: Int = 0) {
    self.counted = counted
    self.interruptionsInARow = interruptionsInARow
    self.notAnsweringInARow = notAnsweringInARow
  }
}

/// What happens to a job after an attempt.
public enum RetryDecision: Sendable, Equatable {
  /// It is finished, with the status the attempt has.
  case settle
  /// It waits in `deferred/` and is due `delay` from now; `counted` tells whether this attempt uses up the budget.
  case deferUntil(delay: Duration, counted: Bool)
  /// It is finished as `interrupted`.
  case settleInterrupted
}

/// Whether a job is tried again, and when (DESIGN §3, `retry` and `rerun`). Pure.
public enum RetryRule {
  /// The setting `maxInterruptions` where nobody set it.
  public static let maxInterruptions = 3
  /// For a runtime that is installed but does not answer: 1 s, doubling, at most 1 min. An engine restarts in seconds;
  /// a minute is what a person who has just repaired it will wait.
  public static let runtimeNotAnswering: RetryPolicy = {
    var policy = RetryPolicy()
    policy.delay = .seconds(1)
    policy.maxDelay = .seconds(60)
    return policy
  }()

  /// The longest `retryAfter` a job may ask for: a day. Longer is a matter for `notBefore`.
  public static let longestRetryAfter = Duration.seconds(86_400)

  /// Decides.
  ///
  /// - Parameters:
  ///   - outcome: how the attempt ended.
  ///   - policy: the job's `retry`.
  ///   - counts: with this attempt in them.
  ///   - rerun: the job's `rerun`. False: whatever cut it short, it is not run again by itself.
  ///   - maxInterruptions: in a row, after which the job settles as `interrupted`; 0 is never.
  ///   - retryAfter: what a job that exited 75 asked for; clamped to 0…``longestRetryAfter``, without jitter. Ignored
  ///     after any other outcome.
  ///   - random: 0..<1, for the jitter; 0.5 is none.
  public static func decide(
    after outcome: AttemptOutcome, policy: RetryPolicy, counts: AttemptCounts, rerun: Bool,
    maxInterruptions: Int = Self.maxInterruptions, retryAfter: Duration? = nil, random: Double = 0.5
  ) -> RetryDecision {
    switch outcome {
    case .success, .final:
      return .settle
    case .failure:
      guard counts.counted < policy.attempts(temporary: false) else { return .settle }
      return .deferUntil(delay: policy.wait(afterAttempt: counts.counted, chance: random), counted: true)
    case .temporary:
      guard counts.counted < policy.attempts(temporary: true) else { return .settle }
      let asked = retryAfter.map { min(max($0, .zero), longestRetryAfter) }
      return .deferUntil(delay: asked ?? policy.wait(afterAttempt: counts.counted, chance: random), counted: true)
    case .interrupted(let planned):
      guard rerun else { return .settleInterrupted }
      if planned { return .deferUntil(delay: .zero, counted: false) }
      let times = counts.interruptionsInARow
      guard maxInterruptions <= 0 || times < maxInterruptions else { return .settleInterrupted }
      // At once the first time; then with growing delays, or a job that brings the machine down would keep it down.
      let delay = times <= 1 ? .zero : policy.wait(afterAttempt: times - 1, chance: random)
      return .deferUntil(delay: delay, counted: false)
    case .runtimeNotAnswering:
      let delay = runtimeNotAnswering.wait(afterAttempt: counts.notAnsweringInARow, chance: random)
      return .deferUntil(delay: delay, counted: false)
    }
  }
}
