import Jobs
import Operations
import Platform
import Spool
import Testing

@Suite struct TaskListingTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  @Test("tasks are listed by folder and name, and done ones last, the newest of them")
  func order() throws {
    for name in ["b", "a", "Z"] { try spool.putTask(name) }
    try spool.putTask("p", in: .pausedTasks)
    for name in ["d1", "d2", "d3"] { try spool.putTask(name, in: .doneTasks) }
    let listing = try spool.access.tasks(zones: HandMadeSpool.zones, finished: 2)
    #expect(listing.entries.map(\.name).prefix(4) == ["Z", "a", "b", "p"])
    #expect(listing.entries.count == 6)
    #expect(listing.more == 1)
    #expect(try spool.access.tasks(zones: HandMadeSpool.zones, finished: nil).entries.count == 7)
    let none = try spool.access.tasks(zones: HandMadeSpool.zones, finished: 0)
    #expect(none.entries.count == 4)
    #expect(none.more == 3)
  }

  @Test("what is ignored is told, and the runner's own files are not among it")
  func ignored() throws {
    try spool.putTask("a")
    try spool.putState("a")
    for name in [TaskFile.good("a"), ".a.json.new", ".gitkeep", ".hidden.json", "notes.txt"] {
      try spool.put(name, in: .tasks)
    }
    let listing = try spool.access.tasks(zones: HandMadeSpool.zones)
    #expect(listing.entries.map(\.name) == ["a"])
    #expect(listing.ignored.map(\.place) == [.tasks])
    #expect(listing.ignored[0].names.map(\.names) == [[".hidden.json"], ["notes.txt"]])
    // The folder of tasks is none of the jobs' ignored names.
    #expect(try spool.entries(.done).ignored.isEmpty)
  }

  @Test(
    "the state of a task follows from its files",
    arguments: [
      (#"{"every":"1h"}"#, "", TaskState.Status.scheduled), (#""@reboot""#, "", .scheduled),
      (#"{"at":"2097-01-01T00:00:00Z"}"#, "", .scheduled), (#"{"at":"2026-01-01T00:00:00Z"}"#, "", .finished),
      (#"{"every":"1h"}"#, #","until":"2026-01-01T00:00:00Z""#, .finished),
      (#"{"every":"1h"}"#, #","maxRuns":3"#, .finished), (#"{"every":"1h"}"#, #","maxRuns":4"#, .scheduled),
      (#""61 * * * *""#, "", .bad), (#"{"cron":"0 2 * * *","timezone":"Mars/X"}"#, "", .bad),
    ] as [(String, String, TaskState.Status)])
  func status(schedule: String, more: String, status: TaskState.Status) throws {
    try spool.putTask("x", schedule, more)
    try spool.putState("x") { $0.counts.runs = 3 }
    #expect(try spool.task("x")?.status == status)
    try spool.folders[.tasks].move("x.json", to: spool.folders[.pausedTasks], as: "x.json")
    #expect(try spool.task("x")?.status == .paused)
    try spool.folders[.pausedTasks].move("x.json", to: spool.folders[.doneTasks], as: "x.json")
    // Its state is left behind: the runner has yet to put it aside.
    #expect(try spool.task("x")?.content == .gone)
    try spool.folders[.tasks].remove("x.state.json")
    #expect(try spool.task("x")?.status == .removed)
    try spool.putState("x", in: .doneTasks) { $0.status = .finished }
    #expect(try spool.task("x")?.status == .finished)
  }

  @Test("the next time is reckoned from what is done with, by the clock of the zone")
  func next() throws {
    try spool.putTask("x", #"{"cron":"0 10 * * *","timezone":"Europe/Berlin"}"#)
    try spool.putState("x", handled: 3_999_999_000)
    #expect(try spool.task("x")?.next?.text == "2096-10-02T10:00:00+02:00")
    #expect(try spool.task("x")?.passed == 0)
    // Three days ago: nobody has looked since.
    try spool.putState("x", handled: 4_000_000_000 - 3 * 86_400)
    let late = try #require(try spool.task("x"))
    #expect(late.next?.text == "2096-09-29T10:00:00+02:00")
    #expect(late.passed == 3)
    // A clock that was wrong is not gone by.
    try spool.putState("x", handled: 5_000_000_000)
    #expect(try spool.task("x")?.next?.text == "2096-10-02T10:00:00+02:00")
  }

  @Test("a task that is new, or has another schedule, counts from its arrival, and other edits change nothing")
  func arrival() throws {
    try spool.putTask("x", #"{"every":"1d"}"#)
    let arrival = try #require(try spool.folders[.tasks].status("x.json")).changed / 1_000_000_000
    func first() throws -> Int64 { try #require(try spool.task("x")?.next).time.nanoseconds / 1_000_000_000 }
    #expect(try first() == (arrival / 86_400 + 1) * 86_400)
    #expect(try spool.task("x")?.passed == TaskEntry.countLimit)
    // Another schedule than that of the last good version.
    try spool.putState("x", handled: 86_400) { $0.progress.file = nil }
    try spool.put(TaskFile.good("x"), #"{"schedule":{"every":"1h"},"job":{"run":"true"}}"#, in: .tasks)
    #expect(try first() == (arrival / 86_400 + 1) * 86_400)
    // The same one, and another job.
    try spool.put(TaskFile.good("x"), #"{"schedule":{"every":"1d"},"job":{"run":"false"}}"#, in: .tasks)
    #expect(try first() == 2 * 86_400)
  }

  @Test("what was due while a task was put aside does not count")
  func putAside() throws {
    try spool.putTask("x", #"{"every":"1d"}"#)
    try spool.putState("x", handled: 86_400)
    #expect(try spool.task("x")?.next?.time == Timestamp(seconds: 2 * 86_400))
    try spool.putState("x", handled: 86_400) { $0.progress.file?.changed -= 1 }
    for (from, to) in [(SpoolPlace.tasks, SpoolPlace.pausedTasks), (.pausedTasks, .tasks)] {
      try spool.folders[from].move("x.json", to: spool.folders[to], as: "x.json")
    }
    #expect(try #require(try spool.task("x")?.next).time > Timestamp(seconds: 50 * 365 * 86_400))
    // chmod: nothing has left the folder of the paused ones since long before.
    try spool.folders[.tasks].setModified("paused", to: 0)
    #expect(try spool.task("x")?.next?.time == Timestamp(seconds: 2 * 86_400))
    try spool.putState("x", handled: 86_400) { $0.status = .paused }
    #expect(try #require(try spool.task("x")?.next).time > Timestamp(seconds: 50 * 365 * 86_400))
  }

  @Test("a single time that was dropped too late is made up for")
  func late() throws {
    try spool.putTask("x", #"{"at":"2020-01-01T00:00:00Z"}"#)
    let entry = try #require(try spool.task("x"))
    #expect(entry.status == .scheduled)
    #expect(entry.next?.text == "2020-01-01T00:00:00+00:00")
    #expect(entry.passed == 1)
    try spool.putState("x")
    #expect(try spool.task("x")?.status == .finished)
    // While its job is under way it is not over.
    try spool.putState("x") { $0.progress.active = ["x@20200101T000000Z"] }
    #expect(try spool.task("x")?.status == .scheduled)
  }

  @Test("a file that others may write to is not gone by")
  func writable() throws {
    try spool.putTask("x")
    try spool.folders[.tasks].open("x.json").setMode(0o602)
    #expect(try spool.task("x")?.problem?.code == .notPermitted)
  }

  @Test("with a jitter the time stays, and its job is due later, each time by the same")
  func jitter() throws {
    try spool.putTask("x", #"{"every":"1h"}"#, #","jitter":"30m""#)
    try spool.putState("x")
    let next = try #require(try spool.task("x")?.next)
    #expect(next.text == "2096-10-02T08:00:00+00:00")
    #expect(next.due > next.time)
    #expect(next.due.duration(since: next.time) <= .seconds(1800))
    #expect(try spool.task("x")?.next == next)
  }

  @Test("a bad edit is told, and the last good version counts while there is one")
  func badEdit() throws {
    try spool.put("x.json", #"{"schedule":"0 2 * * *"}"#, in: .tasks)
    #expect(try spool.task("x")?.status == .bad)
    try spool.put(TaskFile.good("x"), #"{"schedule":{"every":"1h"},"job":{"run":"true"}}"#, in: .tasks)
    let entry = try #require(try spool.task("x"))
    #expect(entry.status == .scheduled)
    #expect(entry.problem?.code == .missingKey)
    #expect(entry.task?.schedule.text == "every 1h")
    #expect(entry.next != nil)
  }

  @Test("what is no file, too large or has a name that no task can have is bad")
  func notAFile() throws {
    try spool.folders[.tasks].makeFolder("folder.json")
    try spool.put(String(repeating: "x", count: 121) + ".json", in: .tasks)
    try spool.put("settings.json", #"{"maxJobBytes":100}"#)
    try spool.putTask("large", #"{"every":"1h"}"#, #","description":"\#(String(repeating: "x", count: 100))""#)
    let entries = try spool.access.tasks(zones: HandMadeSpool.zones).entries
    #expect(entries.map(\.status) == [.bad, .bad, .bad])
    #expect(entries.map { $0.problem?.code } == [.notAFile, .tooBig, .badName])
  }

  @Test("how the newest job came out is told by its result where the state does not know yet")
  func last() throws {
    try spool.putTask("x")
    let id = OccurrenceID.make("x", at: Timestamp(seconds: 3_999_996_000))
    try spool.putState("x") {
      $0.add(Occurrence(scheduled: Timestamp(seconds: 3_999_996_000), id: id))
      var skipped = Occurrence(scheduled: Timestamp(seconds: 3_999_999_600))
      skipped.skipped = .overlap
      $0.add(skipped)
    }
    try spool.put("\(id).json", in: .processing)
    #expect(try spool.task("x")?.last == .init(id: id, status: nil, at: Timestamp(seconds: 3_999_996_000)))
    try spool.folders[.processing].remove("\(id).json")
    try spool.putEnded(id.text, .failed, exitCode: 3)
    #expect(try spool.task("x")?.last?.status == "failed")
    let detail = try #require(try spool.access.taskDetail("x", zones: HandMadeSpool.zones))
    #expect(detail.occurrences.map(\.status) == [nil, "failed"])
  }

  @Test("the whole of a task has its next times, as many as may come")
  func detail() throws {
    try spool.putTask("x", #"{"every":"1h"}"#, #","maxRuns":5"#)
    try spool.putState("x") { $0.counts.runs = 2 }
    let detail = try #require(try spool.access.taskDetail("x", zones: HandMadeSpool.zones))
    #expect(detail.coming.times.map(\.text).map { $0.dropFirst(11).prefix(5) } == ["08:00", "09:00", "10:00"])
    #expect(detail.coming.end == .maxRuns(5))
    #expect(try spool.access.taskDetail("y", zones: HandMadeSpool.zones) == nil)
  }

  @Test("the status counts tasks and names the one that is due next")
  func summary() throws {
    #expect(try spool.access.status(zones: HandMadeSpool.zones).tasks == nil)
    for (name, span) in [("late", "1d"), ("soon", "5m")] {
      try spool.putTask(name, #"{"every":"\#(span)"}"#)
      try spool.putState(name)
    }
    try spool.putTask("paused", in: .pausedTasks)
    try spool.putTask("bad", #""x""#)
    try spool.putTask("over", in: .doneTasks)
    let tasks = try #require(try spool.access.status(zones: HandMadeSpool.zones).tasks)
    #expect([tasks.scheduled, tasks.paused, tasks.bad, tasks.outdated] == [2, 1, 1, 0])
    #expect(tasks.next?.task == "soon")
    #expect(tasks.next?.time.text == "2096-10-02T07:10:00+00:00")
    #expect(try spool.access.status().tasks == nil)
  }
}
