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
    #expect(plan { $0.mayHaveRun = true } == .interrupted)
    #expect(plan { $0.status = "running" } == .interrupted)
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
        ($0.status, $0.isDueLater, $0.mayHaveRun, $0.isNoted) = ("deferred", true, true, true)
      } == .interrupted, "it was due, and somebody set the clock back")
    #expect(
      plan {
        ($0.status, $0.isDueLater, $0.mayHaveRun) = ("deferred", true, true)
      } == .deferAgain, "all of another boot may have run, and this one was on its way")
    #expect(plan { $0.status = "deferred" } == .notStarted, "it was resumed, and nothing shows that it started")
    #expect(
      plan {
        $0.status = "deferred"; $0.mayHaveRun = true
      } == .interrupted)
    #expect(
      plan {
        $0.notesStart = true; $0.mayHaveRun = true
      } == .notStarted, "its record comes before its start")
    #expect(
      plan {
        $0.notesStart = true; $0.status = "running"
      } == .interrupted)
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
        for bits in 0..<128 {
          var facts = RecoveryPlan.Facts()
          (facts.status, facts.resultIn) = (status, result)
          facts.recordInDeferred = bits & 1 != 0
          facts.hasCancel = bits & 2 != 0
          facts.isDueLater = bits & 4 != 0
          facts.mayHaveRun = bits & 8 != 0
          facts.notesStart = bits & 16 != 0
          facts.isForeign = bits & 32 != 0
          facts.isAlive = bits & 64 != 0
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
      let runsAgain = [.notStarted, .interrupted, .deferAgain].contains(plan)
      if facts.isForeign {
        #expect(plan == .foreign, "\(facts)")
      } else if let final {
        #expect(plan == .settleAgain(final.isSuccess ? .done : .errors), "\(facts)")
      } else if facts.isAlive {
        #expect(plan == .alive, "\(facts)")
      } else {
        if facts.status == nil, facts.resultIn != nil { #expect(!runsAgain, "\(facts)") }
        if facts.hasCancel { #expect(!runsAgain, "\(facts)") }
        if facts.status == "running", !facts.hasCancel { #expect(plan == .interrupted, "\(facts)") }
        if plan == .notStarted { #expect(facts.notesStart || !facts.mayHaveRun, "\(facts)") }
      }
    }
  }
}
