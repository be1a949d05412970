import Jobs
import Scheduling

/// What becomes of a message after an attempt. Pure; the rule behind it is that of jobs.
enum DeliveryRule {
  enum Decision: Equatable {
    case deliver
    case fail
    /// Back to the outbox; `counted`: the attempt uses up the budget.
    case wait(Duration, counted: Bool)
  }

  /// - Parameters:
  ///   - record: without this attempt; - random: 0..<1, for the jitter.
  static func decide(
    after outcome: DeliveryOutcome, record: MessageRecord, policy: RetryPolicy, random: Double
  ) -> Decision {
    let kind: AttemptOutcome
    var counts = AttemptCounts(counted: record.attemptsUsed)
    var asked: Duration?
    switch outcome {
    case .delivered: return .deliver
    case .final: return .fail
    case .stopped: kind = .interrupted(planned: true)
    case .notReady:
      kind = .runtimeNotAnswering
      counts.notAnsweringInARow = record.notReady + 1
    case .again(let after):
      kind = .temporary
      counts.counted += 1
      asked = after
    }
    let decision = RetryRule.decide(
      after: kind, policy: policy, counts: counts, rerun: true, retryAfter: asked, random: random)
    guard case .deferUntil(let delay, let counted) = decision else { return .fail }
    return .wait(delay, counted: counted)
  }

  /// How long a message waits whose attempt was cut short by the runner's death: at once the first time, then longer each
  /// time, and never given up for it. `record`: with this interruption.
  static func delay(afterInterruptionOf record: MessageRecord, random: Double) -> Duration {
    let decision = RetryRule.decide(
      after: .interrupted(planned: false), policy: RetryPolicy(),
      counts: AttemptCounts(counted: 0, interruptionsInARow: record.interruptions), rerun: true, maxInterruptions: 0,
      random: random)
    guard case .deferUntil(let delay, _) = decision else { return .zero }
    return delay
  }
}
