import Jobs

import Runtimes
import Scheduling
import Testing

@testable import Platform
@testable import Runner

@Suite(.timeLimit(.minutes(60))) struct LimitHitsTests {
  private static let limits: Limits = {
    var limits = Limits()
    (limits.memory, limits.pids, limits.cpuTime) = (.mebibytes(64), 5, .seconds(2))
    limits.fileSize = .mebibytes(1)
    return limits
  }()

  private static func readings(kills: Int = 0, refused: Int = 0) -> CgroupReadings {
    var readings = CgroupReadings()
    (readings.memoryKills, readings.processesRefused) = (kills, refused)
    return readings
  }

  private static func supervision(_ cause: Supervision.Cause?) -> Supervision {
    var run = Supervision(timeoutAt: nil, grace: 1)
    switch cause {
    case .outOfMemory?, .outOfScratch?: _ = run.lost(to: cause ?? .stopped, now: 0)
    case let cause?: _ = run.end(cause, now: 0)
    case nil: break
    }
    return run
  }

  struct Case: CustomTestStringConvertible {
    let name: String
    var end: ProcessEnd.Cause
    var cpu: Int64 = 0
    var readings: CgroupReadings?
    var inScope = false
    var cause: Supervision.Cause?
    let code: String?
    let kind: AttemptOutcome
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "success", end: .exited(0), readings: readings(), code: nil, kind: .success),
    Case(
      name: "a child was killed, the job coped", end: .exited(0), readings: readings(kills: 1), code: "out-of-memory",
      kind: .final),
    Case(
      name: "a child was killed, and then it was stopped", end: .exited(0), readings: readings(kills: 1),
      cause: .stopped, code: nil, kind: .success),
    Case(
      name: "killed for memory", end: .signalled(9), readings: readings(kills: 1), code: "out-of-memory", kind: .final),
    Case(
      name: "a child killed, the job failed", end: .exited(1), readings: readings(kills: 1), code: "out-of-memory",
      kind: .final),
    Case(
      name: "the rest ended by us", end: .signalled(9), readings: readings(kills: 1), cause: .outOfMemory,
      code: "out-of-memory", kind: .final),
    Case(name: "killed from outside", end: .signalled(9), readings: readings(), code: "signal", kind: .temporary),
    Case(name: "killed in a scope", end: .signalled(9), inScope: true, code: "out-of-memory", kind: .final),
    Case(name: "ended in a scope", end: .signalled(15), inScope: true, code: "signal", kind: .temporary),
    Case(
      name: "timed out in a scope", end: .signalled(9), inScope: true, cause: .timedOut, code: "timed-out",
      kind: .failure),
    Case(
      name: "no more processes", end: .exited(2), readings: readings(refused: 3), code: "too-many-processes",
      kind: .failure),
    Case(
      name: "no more processes, the job coped", end: .exited(0), readings: readings(refused: 3), code: nil,
      kind: .success),
    Case(
      name: "no more processes, says later", end: .exited(75), readings: readings(refused: 3),
      code: "too-many-processes", kind: .temporary),
    Case(name: "a file too large", end: .signalled(25), code: "file-too-large", kind: .failure),
    Case(name: "a file too large, of a shell's command", end: .exited(153), code: "file-too-large", kind: .failure),
    Case(name: "processor time, of a shell's command", end: .exited(152), code: "cpu-time-exceeded", kind: .failure),
    Case(name: "too much scratch", end: .signalled(9), cause: .outOfScratch, code: "scratch-full", kind: .failure),
    Case(name: "too much scratch, too late", end: .exited(0), cause: .outOfScratch, code: nil, kind: .success),
    Case(name: "too much of a session", end: .signalled(9), cause: .outOfSession, code: "session-full", kind: .final),
    Case(name: "another signal of a shell's command", end: .exited(139), code: "exit", kind: .failure),
    Case(name: "processor time", end: .signalled(24), cpu: 1_900_000_000, code: "cpu-time-exceeded", kind: .failure),
    Case(
      name: "processor time, ignored at first", end: .signalled(9), cpu: 7_000_000_000, code: "cpu-time-exceeded",
      kind: .failure),
    Case(
      name: "killed for memory late", end: .signalled(9), cpu: 7_000_000_000, readings: readings(kills: 1),
      code: "out-of-memory", kind: .final),
    Case(
      name: "timed out late", end: .signalled(9), cpu: 7_000_000_000, cause: .timedOut, code: "timed-out",
      kind: .failure),
    Case(
      name: "cancelled at the limit of processes", end: .signalled(15), readings: readings(refused: 1),
      cause: .cancelled, code: "cancelled", kind: .final),
    Case(
      name: "stopped at the limit of processes", end: .signalled(15), readings: readings(refused: 1), cause: .stopped,
      code: "signal", kind: .interrupted(planned: true)),
  ]

  @Test("which limit a run ran into gives its code and whether it is tried again", arguments: cases)
  func hits(what: Case) {
    let supervision = Self.supervision(what.cause)
    let end = ProcessEnd(pid: 1, cause: what.end, processorTime: what.cpu, maxResidentBytes: nil)
    let hits = LimitHits(end, Self.limits, what.readings, inScope: what.inScope, supervision: supervision)
    let outcome = RunOutcome.describe(
      what.end, supervision: supervision, timeout: .seconds(1), limits: Self.limits, hits: hits)
    #expect(outcome.code == what.code)
    #expect(RunOutcome.classify(what.end, supervision: supervision, hits: hits) == what.kind)
  }

  @Test(
    "a sentence about a limit names its value",
    arguments: [("memory", "64m"), ("pids", "5"), ("cpuTime", "2s"), ("fileSize", "1m")])
  func sentence(limit: String, value: String) {
    var hits = LimitHits()
    switch limit {
    case "memory": hits.memory = true
    case "pids": hits.processes = true
    case "cpuTime": hits.cpuTime = true
    default: hits.fileSize = true
    }
    #expect(hits.explain(Self.limits)?.reason.contains(value) == true)
    #expect(hits.explain(Limits()) != nil && LimitHits().explain(Self.limits) == nil)
  }
}
