import Jobs
import Platform
import Spool
import Testing

@testable import Runner

/// Somebody sets the clock under a live runner, or while none runs.
@Suite(.timeLimit(.minutes(60))) struct TaskClockTests {
  private func stage(_ every: String, _ more: String = "") throws -> TaskStage {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", #"{"schedule": {"every": "\#(every)"}, "job": {"run": "true"}\#(more)}"#)
    stage.start()
    return stage
  }

  /// That none was made twice the stage tells: a second one of an id would find its result there.
  private func expectOnce(_ stage: TaskStage, _ location: SourceLocation = #_sourceLocation) {
    #expect(stage.made.values.allSatisfy { $0 == 1 }, sourceLocation: location)
  }

  @Test("set back by half an hour, a correction: the times that were are not repeated, and nothing is said")
  func halfAnHour() throws {
    let stage = try stage("10m", #", "missed": "all", "overlap": "allow""#)
    stage.go(by: .seconds(3600))
    stage.setClock(by: .seconds(-1800))
    stage.scan()
    #expect(try stage.state("t").notice == nil)
    stage.go(by: .seconds(1800))
    #expect(try stage.ids(of: "t").count == 6)
    stage.go(by: .seconds(600))
    #expect(try stage.ids(of: "t").count == 7)
    expectOnce(stage)
  }

  @Test(
    "set back by more than an hour, it was wrong: the times go on at once, none gets a second job, and the state says so",
    arguments: [2 * 3600, 86_400, 400 * 86_400])
  func muchBack(seconds: Int64) throws {
    let stage = try stage("10m")
    stage.setClock(by: .seconds(seconds))
    stage.scan()
    stage.go(by: .seconds(1800))
    let made = try stage.ids(of: "t").count
    stage.setClock(by: .seconds(-seconds - 1800))
    stage.scan()
    let notice = try #require(try stage.state("t").notice)
    #expect(notice.contains("clock"))
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t").count == made + 6)
    // Through the times that were made under the wrong clock, as far as they lie near.
    stage.go(by: .seconds(2 * 3600))
    #expect(try stage.ids(of: "t").filter { $0 <= "t@20250301T030000Z" }.count == 18)
    expectOnce(stage)
  }

  @Test("set right while no runner ran: the next one goes on at once too", arguments: [2 * 3600, 400 * 86_400])
  func backWhileDown(seconds: Int64) throws {
    let stage = try stage("10m")
    stage.setClock(by: .seconds(seconds))
    stage.scan()
    stage.stop()
    stage.setClock(by: .seconds(-seconds))
    stage.start()
    #expect(try stage.state("t").notice?.contains("clock") == true)
    stage.go(by: .seconds(1800))
    #expect(try stage.ids(of: "t").filter { $0 < "t@20250301T01" }.count == 3)
    expectOnce(stage)
  }

  @Test("a boundary: an hour back is a correction still", arguments: [(3600, false), (3602, true)])
  func boundary(seconds: Int64, isWrong: Bool) throws {
    let stage = try stage("10m")
    stage.go(by: .seconds(7200))
    stage.setClock(by: .seconds(-seconds))
    stage.scan()
    #expect(try (stage.state("t").notice != nil) == isWrong)
  }

  @Test(
    "set forward by a year: what was missed is told without going through it all, and the times go on",
    arguments: ["once", "skip", "all"], ["1s", "1h"])
  func yearOn(missed: String, every: String) throws {
    let stage = try stage(every, #", "missed": "\#(missed)", "overlap": "allow""#)
    stage.setClock(by: .seconds(365 * 86_400))
    stage.scan()
    let state = try stage.state("t")
    #expect(state.counts.runs <= 101)
    #expect(state.progress.handled >= stage.wall / 1_000_000_000 - 3600)
    #expect(state.counts.missed > 8000)
    if missed == "all" {
      // A hundred that were made up for stand in the list by now.
      #expect(state.notice?.contains("maxMissed") == true)
    } else {
      #expect(state.occurrences.first { $0.skipped == .missed }?.isCountCut == (every == "1s"))
    }
    let made = try stage.ids(of: "t").count
    stage.go(by: every == "1s" ? .seconds(10) : .seconds(3600))
    #expect(try stage.ids(of: "t").count > made)
    expectOnce(stage)
  }

  @Test("a cron line through a year forward and back again")
  func cron() throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put(
      "t", #"{"schedule": {"cron": "30 2 * * *", "timezone": "Europe/Berlin"}, "job": {"run": "true"}}"#)
    stage.start()
    stage.go(by: .seconds(86_400))
    #expect(try stage.state("t").next == "2025-03-02T02:30:00+01:00")
    stage.setClock(by: .seconds(365 * 86_400))
    stage.scan()
    #expect(try stage.state("t").counts.missed == 364)
    stage.setClock(by: .seconds(-365 * 86_400))
    stage.scan()
    stage.go(by: .seconds(86_400))
    #expect(try stage.ids(of: "t").filter { $0 < "t@2025030300" }.count == 2)
    expectOnce(stage)
  }

  @Test("zone files that were read anew count from then on")
  func zonesAnew() throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", #"{"schedule": "30 2 * * *", "job": {"run": "true"}}"#)
    stage.start()
    #expect(try stage.state("t").next == "2025-03-01T02:30:00+00:00")
    stage.machineZone.set("Asia/Tokyo")
    stage.scheduler?.intake.forgetZones()
    stage.scan()
    #expect(try stage.state("t").next == "2025-03-02T02:30:00+09:00")
    stage.go(by: .seconds(86_400))
    #expect(try stage.ids(of: "t") == ["t@20250301T173000Z"])
  }
}
