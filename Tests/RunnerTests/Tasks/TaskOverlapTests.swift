import Jobs
import Platform
import Spool
import Testing

@testable import Runner

/// What becomes of times that nobody saw, and of those that come while a job of the task is still there.
@Suite(.timeLimit(.minutes(60))) struct TaskOverlapTests {
  private static func hourly(_ more: String) -> String {
    #"{"schedule": {"every": "1h"}, "job": {"run": "true"}, \#(more)}"#
  }

  private static func id(_ hour: Int) -> String { "t@20250301T\(hour < 10 ? "0" : "")\(hour)0000Z" }

  /// An hourly task, at midnight, whose jobs end when the test says so.
  private func stage(_ more: String) throws -> TaskStage {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", Self.hourly(more))
    stage.runsJobs = false
    stage.start()
    return stage
  }

  // MARK: missed

  @Test(
    "of the times that pass while no runner is there the newest is made up for, or none, or all",
    arguments: [("once", [1, 6]), ("skip", [1]), ("all", [1, 2, 3, 4, 5, 6])])
  func missed(rule: String, hours: [Int]) throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", Self.hourly(#""missed": "\#(rule)", "overlap": "allow""#))
    stage.start()
    stage.go(by: .seconds(3600))
    stage.stop()
    stage.sleep(.seconds(5 * 3600 + 1800))
    stage.start()
    #expect(try stage.ids(of: "t") == hours.map(Self.id))
    let state = try stage.state("t")
    #expect(state.counts.runs == hours.count && state.counts.missed == 6 - hours.count)
    #expect(state.next == "2025-03-01T07:00:00+00:00")
    let skipped = state.occurrences.filter { $0.skipped == .missed }
    #expect(skipped.reduce(0) { $0 + ($1.count ?? 1) } == 6 - hours.count)
    #expect(skipped.allSatisfy { $0.reason?.isEmpty == false })
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t").last == Self.id(7))
  }

  @Test("what is made up for is bounded by 'maxMissed', and the state says what was dropped")
  func dropped() throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    stage.settings.maxMissed = 3
    try stage.put("t", Self.hourly(#""missed": "all", "overlap": "allow""#))
    stage.start()
    stage.stop()
    stage.sleep(.seconds(9 * 3600))
    stage.start()
    #expect(try stage.ids(of: "t") == [7, 8, 9].map(Self.id))
    let state = try stage.state("t")
    let dropped = try #require(state.occurrences.first { $0.skipped == .dropped })
    #expect(dropped.since?.secondsText() == "2025-03-01T01:00:00Z" && dropped.count == 6)
    #expect(dropped.scheduled.secondsText() == "2025-03-01T06:00:00Z")
    #expect(state.counts.missed == 6 && state.counts.runs == 3)
  }

  @Test("a time within the last minute is no missed one, also under 'skip'")
  func onTime() throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", Self.hourly(#""missed": "skip""#))
    stage.start()
    stage.stop()
    stage.sleep(.seconds(3600 + 59))
    stage.start()
    #expect(try stage.ids(of: "t") == [Self.id(1)])
  }

  // MARK: overlap

  @Test("skip: while a job of the task has not ended a time is skipped, and the state names the job")
  func skip() throws {
    let stage = try stage(#""overlap": "skip""#)
    stage.go(by: .seconds(2 * 3600))
    #expect(try stage.waiting() == [Self.id(1)])
    let state = try stage.state("t")
    #expect(state.occurrences.first?.skipped == .overlap && state.counts.overlapped == 1)
    #expect(state.occurrences.first?.reason?.contains(Self.id(1)) == true)
    #expect(state.progress.active.map(\.text) == [Self.id(1)])
    try stage.end(Self.id(1))
    stage.go(by: .seconds(3600))
    #expect(try stage.waiting() == [Self.id(3)])
  }

  @Test("queue: times wait for the jobs before them and are worked off one by one, the oldest first")
  func queue() throws {
    let stage = try stage(#""overlap": "queue""#)
    stage.go(by: .seconds(3 * 3600))
    #expect(try stage.waiting() == [Self.id(1)])
    #expect(try stage.state("t").progress.queued.count == 2)
    for hour in 1...3 {
      #expect(try stage.waiting() == [Self.id(hour)])
      try stage.end(Self.id(hour))
    }
    #expect(try stage.waiting() == [] && stage.state("t").progress.queued == [])
    #expect(try stage.state("t").counts.runs == 3)
  }

  @Test("queue: what waits in it survives the runner")
  func queueSurvives() throws {
    let stage = try stage(#""overlap": "queue""#)
    stage.go(by: .seconds(2 * 3600))
    stage.stop()
    try stage.end(Self.id(1))
    stage.start()
    #expect(try stage.waiting() == [Self.id(2)])
  }

  @Test("queue: no more wait than 'maxMissed' lets, and the rest is told as skipped")
  func queueFull() throws {
    let stage = try stage(#""overlap": "queue""#)
    stage.settings.maxMissed = 2
    stage.go(by: .seconds(5 * 3600))
    let state = try stage.state("t")
    #expect(state.progress.queued.count == 2)
    #expect(state.occurrences.filter { $0.skipped == .queueFull }.count == 2 && state.counts.overlapped == 2)
  }

  @Test("allow: each time has its job at once")
  func allow() throws {
    let stage = try stage(#""overlap": "allow""#)
    stage.go(by: .seconds(3 * 3600))
    #expect(try stage.waiting() == [1, 2, 3].map(Self.id))
  }

  @Test("replace: the job that is there is cancelled, and the newest time has its job when that one has ended")
  func replace() throws {
    let stage = try stage(#""overlap": "replace""#)
    stage.go(by: .seconds(2 * 3600))
    #expect(stage.cancelled == [Self.id(1)])
    #expect(try stage.waiting() == [Self.id(1)])
    stage.go(by: .seconds(3600))
    #expect(try stage.waiting() == [Self.id(1)])
    #expect(Set(stage.cancelled) == [Self.id(1)])
    try stage.end(Self.id(1))
    #expect(try stage.waiting() == [Self.id(3)])
    let state = try stage.state("t")
    #expect(state.occurrences.contains { $0.skipped == .replaced && $0.scheduled.secondsText().contains("T02:") })
  }

  // MARK: people

  @Test(
    "a job that a person took away does not hold up its task", arguments: ["skip", "queue", "replace"])
  func takenAway(rule: String) throws {
    let stage = try stage(#""overlap": "\#(rule)""#)
    stage.go(by: .seconds(3600))
    try stage.folders[.inbox].remove(Self.id(1) + ".json")
    stage.go(by: .seconds(3600 + 30))
    #expect(try stage.waiting() == [Self.id(2)])
    #expect(try stage.state("t").progress.active.map(\.text) == [Self.id(2)])
  }

  @Test("a job that a person moved to done/ without a result does not hold up its task")
  func putIntoDone() throws {
    let stage = try stage(#""overlap": "skip""#)
    stage.go(by: .seconds(3600))
    try stage.folders[.inbox].move(Self.id(1) + ".json", to: stage.folders[.done], as: Self.id(1) + ".json")
    stage.go(by: .seconds(3600))
    #expect(try stage.waiting() == [Self.id(2)])
  }

  @Test("a job that a person put aside in held/ counts as one that waits")
  func held() throws {
    let stage = try stage(#""overlap": "skip""#)
    stage.go(by: .seconds(3600))
    try stage.folders[.inbox].move(Self.id(1) + ".json", to: stage.folders[.held], as: Self.id(1) + ".json")
    stage.go(by: .seconds(3600))
    #expect(try stage.waiting() == [] && stage.state("t").counts.overlapped == 1)
  }

  @Test(
    "a retry by hand counts as a job that is there, also when it was put there while no runner was",
    arguments: [
      true, false,
    ])
  func retried(isRunning: Bool) throws {
    let stage = try stage(#""overlap": "skip""#)
    stage.go(by: .seconds(3600))
    try stage.end(Self.id(1))
    #expect(try stage.state("t").progress.active == [])
    if !isRunning { stage.stop() }
    let done = try stage.folders[.done]
    try done.move(Self.id(1) + ".json", to: stage.folders[.inbox], as: Self.id(1) + ".json")
    try done.remove(Self.id(1) + ".result.json")
    if isRunning { stage.settle() } else { stage.start() }
    stage.go(by: .seconds(3600))
    #expect(try stage.waiting() == [Self.id(1)] && stage.state("t").counts.overlapped == 1)
    try stage.end(Self.id(1))
    #expect(try stage.state("t").counts.succeeded == 2 && stage.state("t").counts.runs == 1)
    stage.go(by: .seconds(3600))
    #expect(try stage.waiting() == [Self.id(3)])
  }

  @Test(
    "a run that a person asked for counts as a job that is there, and not as one of the task's times",
    arguments: [
      true, false,
    ])
  func manual(isRunning: Bool) throws {
    let stage = try stage(#""overlap": "skip""#)
    let id = "t@20250301T003000Z-manual"
    if !isRunning { stage.stop() }
    let text = #"{"run": "true", "task": "t", "scheduledFor": "2025-03-01T00:30:00Z"}"#
    try stage.folders[.inbox].create(id + ".json").write(Array(text.utf8))
    if isRunning { stage.settle() } else { stage.start() }
    stage.go(by: .seconds(3600))
    #expect(try stage.waiting() == [id])
    let state = try stage.state("t")
    #expect(state.occurrences.first?.reason?.contains(id) == true && state.counts.runs == 0)
    #expect(state.occurrences.contains { $0.id?.text == id })
    try stage.end(id)
    stage.go(by: .seconds(3600))
    #expect(try stage.waiting() == [Self.id(2)])
    #expect(try stage.state("t").occurrences.first { $0.id?.text == id }?.status == "succeeded")
  }

  // MARK: ends

  @Test("an end that is told before its beginning is counted once, and nothing is left under way")
  func endFirst() throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", Self.hourly(#""overlap": "skip""#))
    // This stage's jobs end before the scheduler takes notice that they are there.
    stage.start()
    stage.go(by: .seconds(3 * 3600))
    let state = try stage.state("t")
    #expect(state.counts.runs == 3 && state.counts.succeeded == 3 && state.counts.failed == 0)
    #expect(state.progress.active == [] && state.lastStatus == "succeeded")
    #expect(state.occurrences.map { $0.id?.text } == [3, 2, 1].map(Self.id))
    #expect(state.occurrences.allSatisfy { $0.status == "succeeded" && $0.finishedAt != nil })
    #expect(state.previous == "2025-03-01T03:00:00+00:00")
  }

  @Test("an end that is found in done/ before it is told is counted once")
  func endFound() throws {
    let stage = try stage(#""overlap": "skip""#)
    stage.go(by: .seconds(3600))
    let scheduler = try #require(stage.scheduler)
    stage.stop()
    let record = stage.record(Self.id(1))
    try stage.end(Self.id(1))
    stage.resume(scheduler)
    stage.go(by: .seconds(3600))
    #expect(try stage.waiting() == [Self.id(2)])
    scheduler.ended(record)
    stage.settle()
    let state = try stage.state("t")
    #expect(state.counts.succeeded == 1 && state.progress.active.map(\.text) == [Self.id(2)])
  }

  @Test("an end that nobody told, for no runner ran, is found at the next start")
  func endBetween() throws {
    let stage = try stage(#""overlap": "skip""#)
    stage.go(by: .seconds(3600))
    stage.stop()
    try stage.end(Self.id(1))
    stage.start()
    let state = try stage.state("t")
    #expect(state.counts.succeeded == 1 && state.progress.active == [] && state.lastStatus == "succeeded")
  }

  @Test("a task whose job's end is told before the task was looked at goes on")
  func endAtStart() throws {
    let stage = try stage(#""overlap": "skip""#)
    stage.go(by: .seconds(3600))
    stage.stop()
    let record = stage.record(Self.id(1))
    try stage.end(Self.id(1))
    stage.start(before: { $0.ended(record) })
    #expect(try stage.state("t").counts.succeeded == 1)
    stage.go(by: .seconds(3600))
    #expect(try stage.waiting() == [Self.id(2)])
  }

  @Test("a job that was cancelled before it began makes room at once for the one that takes its place")
  func cancelledWaiting() throws {
    let stage = try stage(#""overlap": "replace""#)
    stage.go(by: .seconds(2 * 3600))
    let id = Self.id(1)
    #expect(stage.cancelled == [id])
    var record = stage.record(id)
    record.state = .finished(Outcome(.cancelled))
    try stage.folders[.errors].create(id + ".result.json").write(record.encode())
    try stage.folders[.inbox].move(id + ".json", to: stage.folders[.errors], as: id + ".json")
    stage.scheduler?.cancelled(JobID(unchecked: id))
    stage.settle()
    #expect(try stage.waiting() == [Self.id(2)])
    let state = try stage.state("t")
    #expect(state.progress.active.map(\.text) == [Self.id(2)] && state.occurrences.last?.status == "cancelled")
  }
}
