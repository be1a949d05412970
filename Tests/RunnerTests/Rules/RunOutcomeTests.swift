import Jobs
import Platform
import Scheduling
import Testing

@testable import Runner

@Suite(.timeLimit(.minutes(60))) struct RunOutcomeTests {
  private func supervision(_ cause: Supervision.Cause?) -> Supervision {
    var run = Supervision(timeoutAt: nil, grace: 1)
    if let cause { _ = run.end(cause, now: 0) }
    return run
  }

  @Test(
    "how a run ended, and who ended it, gives its status",
    arguments: [
      (.exited(0), nil, "succeeded", .success), (.exited(1), nil, "failed", .failure),
      (.exited(75), nil, "failed", .temporary),
      (.signalled(11), nil, "failed", .failure), (.signalled(9), nil, "failed", .temporary),
      (.signalled(15), nil, "failed", .temporary), (.signalled(1), nil, "failed", .temporary),
      (.exited(0), .timedOut, "timed-out", .failure), (.signalled(15), .timedOut, "timed-out", .failure),
      (.signalled(9), .cancelled, "cancelled", .final), (.exited(0), .cancelled, "cancelled", .final),
      (.signalled(15), .stopped, "failed", .interrupted(planned: true)),
      (.exited(1), .stopped, "failed", .interrupted(planned: true)),
      (.exited(0), .stopped, "succeeded", .success),
    ] as [(ProcessEnd.Cause, Supervision.Cause?, String, AttemptOutcome)])
  func outcome(end: ProcessEnd.Cause, cause: Supervision.Cause?, status: String, kind: AttemptOutcome) {
    let run = supervision(cause)
    let outcome = RunOutcome.describe(end, supervision: run, timeout: .seconds(1))
    #expect(outcome.status.rawValue == status)
    #expect(RunOutcome.classify(end, supervision: run) == kind)
    switch end {
    case .exited(let code): #expect(outcome.exitCode == Int(code) && outcome.signal == nil)
    case .signalled(let number): #expect(outcome.signal == SignalName.name(of: number) && outcome.exitCode == nil)
    }
  }

  @Test(
    "the delay a job asks for is read as durations are, and anything else is none",
    arguments: [
      (#"{"retryAfter": "1m30s"}"#, 90_000), (#"{"retryAfter": 2.5}"#, 2500), (#"{"retryAfter": "soon"}"#, nil),
      (#"{"retryAfter": 1e300}"#, 315_360_000_000), (#"{"retryAfter": "99999999999d"}"#, 315_360_000_000),
      (#"{"retryAfter": -5}"#, 0), (#"{"retryAfter": "-1h30m"}"#, 0), (#"{"retryAfter": "-soon"}"#, nil),
      (#"{"retryAfter": null}"#, nil), (#"{"retryAfter": [1]}"#, nil), ("{}", nil), ("7", nil), (#""10s""#, nil),
    ] as [(String, Int64?)])
  func retryAfter(json: String, milliseconds: Int64?) throws {
    let value = try CompactJSON.read(Array(json.utf8))
    #expect(RunOutcome.retryAfter(value) == milliseconds.map { .milliseconds($0) })
  }

  @Test("without a value there is no delay")
  func noValue() { #expect(RunOutcome.retryAfter(nil) == nil) }
}
