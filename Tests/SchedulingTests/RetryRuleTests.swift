import Jobs
import Scheduling
import Testing

@Suite struct RetryRuleTests {
  private static let seconds = Duration.seconds

  @Test(
    "after an attempt a job is settled or tried again as its retry says",
    arguments: [
      // outcome, attempts in the job, counted so far, expected
      (.success, nil, 1, .settle),
      (.success, 10, 1, .settle),
      (.final, 10, 1, .settle),
      (.failure, nil, 1, .settle),
      (.failure, 1, 1, .settle),
      (.failure, 3, 1, .deferUntil(delay: seconds(5), counted: true)),
      (.failure, 3, 2, .deferUntil(delay: seconds(10), counted: true)),
      (.failure, 3, 3, .settle),
      (.failure, 3, 4, .settle),
      (.temporary, nil, 1, .deferUntil(delay: seconds(5), counted: true)),
      (.temporary, nil, 4, .deferUntil(delay: seconds(40), counted: true)),
      (.temporary, nil, 5, .settle),
      (.temporary, 1, 1, .settle),
      (.temporary, 7, 6, .deferUntil(delay: seconds(160), counted: true)),
      (.interrupted(planned: true), nil, 1, .deferUntil(delay: .zero, counted: false)),
      (.interrupted(planned: true), 1, 99, .deferUntil(delay: .zero, counted: false)),
      (.interrupted(planned: false), nil, 1, .deferUntil(delay: .zero, counted: false)),
      (.runtimeNotAnswering, nil, 1, .deferUntil(delay: seconds(1), counted: false)),
      (.runtimeNotAnswering, 1, 99, .deferUntil(delay: seconds(1), counted: false)),
    ] as [(AttemptOutcome, Int?, Int, RetryDecision)])
  func decisions(outcome: AttemptOutcome, attempts: Int?, counted: Int, expected: RetryDecision) {
    let decision = RetryRule.decide(
      after: outcome, policy: RetryPolicy(attempts: attempts),
      counts: AttemptCounts(counted: counted, interruptionsInARow: 1, notAnsweringInARow: 1), rerun: true)
    #expect(decision == expected)
  }

  @Test(
    "a job cut short by the runner's death is run again twice, then settled as interrupted; with 0 it never gives up",
    arguments: [
      (1, 3, .deferUntil(delay: .zero, counted: false)),
      (2, 3, .deferUntil(delay: seconds(5), counted: false)),
      (3, 3, .settleInterrupted),
      (4, 3, .settleInterrupted),
      (1, 1, .settleInterrupted),
      (3, 0, .deferUntil(delay: seconds(10), counted: false)),
      (1_000_000, 0, .deferUntil(delay: seconds(600), counted: false)),
    ] as [(Int, Int, RetryDecision)])
  func interruptions(inARow: Int, limit: Int, expected: RetryDecision) {
    let decision = RetryRule.decide(
      after: .interrupted(planned: false), policy: RetryPolicy(),
      counts: AttemptCounts(counted: 0, interruptionsInARow: inARow), rerun: true, maxInterruptions: limit)
    #expect(decision == expected)
  }

  @Test("a job with rerun false is not run again by itself, whatever cut it short", arguments: [true, false])
  func rerunFalse(planned: Bool) {
    let decision = RetryRule.decide(
      after: .interrupted(planned: planned), policy: RetryPolicy(attempts: 9),
      counts: AttemptCounts(counted: 0, interruptionsInARow: 1), rerun: false)
    #expect(decision == .settleInterrupted)
  }

  @Test(
    "a runtime that does not answer is asked again after 1 s, then up to every minute",
    arguments: [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (5000, 60)])
  func notAnswering(inARow: Int, expected: Int) {
    let decision = RetryRule.decide(
      after: .runtimeNotAnswering, policy: RetryPolicy(attempts: 9),
      counts: AttemptCounts(counted: 0, notAnsweringInARow: inARow), rerun: false)
    #expect(decision == .deferUntil(delay: .seconds(expected), counted: false))
  }

  @Test(
    "a job that says later and when is tried then, between at once and a day on",
    arguments: [(-5, 0), (0, 0), (90, 90), (86_400, 86_400), (999_999_999, 86_400)])
  func retryAfter(asked: Int, expected: Int) {
    let counts = AttemptCounts(counted: 1)
    let later = RetryRule.decide(
      after: .temporary, policy: RetryPolicy(), counts: counts, rerun: true, retryAfter: .seconds(asked), random: 0)
    #expect(later == .deferUntil(delay: .seconds(expected), counted: true))
    let failure = RetryRule.decide(
      after: .failure, policy: RetryPolicy(attempts: 2), counts: counts, rerun: true, retryAfter: .seconds(asked))
    #expect(failure == .deferUntil(delay: .seconds(5), counted: true))
  }

  @Test(
    "delays grow by the factor up to the longest",
    arguments: [
      (1, 5, 2, 600, 5), (2, 5, 2, 600, 10), (7, 5, 2, 600, 320), (8, 5, 2, 600, 600), (1_000_000, 5, 2, 600, 600),
      (3, 5, 1, 600, 5), (1_000_000, 5, 1, 600, 5), (2, 0, 2, 600, 0), (1, 900, 2, 600, 600), (0, 5, 2, 600, 5),
    ] as [(Int, Int64, Double, Int64, Int64)])
  func delays(attempt: Int, delay: Int64, factor: Double, maxDelay: Int64, expected: Int64) {
    var policy = RetryPolicy()
    (policy.delay, policy.factor, policy.maxDelay) = (.seconds(delay), factor, .seconds(maxDelay))
    #expect(policy.wait(afterAttempt: attempt, chance: 0.5) == .seconds(expected))
  }

  @Test("jitter stays within its part of the delay, on both sides", arguments: [0, 0.1, 0.5, 1])
  func jitter(part: Double) {
    var policy = RetryPolicy()
    (policy.delay, policy.jitter) = (.seconds(100), part)
    var numbers = Numbers(seed: 11)
    var (shortest, longest) = (Duration.seconds(1000), Duration.zero)
    for _ in 0..<1000 {
      let delay = policy.wait(afterAttempt: 1, chance: Double.random(in: 0..<1, using: &numbers))
      shortest = min(shortest, delay)
      longest = max(longest, delay)
    }
    #expect(shortest >= .seconds(100 * (1 - part)) && longest <= .seconds(100 * (1 + part)))
    #expect(longest - shortest >= .seconds(180 * part))
  }

  @Test(
    "how an attempt ended decides whether it is worth another",
    arguments: [
      // exit, signal, we signalled, memory limit, timed out, cancelled
      (0, nil, false, false, false, false, .success),
      (1, nil, false, false, false, false, .failure),
      (137, nil, false, false, false, false, .failure),
      (75, nil, false, false, false, false, .temporary),
      (nil, 9, false, false, false, false, .temporary),
      (nil, 15, false, false, false, false, .temporary),
      (nil, 1, false, false, false, false, .temporary),
      (nil, 2, false, false, false, false, .failure),
      (nil, 11, false, false, false, false, .failure),
      (nil, 9, false, true, false, false, .final),
      (1, nil, false, true, false, false, .final),
      (0, nil, false, true, false, false, .success),
      (nil, 15, true, false, true, false, .failure),
      (0, nil, true, false, true, false, .failure),
      (75, nil, true, false, true, false, .failure),
      (nil, 15, true, false, false, true, .final),
      (0, nil, true, false, false, true, .final),
      (nil, 9, true, false, true, true, .final),
      (nil, 15, true, false, false, false, .interrupted(planned: true)),
      (143, nil, true, false, false, false, .interrupted(planned: true)),
      (0, nil, true, false, false, false, .success),
    ] as [(Int32?, Int32?, Bool, Bool, Bool, Bool, AttemptOutcome)])
  func classification(
    exitCode: Int32?, signal: Int32?, ours: Bool, memory: Bool, timedOut: Bool, cancelled: Bool,
    expected: AttemptOutcome
  ) {
    let outcome = AttemptOutcome.classify(
      exitCode: exitCode, signal: signal, weSignalled: ours, memoryLimitHit: memory, timedOut: timedOut,
      cancelled: cancelled)
    #expect(outcome == expected)
  }
}
