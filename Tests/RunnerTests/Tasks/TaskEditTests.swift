import Jobs
import Platform
import Spool
import TestSupport
import Testing

@testable import Runner

/// What people do with the files in `tasks/`: edit, break, mend, put aside, remove, replace.
@Suite(.timeLimit(.minutes(60))) struct TaskEditTests {
  private static func task(_ schedule: String, _ run: String = "true", _ more: String = "") -> String {
    #"{"schedule": \#(schedule), "job": {"run": "\#(run)"}\#(more)}"#
  }

  private static let hourly = task(#"{"every": "1h"}"#)
  private static func id(_ time: String) -> String { "t@20250301T\(time)00Z" }

  private func stage(_ json: String = hourly) throws -> TaskStage {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", json)
    stage.start()
    return stage
  }

  /// What the job of an id runs.
  private func run(_ id: String, _ stage: TaskStage) throws -> Job.Command {
    try Job.read(stage.folders[.done].open(id + ".json").readAll(limit: 1 << 20)).run
  }

  private func shell(_ stage: TaskStage, _ line: String) {
    let done = Command.shell("cd '\(stage.folders.path)/tasks' && " + line)
    #expect(done.isSuccess, "\(done.text)")
  }

  // MARK: good edits

  @Test("another schedule counts from the edit: nothing from before it is made up for", arguments: [true, false])
  func otherSchedule(isRunning: Bool) throws {
    let stage = try stage()
    stage.go(by: .seconds(3600))
    if !isRunning { stage.stop() }
    stage.sleep(.seconds(4 * 3600 - 60))
    let edited = Self.task(#"{"every": "10m"}"#, "true", #", "missed": "all", "overlap": "allow""#)
    if isRunning {
      try stage.edit("t", edited)
    } else {
      try stage.put("t", edited)
      stage.start()
    }
    #expect(try stage.ids(of: "t") == [Self.id("0100")])
    stage.go(by: .seconds(700))
    #expect(try stage.ids(of: "t") == ["0100", "0500", "0510"].map(Self.id))
  }

  @Test("an edit of the job alone keeps the times, and the next job is the new one", arguments: [true, false])
  func otherJob(isRunning: Bool) throws {
    let stage = try stage()
    stage.go(by: .seconds(3600))
    if !isRunning { stage.stop() }
    stage.sleep(.seconds(2 * 3600))
    try stage.put("t", Self.task(#"{"every": "1h"}"#, "echo new"))
    if isRunning { stage.hint("t") } else { stage.start() }
    #expect(try stage.ids(of: "t") == ["0100", "0300"].map(Self.id))
    #expect(try run(Self.id("0300"), stage) == .shell("echo new") && run(Self.id("0100"), stage) == .shell("true"))
  }

  @Test("an edit that nobody told of is found when the task is due")
  func foundWhenDue() throws {
    let stage = try stage()
    try stage.put("t", Self.task(#"{"every": "1h"}"#, "echo new"))
    stage.go(by: .seconds(3600))
    #expect(try run(Self.id("0100"), stage) == .shell("echo new"))
    // Not due any more.
    try stage.put("t", Self.task(#"{"every": "3h"}"#))
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t") == [Self.id("0100")])
  }

  // MARK: bad ones

  @Test("a bad edit keeps the last good version in force, also over a restart, and the state says what is wrong")
  func badEdit() throws {
    let stage = try stage(Self.task(#"{"every": "1h"}"#, "echo good"))
    try stage.edit("t", Self.task(#"{"every": "0s"}"#, "echo bad"))
    let problem = try #require(try stage.state("t").problem)
    #expect(problem.code == .outOfRange && problem.key == "schedule.every" && problem.line == 1)
    #expect(try stage.state("t").status == .scheduled)
    stage.go(by: .seconds(3600))
    stage.stop()
    stage.sleep(.seconds(60))
    stage.start()
    #expect(try stage.state("t").problem == problem)
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t") == ["0100", "0200"].map(Self.id))
    #expect(try run(Self.id("0200"), stage) == .shell("echo good"))
    #expect(try stage.has("t.json", in: .tasks))
    try stage.edit("t", Self.task(#"{"every": "1h"}"#, "echo mended"))
    #expect(try stage.state("t").problem == nil)
    stage.go(by: .seconds(3600))
    #expect(try run(Self.id("0300"), stage) == .shell("echo mended"))
  }

  @Test("what is wrong stays in the state when the task goes on, and when a person removed the state")
  func problemStays() throws {
    let stage = try stage()
    try stage.edit("t", "{}")
    stage.go(by: .seconds(3600))
    #expect(try stage.state("t").problem?.code == .missingKey)
    try stage.folders[.tasks].remove("t.state.json")
    stage.go(by: .seconds(3600))
    #expect(try stage.state("t").problem?.code == .missingKey)
    #expect(try stage.ids(of: "t").count == 2)
  }

  @Test("a first version that is bad does nothing and says so; mended it counts from then")
  func badFirst() throws {
    let stage = try stage(#"{"schedule": "61 * * * *", "job": {"run": "true"}}"#)
    stage.go(by: .seconds(3600))
    let state = try stage.state("t")
    #expect(state.status == .bad && state.next == nil && state.problem?.key == "schedule")
    #expect(stage.made.isEmpty)
    stage.stop()
    stage.start()
    #expect(try stage.state("t").status == .bad)
    stage.sleep(.seconds(3 * 3600))
    try stage.edit("t", Self.hourly)
    #expect(try stage.state("t").status == .scheduled && stage.state("t").problem == nil)
    #expect(stage.made.isEmpty)
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t") == [Self.id("0500")])
  }

  @Test("a first version that is bad is not taken for one of a task that had the name before")
  func badSuccessor() throws {
    let stage = try stage(Self.task(#"{"every": "1h"}"#, "true", #", "until": "2025-03-01T01:30:00Z""#))
    stage.go(by: .seconds(3600))
    #expect(try stage.has("t.json", in: .doneTasks))
    try stage.put("t", "{}")
    stage.scan()
    #expect(try stage.state("t").status == .bad && stage.state("t").counts.runs == 0)
  }

  @Test(
    "a task that is replaced by something that is no file goes on, and says so",
    arguments: ["mkdir t.json", "ln -s /etc/passwd t.json", "ln -s old.json t.json", "mkfifo t.json"])
  func noFile(line: String) throws {
    let stage = try stage()
    shell(stage, "mv t.json ../old.json && " + line)
    stage.hint("t")
    #expect(try stage.state("t").problem?.code == .notAFile)
    stage.go(by: .seconds(3600))
    stage.stop()
    stage.start()
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t").count == 2)
    shell(stage, "rm -rf t.json && mv ../old.json t.json")
    stage.hint("t")
    #expect(try stage.state("t").problem == nil)
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t").count == 3)
  }

  @Test("one that others may write to is refused until they may not")
  func othersMayWrite() throws {
    let stage = try stage()
    shell(stage, "chmod 0666 t.json")
    stage.hint("t")
    #expect(try stage.state("t").problem?.code == .notPermitted)
    stage.go(by: .seconds(3600))
    shell(stage, "chmod 0644 t.json")
    stage.hint("t")
    #expect(try stage.state("t").problem == nil)
    try stage.put("u", Self.hourly)
    shell(stage, "chmod 0666 u.json")
    stage.scan()
    #expect(try stage.state("u").status == .bad)
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t").count == 2 && stage.ids(of: "u").isEmpty)
  }

  @Test("one of another user is refused", .enabled(if: Machine.user == 0, "needs root, to give a file away"))
  func foreignOwner() throws {
    let stage = try stage()
    shell(stage, "chown 12345 t.json")
    stage.hint("t")
    #expect(try stage.state("t").problem?.code == .notPermitted)
    shell(stage, "chown 0 t.json")
    stage.hint("t")
    #expect(try stage.state("t").problem == nil)
  }

  // MARK: half-written files

  @Test("a half-written file that is held open waits without keeping the loop busy, and is read when it is whole")
  func halfWritten() throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    stage.settings.quiet = .seconds(2)
    stage.start()
    var file: Descriptor? = try stage.folders[.tasks].create("t.json")
    try file?.write(Array(#"{"schedule": {"every": "1h"}, "#.utf8))
    for _ in 0..<3 {
      stage.scan()
      stage.sleep(.seconds(10))
    }
    #expect(try !stage.has("t.state.json", in: .tasks))
    #expect(stage.scheduler?.nextLook.map { $0 > stage.continuous } ?? true)
    #expect(stage.scheduler?.hasWork == false)
    try file?.write(Array(#""job": {"run": "true"}}"#.utf8))
    file = nil
    stage.scan()
    #expect(try stage.state("t").status == .scheduled)
  }

  @Test("a whole file that is held open is read when it was quiet for a while")
  func heldOpen() throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    stage.settings.quiet = .seconds(2)
    stage.start()
    let file = try stage.folders[.tasks].create("t.json")
    try file.write(Array(Self.hourly.utf8))
    stage.scan()
    #expect(try !stage.has("t.state.json", in: .tasks))
    #expect(stage.scheduler?.nextLook == stage.continuous + 2_000_000_000)
    // A drain stays for it.
    #expect(stage.scheduler?.hasWork == true)
    stage.sleep(.seconds(2))
    stage.settle()
    #expect(try stage.state("t").status == .scheduled)
    _ = file.number
  }

  @Test("while an edit in place is half-written the last good version makes the jobs; without one nothing is made")
  func halfEdited() throws {
    let stage = try stage(Self.task(#"{"every": "1h"}"#, "echo good"))
    try stage.folders[.tasks].remove("t.json")
    var file: Descriptor? = try stage.folders[.tasks].create("t.json")
    try file?.write(Array(#"{"schedule": {"every": "1h"}, "#.utf8))
    stage.hint("t")
    stage.go(by: .seconds(3600))
    #expect(try run(Self.id("0100"), stage) == .shell("echo good"))
    try stage.folders[.tasks].remove(".t.good.json")
    stage.go(by: .seconds(3600 + 10))
    #expect(try stage.ids(of: "t").count == 1)
    try file?.write(Array(#""job": {"run": "echo new"}}"#.utf8))
    file = nil
    stage.go(by: .seconds(10))
    #expect(try run(Self.id("0200"), stage) == .shell("echo new"))
  }

  // MARK: aside, back, gone

  @Test(
    "mv to paused/ and back: nothing that was due meanwhile is made up for, whether a runner saw it or not",
    arguments: [(true, true), (true, false), (false, true), (false, false)])
  func paused(seesPause: Bool, seesResume: Bool) throws {
    let stage = try stage(Self.task(#"{"every": "1h"}"#, "true", #", "missed": "all", "overlap": "allow""#))
    stage.go(by: .seconds(3600))
    if !seesPause { stage.stop() }
    try stage.folders[.tasks].move("t.json", to: stage.folders[.pausedTasks], as: "t.json")
    if seesPause {
      stage.scan()
      #expect(try stage.state("t").status == .paused && stage.state("t").next == nil)
      #expect(stage.scheduler?.count == 0)
    }
    stage.sleep(.seconds(4 * 3600 - 1800))
    if seesPause { stage.settle() }
    if seesResume, !seesPause { stage.start() }
    if !seesResume { stage.stop() }
    try stage.folders[.pausedTasks].move("t.json", to: stage.folders[.tasks], as: "t.json")
    if seesResume { stage.scan() } else { stage.start() }
    #expect(try stage.ids(of: "t") == [Self.id("0100")])
    #expect(try stage.state("t").status == .scheduled && stage.state("t").counts.runs == 1)
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t") == ["0100", "0500"].map(Self.id))
  }

  @Test("the end of a job of a paused task is told in its state, and the task stays paused")
  func endsWhilePaused() throws {
    let stage = try stage()
    stage.runsJobs = false
    stage.go(by: .seconds(3600))
    try stage.folders[.tasks].move("t.json", to: stage.folders[.pausedTasks], as: "t.json")
    stage.scan()
    try stage.end(Self.id("0100"))
    let state = try stage.state("t")
    #expect(state.status == .paused && state.counts.succeeded == 1 && state.progress.active == [])
    #expect(stage.scheduler?.count == 0)
  }

  @Test(
    "a file that is removed leaves its state in done/tasks, as removed; the same name is a new task then",
    arguments: [true, false])
  func removed(isSeen: Bool) throws {
    let stage = try stage()
    stage.go(by: .seconds(3600))
    if !isSeen { stage.stop() }
    try stage.folders[.tasks].remove("t.json")
    if isSeen { stage.scan() } else { stage.start() }
    #expect(try stage.state("t", in: .doneTasks).status == .removed)
    #expect(try stage.folders[.tasks].names() == ["paused"] && stage.scheduler?.count == 0)
    stage.sleep(.seconds(4 * 3600))
    try stage.put("t", Self.hourly)
    stage.scan()
    #expect(try stage.state("t").counts.runs == 0)
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t") == ["0100", "0600"].map(Self.id))
  }

  @Test("one that was moved to done/tasks with its state is told nothing of twice")
  func movedToDone() throws {
    let stage = try stage()
    stage.go(by: .seconds(3600))
    for name in ["t.json", "t.state.json"] {
      try stage.folders[.tasks].move(name, to: stage.folders[.doneTasks], as: name)
    }
    stage.scan()
    #expect(try stage.folders[.doneTasks].names().sorted() == ["t.json", "t.state.json"])
    #expect(try stage.folders[.tasks].names() == ["paused"] && stage.scheduler?.count == 0)
    #expect(try stage.state("t", in: .doneTasks).counts.runs == 1)
  }

  @Test("a file that is put back while its removal is written down is not moved away")
  func putBack() throws {
    let stage = try stage()
    stage.go(by: .seconds(3600))
    let scheduler = try #require(stage.scheduler)
    try stage.folders[.tasks].remove("t.json")
    scheduler.intake.doubt()
    scheduler.scan()
    try stage.put("t", Self.hourly)
    stage.settle()
    stage.scan()
    #expect(try stage.state("t").status == .scheduled)
    stage.go(by: .seconds(3600))
    #expect(try stage.has("t.json", in: .tasks) && stage.ids(of: "t").count == 2)
  }

  // MARK: names

  @Test("names that differ only by case, or only in how their letters are composed, are tasks of their own")
  func likeNames() throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    let names = ["t", "T", "caf\u{E9}", "cafe\u{301}"]
    for name in names { try stage.put(name, Self.hourly) }
    stage.start()
    #expect(stage.scheduler?.count == 4)
    stage.go(by: .seconds(3600))
    #expect(stage.made.count == 4 - 1, "two keys are one to a dictionary of texts")
    #expect(try stage.folders[.done].names().filter { $0.contains("@") }.count == 8)
    for name in names { #expect(try stage.state(name).counts.runs == 1) }
  }

  @Test("a name that no task can have is left alone, and the others go on")
  func badNames() throws {
    let stage = try stage()
    let long = String(repeating: "n", count: 121)
    shell(
      stage,
      #"for name in \#(long) "$(printf 'a\377')" "$(printf 'a\001b')" -x x.run; do cp t.json "./$name.json"; done"#)
    stage.scan()
    stage.go(by: .seconds(3600))
    #expect(stage.made.keys.sorted() == [Self.id("0100")])
    let files = Command.shell("ls -A '\(stage.folders.path)/tasks' | wc -l").text.trimmed
    // The task, its state and its good copy, paused/, and the five.
    #expect(files == "9")
    let edge = String(repeating: "n", count: 120)
    try stage.put(edge, Self.hourly)
    stage.scan()
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: edge).count == 1)
  }

  @Test("files that are no tasks are passed over: hidden ones, states of others, copies of editors")
  func otherFiles() throws {
    let stage = try stage()
    shell(stage, "cp t.json .t.json; cp t.json t.json~; cp t.json t.txt; cp t.json .json; cp t.json t.json.swp")
    stage.scan()
    stage.go(by: .seconds(3600))
    #expect(stage.scheduler?.count == 1 && stage.made.count == 1)
  }
}

extension String {
  fileprivate var trimmed: String { String(split(separator: "\n").first ?? "") }
}
