import Jobs
import Operations
import Platform
import Spool
import Testing

@Suite struct TaskReviewTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  private func review(_ text: String, name: String? = "x", zones: TaskZones = HandMadeSpool.zones) throws -> TaskReview
  {
    try TaskReviewer(spool.access, zones: zones, now: HandMadeSpool.now).review(Array(text.utf8), name: name)
  }

  private func task(_ schedule: String, job: String = #""run":"true""#, _ more: String = "") -> String {
    #"{"schedule":\#(schedule),"job":{\#(job)}\#(more)}"#
  }

  @Test(
    "a task that is meant as it stands is not warned of",
    arguments: [
      #"{"every":"15m"}"#, #"{"every":"1d"}"#, #"{"every":"7d"}"#, #""0 2 * * *""#, #""@reboot""#,
      #"{"cron":"*/5 9-17 * * MON-FRI","timezone":"Asia/Tokyo"}"#,
      #"{"cron":"30 4 * * *","timezone":"Europe/Berlin"}"#, #"{"cron":"*/10 * * * *","timezone":"Europe/Berlin"}"#,
      #"{"at":"2097-01-01T00:00:00Z"}"#,
    ])
  func fine(schedule: String) throws {
    let review = try review(task(schedule))
    #expect(review.refusal == nil)
    #expect(review.warnings.isEmpty, "\(review.warnings)")
  }

  @Test("what is not accepted has its place, and so has what is refused where the job runs")
  func refused() throws {
    #expect(try review(#"{"schedule":"61 * * * *","job":{"run":"true"}}"#).refusal?.column == 13)
    #expect(try review(task(#"{"cron":"0 2 * * *","timezone":"Mars/X"}"#)).refusal?.code == .badValue)
    let network = try review(task(#"{"every":"1h"}"#, job: #""run":"true","network":"none""#))
    #expect(network.refusal?.code == .conflictingKeys)
    #expect(network.refusal?.key == "job.network")
    let user = try review(task(#"{"every":"1h"}"#, job: #""run":"true","runtime":"podman","image":"a","user":7"#))
    #expect(user.refusal?.code == .notPermitted)
  }

  @Test("a key makes every later job count as done, unless there is only one")
  func key() throws {
    let job = #""run":"true","key":"k""#
    #expect(try review(task(#"{"every":"1h"}"#, job: job)).warnings == [.constantKey("k")])
    #expect(try review(task(#"{"at":"2097-01-01T00:00:00Z"}"#, job: job)).warnings.isEmpty)
    #expect(try review(task(#"{"every":"1h"}"#, job: job, #","maxRuns":1"#)).warnings.isEmpty)
  }

  @Test("paths that are not there are told by their key")
  func paths() throws {
    #expect(
      try review(task(#"{"every":"1h"}"#, job: #""run":"x","directory":"/no/where","stdinFile":"/nor/here""#)).warnings
        == [
          .missingPath(key: "job.directory", path: "/no/where"), .missingPath(key: "job.stdinFile", path: "/nor/here"),
        ])
    let mounts = #""run":"x","mounts":[{"host":"/no/where","container":"/a"},{"host":"/","container":"/b"}]"#
    #expect(
      try review(task(#"{"every":"1h"}"#, job: mounts)).warnings
        == [.missingPath(key: "job.mounts", path: "/no/where")])
  }

  @Test("with overlap allow a timeout is compared with the shortest interval")
  func overrun() throws {
    let job = #""run":"true","timeout":"20m""#
    #expect(
      try review(task(#""0,15 * * * *""#, job: job, #","overlap":"allow""#)).warnings
        == [.timeoutPastInterval(timeout: .seconds(1200), interval: .seconds(900))])
    #expect(try review(task(#""0,15 * * * *""#, job: job)).warnings.isEmpty)
    #expect(try review(task(#"{"every":"20m"}"#, job: job, #","overlap":"allow""#)).warnings.isEmpty)
  }

  @Test("names that differ by case alone are told, and the same name is not")
  func names() throws {
    try spool.putTask("Nightly")
    try spool.putTask("nightly", in: .pausedTasks)
    #expect(
      try review(task(#"{"every":"1h"}"#), name: "NIGHTLY").warnings == [.namesDifferByCase(["Nightly", "nightly"])])
    #expect(try review(task(#"{"every":"1h"}"#), name: "Nightly").warnings == [.namesDifferByCase(["nightly"])])
    #expect(try review(task(#"{"every":"1h"}"#), name: "other").warnings.isEmpty)
  }

  @Test("a schedule that names no time any more is told")
  func over() throws {
    #expect(try review(task(#"{"at":"2026-01-01T00:00:00Z"}"#)).warnings == [.noFurtherTime])
    #expect(
      try review(task(#"{"every":"1h"}"#, #","until":"2026-01-01T00:00:00Z""#)).warnings == [.noFurtherTime])
    try spool.putTask("x", #"{"every":"1h"}"#, #","maxRuns":2"#)
    try spool.putState("x") { $0.counts.runs = 2 }
    let reviewer = try TaskReviewer(spool.access, zones: HandMadeSpool.zones, now: HandMadeSpool.now)
    #expect(reviewer.review(try #require(try spool.task("x"))).warnings == [.noFurtherTime])
  }

  private func task(_ schedule: String, _ more: String) -> String { task(schedule, job: #""run":"true""#, more) }

  @Test(
    "a span that does not divide a day is told",
    arguments: [("7m", true), ("36h", true), ("45s", false), ("2d", false)])
  func uneven(span: String, isTold: Bool) throws {
    let told = try review(task(#"{"every":"\#(span)"}"#)).warnings.contains {
      if case .unevenDays = $0 { true } else { false }
    }
    #expect(told == isTold)
  }

  @Test("a time that daylight saving skips within a year is told, with when it runs")
  func gap() throws {
    let warnings = try review(task(#"{"cron":"30 2 * * *","timezone":"Europe/Berlin"}"#)).warnings
    #expect(
      warnings == [
        .skippedByClock(
          local: "2097-03-31T02:30:00", zone: "Europe/Berlin",
          runs: TaskTime(time: Timestamp(seconds: 4_015_530_000), offset: 7200))
      ])
    #expect(try review(task(#"{"cron":"30 2 * * *","timezone":"Asia/Tokyo"}"#)).warnings.isEmpty)
  }

  @Test("where the machine's own zone cannot be used, no task is good but one that names another")
  func machineZone() throws {
    let zones = TaskZones(read: { _ in nil }, machine: { .named("Mars/X") })
    #expect(try review(task(#""0 2 * * *""#), zones: zones).refusal?.code == .badValue)
    #expect(try review(task(#"{"cron":"0 2 * * *","timezone":"UTC"}"#), zones: zones).refusal == nil)
  }

  @Test("bad settings of its group are told with their file")
  func settings() throws {
    try spool.put("g.json", "{", in: .groups)
    let warnings = try review(task(#"{"every":"1h"}"#, job: #""run":"true","group":"g""#)).warnings
    guard case .badSettings(_, "groups/g.json")? = warnings.first else {
      Issue.record("\(warnings)")
      return
    }
  }

  @Test(
    "'missed: all' is told where 'overlap' lets one of them run only",
    arguments: [("skip", true), ("replace", true), ("queue", false), ("allow", false)])
  func missedAll(overlap: String, isTold: Bool) throws {
    let rule = try #require(ScheduledTask.Overlap(rawValue: overlap))
    let told = try review(task(#"{"every":"1h"}"#, #","missed":"all","overlap":"\#(overlap)""#)).warnings
    #expect(told == (isTold ? [.missedNotMadeUp(rule)] : []))
    #expect(try review(task(#"{"at":"2097-01-01T00:00:00Z"}"#, #","missed":"all""#)).warnings.isEmpty)
  }

  @Test("a jitter or a grain that is longer than the interval is told")
  func heldBack() throws {
    #expect(
      try review(task(#"{"every":"5m"}"#, #","jitter":"10m""#)).warnings
        == [.heldBack(key: "jitter", span: .seconds(600), interval: .seconds(300))])
    #expect(try review(task(#"{"every":"5m"}"#, #","jitter":"5m""#)).warnings.isEmpty)
    try spool.put("settings.json", #"{"taskInterval":"1m"}"#)
    #expect(
      try review(task(#"{"every":"30s"}"#)).warnings
        == [.heldBack(key: "taskInterval", span: .seconds(60), interval: .seconds(30))])
  }

  @Test("a task whose jobs would all be too big is refused, though it is not too big itself")
  func tooBig() throws {
    let text = task(#"{"every":"1h"}"#, job: #""run":"cat","stdin":"""#)
    let most = (1 << 20) - text.utf8.count
    let stdin = String(repeating: "x", count: most)
    let refusal = try review(task(#"{"every":"1h"}"#, job: #""run":"cat","stdin":"\#(stdin)""#)).refusal
    #expect(refusal?.code == .tooBig && refusal?.key == "job")
  }
}
