import Jobs
import Spool
import Testing

@testable import Runner

@Suite(.timeLimit(.minutes(60))) struct RecoveryPlanTests {
  private func plan(_ change: (inout RecoveryPlan.Facts) -> Void) -> RecoveryPlan {
    var facts = RecoveryPlan.Facts()
    change(&facts)
    return RecoveryPlan(facts)
  }

  @Test("what is found in processing is finished, put off or run again as the rows say")
  func rows() {
    #expect(plan { _ in } == .notStarted)
    #expect(plan { $0.run = .claimed } == .interrupted(.run))
    #expect(plan { $0.run = .begun(pid: 7, before: 1) } == .interrupted(.run))
    #expect(plan { $0.run = .ended } == .interrupted(.record))
    #expect(plan { $0.run = .stopped } == .interrupted(.stop))
    #expect(plan { $0.status = "running" } == .interrupted(.run))
    #expect(plan { $0.status = "succeeded" } == .settleAgain(.done))
    #expect(plan { $0.status = "failed" } == .settleAgain(.errors))
    #expect(plan { $0.resultIn = .done } == .followResult(.done))
    #expect(plan { $0.recordInDeferred = true } == .followDeferral)
    #expect(plan { $0.hasCancel = true } == .cancel)
    #expect(
      plan {
        $0.status = "running"; $0.hasCancel = true
      } == .cancel)
    #expect(
      plan {
        $0.status = "deferred"; $0.isDueLater = true
      } == .deferAgain)
    #expect(
      plan {
        ($0.status, $0.isDueLater, $0.run) = ("deferred", true, .ended)
      } == .interrupted(.record), "it was due, and somebody set the clock back")
    #expect(
      plan {
        ($0.status, $0.isDueLater, $0.run) = ("deferred", true, .claimed)
      } == .deferAgain, "all of another boot may have run, and this one was on its way")
    #expect(plan { $0.status = "deferred" } == .notStarted, "it was resumed, and nothing shows that it started")
    #expect(
      plan {
        $0.status = "deferred"; $0.run = .claimed
      } == .interrupted(.run))
    #expect(
      plan {
        $0.notesStart = true; $0.run = .ended
      } == .notStarted, "its record comes before its start")
    #expect(
      plan {
        $0.notesStart = true; $0.status = "running"
      } == .interrupted(.run))
    #expect(
      plan {
        ($0.notesStart, $0.status, $0.run) = (true, "running", .stopped)
      } == .interrupted(.stop))
    #expect(plan { $0.isAlive = true } == .alive)
    #expect(
      plan {
        $0.isForeign = true; $0.isAlive = true; $0.status = "succeeded"
      } == .foreign)
  }

  /// Every combination of facts.
  private static var all: [RecoveryPlan.Facts] {
    var all: [RecoveryPlan.Facts] = []
    let statuses = [nil, "running", "deferred", "nonsense"] + FinalStatus.allCases.map { Optional($0.rawValue) }
    for status in statuses {
      for result in [nil, SpoolPlace.done, .errors] {
        for bits in 0..<256 {
          var facts = RecoveryPlan.Facts()
          facts.run = [nil, .claimed, .ended, .stopped][bits >> 6]
          (facts.status, facts.resultIn) = (status, result)
          facts.recordInDeferred = bits & 1 != 0
          facts.hasCancel = bits & 2 != 0
          facts.isDueLater = bits & 4 != 0
          facts.notesStart = bits & 8 != 0
          facts.isForeign = bits & 16 != 0
          facts.isAlive = bits & 32 != 0
          all.append(facts)
        }
      }
    }
    return all
  }

  @Test(
    "whatever the facts: another machine's is left, what was finished is not run, what lives is not run, what was cancelled is not run"
  )
  func invariants() {
    for facts in Self.all {
      let plan = RecoveryPlan(facts)
      let final = facts.status.flatMap(FinalStatus.init(rawValue:))
      let isInterrupted = [.interrupted(.run), .interrupted(.record), .interrupted(.stop)].contains(plan)
      let runsAgain = isInterrupted || [.notStarted, .deferAgain].contains(plan)
      if facts.isForeign {
        #expect(plan == .foreign, "\(facts)")
      } else if let final {
        #expect(plan == .settleAgain(final.isSuccess ? .done : .errors), "\(facts)")
      } else if facts.isAlive {
        #expect(plan == .alive, "\(facts)")
      } else {
        if facts.status == nil, facts.resultIn != nil { #expect(!runsAgain, "\(facts)") }
        if facts.hasCancel { #expect(!runsAgain, "\(facts)") }
        if facts.status == "running", !facts.hasCancel { #expect(isInterrupted, "\(facts)") }
        if plan == .notStarted { #expect(facts.notesStart || facts.run == nil, "\(facts)") }
      }
    }
  }
}
