import Jobs
import Testing

@testable import Scheduling

@Suite("What becomes of the times of a task") struct OccurrencePlanTests {
  private typealias Facts = OccurrencePlan.Facts
  private typealias Skip = OccurrencePlan.Skip

  /// Every ten seconds.
  private func rule(
    _ missed: ScheduledTask.Missed = .once, _ overlap: ScheduledTask.Overlap = .allow,
    _ change: (inout TaskRule) -> Void = { _ in }
  ) -> TaskRule {
    var task = ScheduledTask(schedule: .reboot, job: Job(run: .shell("true")), jobMembers: [])
    (task.missed, task.overlap) = (missed, overlap)
    var rule = TaskRule(task, name: "t", recurrence: .every(span: 10, anchor: 0))
    change(&rule)
    return rule
  }

  private func facts(
    handled: Int64, now: Int64, busy: Bool = false, queued: [Int64] = [], runs: Int = 0, limit: Int = 100
  ) -> Facts {
    Facts(handled: handled, now: now * 1_000_000_000, isBusy: busy, queued: queued, runs: runs, limit: limit)
  }

  @Test("nothing is due before the next time") func nothingDue() {
    let plan = OccurrencePlan(rule(), facts(handled: 100, now: 109))
    #expect(plan.make == [])
    #expect(plan.handled == 100)
    #expect(plan.skipped == [])
  }

  @Test("a time that has come gets its job, and the next one follows from it and not from now")
  func oneDue() {
    let plan = OccurrencePlan(rule(), facts(handled: 100, now: 113))
    #expect(plan.make == [110])
    #expect(plan.handled == 110)
    #expect(OccurrencePlan.nextDue(rule(), after: plan.handled, runs: 1) == 120_000_000_000)
  }

  @Test("of missed times the newest is made up for, or none, or all")
  func missed() {
    let facts = facts(handled: 100, now: 195)
    let once = OccurrencePlan(rule(.once), facts)
    #expect(once.make == [190])
    #expect(once.skipped == [Skip(why: .missed, first: 110, last: 180, count: 8)])
    let all = OccurrencePlan(rule(.all), facts)
    #expect(all.make == [110, 120, 130, 140, 150, 160, 170, 180, 190])
    #expect(all.skipped == [])
    // Five seconds late is on time.
    #expect(OccurrencePlan(rule(.skip), facts).make == [190])
    let late = OccurrencePlan(
      rule(.skip) { $0.recurrence = .every(span: 1000, anchor: 0) }, self.facts(handled: 0, now: 1061))
    #expect(late.make == [])
    #expect(late.skipped == [Skip(why: .missed, first: 1000, last: 1000, count: 1)])
    #expect(late.handled == 1000)
    for plan in [once, all] { #expect(plan.handled == 190) }
  }

  @Test("what 'all' makes up for is bounded, and what it drops is counted as far as it goes")
  func bounded() {
    let plan = OccurrencePlan(rule(.all), facts(handled: 0, now: 1_000_005, limit: 3))
    #expect(plan.make == [999_980, 999_990, 1_000_000])
    #expect(plan.skipped == [Skip(why: .dropped, first: 10, last: 999_970, count: 10_000, isCut: true)])
    let fewer = OccurrencePlan(rule(.all), facts(handled: 0, now: 65, limit: 3))
    #expect(fewer.skipped == [Skip(why: .dropped, first: 10, last: 30, count: 3)])
  }

  @Test("while a job of the task is there a time is skipped, waits, runs all the same, or takes its place")
  func overlap() {
    let busy = facts(handled: 100, now: 111, busy: true)
    let skip = OccurrencePlan(rule(.once, .skip), busy)
    #expect(skip.make == [])
    #expect(skip.skipped == [Skip(why: .overlap, first: 110, last: 110, count: 1)])
    let queue = OccurrencePlan(rule(.once, .queue), busy)
    #expect(queue.make == [])
    #expect(queue.queued == [110])
    #expect(OccurrencePlan(rule(.once, .allow), busy).make == [110])
    let replace = OccurrencePlan(rule(.once, .replace), busy)
    #expect(replace.cancelsActive)
    #expect(replace.make == [])
    #expect(replace.queued == [110])
    for plan in [skip, queue, replace] { #expect(plan.handled == 110) }
  }

  @Test("a queue is worked off one by one, oldest first, and is bounded")
  func queue() {
    let idle = OccurrencePlan(rule(.once, .queue), facts(handled: 130, now: 131, queued: [110, 120]))
    #expect(idle.make == [110])
    #expect(idle.queued == [120])
    let full = OccurrencePlan(rule(.all, .queue), facts(handled: 100, now: 141, busy: true, queued: [90], limit: 4))
    #expect(full.queued == [90, 110, 120, 130])
    #expect(full.skipped == [Skip(why: .queueFull, first: 140, last: 140, count: 1)])
  }

  @Test("of several that are to take a running job's place the newest does")
  func replaced() {
    let plan = OccurrencePlan(rule(.all, .replace), facts(handled: 100, now: 131, busy: true, queued: [100]))
    #expect(plan.queued == [130])
    #expect(plan.skipped == [Skip(why: .replaced, first: 100, last: 120, count: 3)])
    // Noted by a runner that was killed before it cancelled anything.
    #expect(
      OccurrencePlan(rule(.once, .replace), facts(handled: 130, now: 131, busy: true, queued: [130])).cancelsActive)
    #expect(OccurrencePlan(rule(.once, .replace), facts(handled: 130, now: 131, queued: [130])).make == [130])
  }

  @Test("several missed times under 'skip' overlap each other: one job is made")
  func missedOverlap() {
    let plan = OccurrencePlan(rule(.all, .skip), facts(handled: 100, now: 131))
    #expect(plan.make == [110])
    #expect(plan.skipped == [Skip(why: .overlap, first: 120, last: 130, count: 2)])
  }

  @Test("times end with 'until' and with 'maxRuns'")
  func ends() {
    let until = rule(.all) { $0.until = 125 }
    let plan = OccurrencePlan(until, facts(handled: 100, now: 200))
    #expect(plan.make == [110, 120])
    #expect(OccurrencePlan.nextDue(until, after: plan.handled, runs: 2) == nil)
    let most = rule(.all) { $0.maxRuns = 3 }
    #expect(OccurrencePlan(most, facts(handled: 100, now: 200, runs: 2)).make == [110])
    #expect(OccurrencePlan.nextDue(most, after: 110, runs: 3) == nil)
    #expect(OccurrencePlan.nextDue(most, after: 110, runs: 2) == 120_000_000_000)
  }

  @Test("a clock that goes back a little changes nothing; one that was wrong by more than an hour begins at now")
  func clockBack() {
    let little = OccurrencePlan(rule(), facts(handled: 10_000, now: 10_000 - 3600))
    #expect(little.handled == 10_000)
    #expect(!little.clockWentBack)
    let much = OccurrencePlan(rule(), facts(handled: 10_000, now: 10_000 - 3605))
    #expect(much.handled == 6395)
    #expect(much.clockWentBack)
    #expect(much.make == [])
    #expect(OccurrencePlan.nextDue(rule(), after: much.handled, runs: 0) == 6_400_000_000_000)
  }

  @Test("a year that nobody saw is not gone through time by time")
  func bigJump() {
    let year: Int64 = 365 * 86_400
    let plan = OccurrencePlan(rule { $0.recurrence = .every(span: 1, anchor: 0) }, facts(handled: 0, now: year))
    #expect(plan.make == [year])
    #expect(plan.skipped.first?.isCut == true)
  }

  private func rule(_ change: (inout TaskRule) -> Void) -> TaskRule { rule(.once, .allow, change) }

  @Test("jitter is the same for the same name and time, lies within its bound, and spreads")
  func jitter() {
    let rule = rule { $0.jitter = 5_000_000_000 }
    let parts = (0..<1000).map { rule.due($0 * 10) - $0 * 10_000_000_000 }
    #expect(parts == (0..<1000).map { rule.due($0 * 10) - $0 * 10_000_000_000 })
    #expect(parts.allSatisfy { (0..<5_000_000_000).contains($0) })
    for quarter in 0..<4 {
      let from = Int64(quarter) * 1_250_000_000
      #expect((200...300).contains(parts.filter { (from..<from + 1_250_000_000).contains($0) }.count))
    }
  }

  @Test("with jitter each time is made once, in order, never early", arguments: [1, 15, 40] as [Int64])
  func jitterOrder(seconds: Int64) {
    let rule = rule(.all) { $0.jitter = seconds * 1_000_000_000 }
    var (handled, made): (Int64, [Int64]) = (1000, [])
    for now in Int64(1000)...2000 {
      let plan = OccurrencePlan(rule, facts(handled: handled, now: now))
      for time in plan.make { #expect(rule.due(time) <= now * 1_000_000_000) }
      made += plan.make
      handled = plan.handled
    }
    #expect(made == stride(from: 1010, through: handled, by: 10).map { $0 })
    #expect(handled >= 2000 - seconds - 10)
  }

  @Test("every from an anchor, in both directions and at the ends of time")
  func every() {
    let recurrence = Recurrence.every(span: 900, anchor: 100)
    #expect(recurrence.next(after: 99) == 100)
    #expect(recurrence.next(after: 100) == 1000)
    #expect(recurrence.next(after: -1000) == -800)
    #expect(recurrence.previous(before: 100) == -800)
    #expect(recurrence.previous(before: 101) == 100)
    #expect(recurrence.count(after: 0, through: 1900, limit: 100) == 3)
    #expect(recurrence.count(after: 0, through: 1_900_000, limit: 100) == 100)
    for end in [Int64.min, .max, .min + 1, .max - 1] {
      _ = recurrence.next(after: end)
      if end > .min { _ = recurrence.previous(before: end) }
    }
    #expect(recurrence.next(after: .max - 5) == nil)
    #expect(Recurrence.at(50).next(after: 49) == 50)
    #expect(Recurrence.at(50).next(after: 50) == nil)
    #expect(Recurrence.at(50).previous(before: 51) == 50)
  }

  @Test(
    "times that jitter or the grain holds back together are not missed: each gets its job under 'allow'",
    arguments: [ScheduledTask.Missed.once, .skip], [(jitter: 60, grain: 1), (600, 1), (0, 60), (0, 3600)])
  func heldBack(missed: ScheduledTask.Missed, by held: (jitter: Int64, grain: Int64)) {
    let rule = rule(missed) { $0.jitter = held.jitter * 1_000_000_000 }
    var (handled, made): (Int64, [Int64]) = (3600, [])
    for now in Int64(3601)...10_800 {
      // As a scheduler does that looks at it when it is due.
      var facts = facts(handled: handled, now: now, limit: 1000)
      facts.grain = held.grain * 1_000_000_000
      guard let due = OccurrencePlan.nextDue(rule, after: handled, runs: 0),
        OccurrencePlan.onGrain(due, facts.grain, up: true) <= facts.now
      else { continue }
      let plan = OccurrencePlan(rule, facts)
      #expect(plan.skipped == [])
      made += plan.make
      handled = plan.handled
    }
    #expect(made == stride(from: 3610, through: handled, by: 10).map { $0 })
    #expect(made.count > 600)
  }

  @Test("of times that came due together under 'skip' the first gets a job, and the others are told as overlapped")
  func heldBackSkip() {
    var facts = facts(handled: 100, now: 200)
    facts.grain = 50_000_000_000
    let plan = OccurrencePlan(rule(.once, .skip), facts)
    #expect(plan.make == [160])
    #expect(
      plan.skipped == [
        Skip(why: .missed, first: 110, last: 150, count: 5), Skip(why: .overlap, first: 170, last: 200, count: 4),
      ])
  }

  @Test("what is due after the last moment of the grain waits for the next one")
  func betweenMoments() {
    var facts = facts(handled: 100, now: 155)
    facts.grain = 50_000_000_000
    #expect(OccurrencePlan(rule(.all), facts).handled == 150)
  }
}
