@testable import CLI
import Jobs
import Operations
import Platform
import Spool
import TestSupport
import Testing

@Suite struct TaskCommandTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  /// A task, and what the runner wrote about it: it has handled its times but for those of the last 100 seconds.
  private func putTask(
    _ name: String, _ schedule: String = #"{"every":"1h"}"#, _ more: String = "", job: String = #""run":"true""#,
    in place: SpoolPlace = .tasks, _ change: (inout TaskState) -> Void = { _ in }
  ) throws {
    try bobbin.put(name + ".json", #"{"schedule":\#(schedule),"job":{\#(job)}\#(more)}"#, in: place)
    try putState(name, in: place == .doneTasks ? .doneTasks : .tasks, change)
  }

  private func putState(
    _ name: String, in place: SpoolPlace = .tasks, _ change: (inout TaskState) -> Void = { _ in }
  ) throws {
    var state = TaskState(task: name, progress: TaskProgress(handled: 3_999_999_900))
    state.progress.file = try bobbin.folders[place].status(name + ".json").map {
      TaskProgress.FileMark(inode: $0.inode, modified: $0.modified, changed: $0.changed)
    }
    change(&state)
    let folder = try bobbin.folders[place]
    if try folder.has(name + ".state.json") { try folder.remove(name + ".state.json") }
    try bobbin.put(name + ".state.json", String(decoding: state.encode(), as: UTF8.self), in: place)
  }

  /// Some of each kind.
  private func fill() throws {
    try putTask(
      "nightly", #"{"cron":"0 2 * * *","timezone":"Europe/Berlin"}"#,
      #","missed":"all","overlap":"queue","jitter":"30m","maxRuns":20,"description":"The backup\u001b[31m""#,
      job: #""run":["./backup.sh","--to","the shed"],"group":"night""#)
    try putState("nightly") { state in
      (state.counts.runs, state.counts.succeeded, state.counts.failed) = (12, 10, 1)
      (state.counts.missed, state.counts.overlapped) = (3, 1)
      var first = Occurrence(scheduled: Timestamp(seconds: 3_999_801_600))
      (first.since, first.count, first.skipped) = (Timestamp(seconds: 3_999_628_800), 3, .missed)
      first.reason = "nobody saw them"
      state.add(first)
      var second = Occurrence(
        scheduled: Timestamp(seconds: 3_999_888_000), id: JobID(unchecked: "nightly@20961001T000000Z"))
      (second.status, second.finishedAt) = ("succeeded", Timestamp(seconds: 3_999_888_042))
      state.add(second)
      var third = Occurrence(scheduled: Timestamp(seconds: 3_999_974_000))
      (third.skipped, third.reason) = (.overlap, "a job of it still ran")
      state.add(third)
      state.add(
        Occurrence(scheduled: Timestamp(seconds: 3_999_974_400), id: JobID(unchecked: "nightly@20961002T000000Z")))
    }
    try putTask("beat", #"{"every":"5m"}"#)
    try putState("beat") { $0.progress.handled = 3_999_990_000 }
    try putTask("start", #""@reboot""#)
    try putTask("aside", #"{"every":"1h"}"#, in: .pausedTasks)
    try bobbin.put("broken.json", "{\n  \"schedule\": \"61 * * * *\",\n  \"job\": { \"run\": \"x\" }\n}\n", in: .tasks)
    try bobbin.put("edited.json", #"{"schedule":"0 2 * * *"}"#, in: .tasks)
    try bobbin.put(TaskFile.good("edited"), #"{"schedule":"0 2 * * *","job":{"run":"true"}}"#, in: .tasks)
    try putState("edited")
    // In this order also by name, for both may come within one grain of the clock.
    try putTask("gone", #"{"every":"1h"}"#, in: .doneTasks)
    try putTask("over", #"{"at":"2026-12-01T08:00:00+01:00"}"#, in: .doneTasks)
    try putState("over", in: .doneTasks) { state in
      state.status = .finished
      state.lastStatus = "succeeded"
    }
    try bobbin.put("notes.txt", "", in: .tasks)
  }

  @Test("task ls tells each task's state, schedule, next time and last job")
  func list() throws {
    try fill()
    let answer = bobbin("task", "ls")
    #expect(answer.code == 0)
    try expectSnapshot(answer.out, "task-ls.txt")
    try expectSnapshot(answer.err, "task-ls-notes.txt")
    try expectSnapshot(bobbin("task", "ls", "--json").out, "task-ls.json")
    #expect(try Called()("task", "ls") == .init(code: 0, out: "", err: "bobbin: no tasks there\n"))
  }

  @Test("with a runner nobody is told to start one")
  func runner() throws {
    try putTask("beat")
    let lock = try Folder(path: bobbin.path)
    try lock.descriptor.lockExclusively()
    #expect(bobbin("task", "ls").err.isEmpty)
    #expect(bobbin("task", "run", "beat").err.isEmpty)
    withExtendedLifetime(lock) {}
  }

  @Test(
    "task show tells a task with its times, counts and warnings",
    arguments: ["nightly", "edited", "aside", "over", "beat"])
  func show(name: String) throws {
    try fill()
    let answer = bobbin("task", "show", name)
    #expect(answer.code == 0)
    try expectSnapshot(answer.out, "task-show-\(name).txt")
    if name == "nightly" { try expectSnapshot(bobbin("task", "show", name, "--json").out, "task-show.json") }
  }

  @Test("what is no task is told with the nearest one")
  func missing() throws {
    try fill()
    for verb in ["show", "next", "pause", "resume", "run", "rm"] {
      let answer = bobbin("task", verb, "nighly")
      #expect(answer == .init(code: 1, out: "", err: "bobbin: no task 'nighly' in SPOOL; there is 'nightly'\n"))
      #expect(bobbin("task", verb, "a/b").code == 1)
    }
    #expect(
      bobbin("why", "nightly").err
        == "bobbin: no job 'nightly' in SPOOL: it is a task\n  'bobbin task show nightly' tells about it\n")
    #expect(bobbin("show", "nightly").code == 1)
  }

  @Test("task next tells times, and why there are no more")
  func next() throws {
    try fill()
    let nightly = bobbin("task", "next", "nightly", "-n", "2")
    #expect(nightly.code == 0)
    #expect(nightly.err.isEmpty)
    try expectSnapshot(nightly.out, "task-next.txt")
    try expectSnapshot(bobbin("task", "next", "nightly.json", "--limit=1", "--json").out, "task-next.json")
    let all = bobbin("task", "next", "nightly", "-n", "100")
    #expect(all.out.split(separator: "\n").count == 8)
    #expect(all.err == "bobbin: no more times come: 'maxRuns' is 20\n")
    #expect(
      bobbin("task", "next", "nightly", "--from", "2026-01-01T00:00:00Z").out.hasPrefix(
        "2026-01-01T02:00:00+01:00  due for "))
    #expect(
      bobbin("task", "next", "start")
        == .init(code: 0, out: "", err: "bobbin: it has no times: it runs once after each start of the machine\n"))
    #expect(bobbin("task", "next", "over").err == "bobbin: no time comes: the schedule has no later one\n")
    #expect(bobbin("task", "next", "edited").err.contains("the last good version is in force"))
    let broken = bobbin("task", "next", "broken")
    #expect(broken.code == 65)
    #expect(broken.err.hasPrefix("bobbin: tasks/broken.json:2:15: "))
    try putTask("until", #"{"every":"1h"}"#, #","until":"2096-10-02T09:00:00Z""#)
    let until = bobbin("task", "next", "until")
    #expect(until.out == "2096-10-02T08:00:00+00:00  in 53m20s\n2096-10-02T09:00:00+00:00  in 1h53m\n")
    #expect(until.err == "bobbin: no more times come: 'until' is 2096-10-02T09:00:00+00:00\n")
  }

  @Test("task next tells the times of a line, without a spool")
  func nextOfLine() throws {
    let answer = bobbin(
      "task", "next", "--cron", "*/5 9-17 * * MON-FRI", "--timezone", "Asia/Tokyo", "-n", "2", "--spool", "/no/where")
    #expect(
      answer
        == .init(code: 0, out: "2096-10-02T16:10:00+09:00  in 3m20s\n2096-10-02T16:15:00+09:00  in 8m20s\n", err: ""))
    // The very second that is named counts.
    #expect(
      bobbin("task", "next", "--cron", "0 0 1 1 *", "-n", "1", "--from", "2027-01-01T00:00:00Z").out.hasPrefix(
        "2027-01-01T00:00:00+00:00"))
    #expect(
      bobbin("task", "next", "--cron", "0 0 1 1 *", "-n", "1", "--from", "2027-01-01T00:00:00.001Z").out.hasPrefix(
        "2028-"))
  }

  @Test("pause, resume and rm move files, say what is so already, and overwrite nothing")
  func moves() throws {
    try putTask("x")
    try putTask("y")
    let inode = try bobbin.folders[.tasks].status("x.json")?.inode
    #expect(bobbin("task", "pause", "x", "y.json") == .init(code: 0, out: "x\ny\n", err: ""))
    #expect(try bobbin.folders[.pausedTasks].status("x.json")?.inode == inode)
    #expect(bobbin("task", "pause", "x") == .init(code: 0, out: "x\n", err: "bobbin: x is in tasks/paused already\n"))
    try putTask("x")
    #expect(
      bobbin("task", "pause", "x")
        == .init(code: 1, out: "", err: "bobbin: x stays: tasks/paused has a file of that name\n"))
    #expect(bobbin("task", "resume", "y") == .init(code: 0, out: "y\n", err: ""))
    try expectSnapshot(bobbin("task", "resume", "x", "y", "z", "--json").out, "task-resume.json")
    #expect(bobbin("task", "rm", "y") == .init(code: 0, out: "y\n", err: ""))
    try putTask("y")
    #expect(
      bobbin("task", "rm", "y")
        == .init(code: 0, out: "y~2\n", err: "bobbin: y is now y~2: another task has its name\n"))
    #expect(bobbin("task", "rm", "y") == .init(code: 0, out: "y\n", err: "bobbin: y is in done/tasks already\n"))
    #expect(
      bobbin("task", "pause", "y")
        == .init(code: 1, out: "", err: "bobbin: y is in done/tasks, it cannot be paused there\n"))
    #expect(try bobbin.names(.doneTasks) == ["y.json", "y.state.json", "y~2.json", "y~2.state.json"])
  }

  @Test("task run publishes jobs, and says which task is not good and where")
  func run() throws {
    try fill()
    let answer = bobbin("task", "run", "aside", "broken", "edited", "nightly", "nix")
    #expect(answer.code == 65)
    #expect(answer.out == "aside@20961002T070640Z-manual\nnightly@20961002T070640Z-manual\n")
    try expectSnapshot(answer.err, "task-run.txt")
    try expectSnapshot(try bobbin.text("nightly@20961002T070640Z-manual.json", in: .inbox), "task-run-job.json")
    #expect(
      bobbin("task", "run", "aside", "--json").out
        == "{\n  \"ids\": [\n    \"aside@20961002T070640Z-manual~2\"\n  ]\n}\n")
    #expect(bobbin("task", "run", "nix").code == 1)
    // What a person sees of such a job.
    #expect(
      bobbin("show", "nightly@20961002T070640Z-manual").out.contains(
        "task       nightly, asked for by a person at 2096-10-02 07:06:40 UTC"))
    try expectSnapshot(bobbin("why", "nightly@20961002T070640Z-manual").out, "task-why.txt")
  }

  @Test("task add takes a file as it is, under its own name or another")
  func addFile() throws {
    let text = "{ \"schedule\": \"@hourly\",\n  \"job\": { \"run\": \"true\" } }\n\n"
    let path = try bobbin.file("hourly.json", text)
    let answer = bobbin("task", "add", path)
    #expect(answer.code == 0)
    #expect(answer.out == "hourly\n")
    try expectSnapshot(answer.err, "task-add.txt")
    #expect(try bobbin.text("hourly.json", in: .tasks) == text)
    #expect(bobbin("task", "add", path).code == 73)
    #expect(bobbin("task", "add", "--name", "other", path).out == "other\n")
    #expect(bobbin("task", "add", "--name", "third", "-", input: text).out == "third\n")
    #expect(bobbin("task", "pause", "other").code == 0)
    #expect(
      bobbin("task", "add", "--name", "other", path).err
        == "bobbin: there is a task other already\n  --name N gives it another name; 'bobbin task show other' tells about it\n"
    )
    try expectSnapshot(bobbin("task", "add", "--name", "fourth", path, "--json").out, "task-add.json")
  }

  @Test(
    "task add makes a task of a command line",
    arguments: [
      ("cron", ["--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--key", "k", "--jitter", "5m"]),
      ("every", ["--every", "15m", "--missed", "skip", "--overlap", "replace", "--max-runs", "3", "--clean"]),
      ("at", ["--at", "2097-01-01T08:00:00+01:00", "--env", "A=B", "--timeout", "90s", "--group", "g"]),
      ("until", ["--cron", "@reboot", "--until", "2097-01-01T00:00:00Z", "--retry", "3"]),
    ] as [(String, [String])])
  func addCommand(name: String, options: [String]) throws {
    let answer = bobbin.call(["task", "add", "--name", name] + options + ["--", "./x.sh", "-a", "b c"])
    #expect(answer.code == 0)
    #expect(answer.out == name + "\n")
    try expectSnapshot(answer.err + (try bobbin.text(name + ".json", in: .tasks)), "task-add-\(name).txt")
    let bytes = Array(try bobbin.text(name + ".json", in: .tasks).utf8)
    #expect(try ScheduledTask.read(bytes, zoneProblem: { _ in nil }).job.run == .arguments(["./x.sh", "-a", "b c"]))
  }

  @Test("task add refuses what is no task, with its place")
  func addBad() throws {
    let bad = try bobbin.file("bad.json", "{\n  \"schedule\": \"0 25 * * *\",\n  \"job\": { \"run\": \"x\" }\n}\n")
    let answer = bobbin("task", "add", bad)
    #expect(answer.code == 65)
    #expect(answer.err.hasPrefix("bobbin: HOME/bad.json:2:15: "))
    #expect(
      bobbin("task", "add", try bobbin.file("x.state.json", #"{"schedule":"@daily","job":{"run":"x"}}"#)).code == 65)
    #expect(
      bobbin("task", "add", try bobbin.file("n.json", #"{"schedule":"@daily","job":{"run":"x","network":"none"}}"#))
        .code == 65)
    #expect(bobbin("task", "add", bobbin.home + "/nix.json").code == 74)
    #expect(try bobbin.names(.tasks).isEmpty)
  }

  @Test(
    "what is wrong in the command line of a task verb is told",
    arguments: [
      ("task next", "which task?"), ("task next x --cron *", "--cron: '*' has 1 field"),
      ("task next x --timezone UTC", "--timezone belongs to --cron"), ("task next a b", "one word too many"),
      ("task next x -n 0", "--limit takes a whole number from 1 to 10000"),
      ("task next x --from noon", "--from takes a time"), ("task pause", "something is missing"),
      ("task add a b", "give one file"), ("task add -", "--name is needed beside '-'"),
      ("task add x.json --every 5m", "--every belongs to '-- COMMAND'"),
      ("task add x.json --timeout 5m", "--timeout belongs to '-- COMMAND'"),
      ("task add x.json -- ls", "give a file or '-- COMMAND', not both"),
      ("task add --name n --", "something is missing"),
      ("task add -- ls", "--name is needed beside '-- COMMAND'"), ("task add --name n -- ls", "when? Give --cron"),
      ("task add --name n --every 5m --at 2027-01-01T00:00:00Z -- ls", "--every and --at exclude each other"),
      ("task add --name n --every 5m --timezone UTC -- ls", "--timezone belongs to --cron"),
      ("task add --name n --every 400d -- ls", "--every takes whole seconds, 1s to 366d"),
      ("task add --name n --every 1.5s -- ls", "--every takes whole seconds"),
      ("task add --name n --at 2027-01-01T00:00:00.5Z -- ls", "--at takes whole seconds"),
      ("task add --name n --cron @dayly -- ls", "--cron: '@dayly' is not known: did you mean '@daily'?"),
      ("task add --name n --cron @daily --timezone Mars/X -- ls", "--timezone Mars/X: no such zone"),
      (
        "task add --name n --every 5m --missed al -- ls",
        "--missed is one of once, skip, all, not 'al': did you mean 'all'?"
      ),
      ("task add --name n --every 5m --overlap x -- ls", "--overlap is one of"),
      ("task add --name n --every 5m --jitter 2d -- ls", "--jitter takes 1d at most"),
      ("task add --name n --every 5m --max-runs 0 -- ls", "--max-runs takes a whole number"),
      ("task add --name .n --every 5m -- ls", "--name: the name '.n' starts with"),
      ("task list", "did you mean 'bobbin task ls'?"),
      ("history --count -n 3", "--limit and --count exclude each other"),
      ("history --task a/b", "--task takes a task's name"), ("history x", "one word too many"),
    ])
  func usage(line: String, says: String) throws {
    let answer = bobbin.call(line.split(separator: " ").map(String.init))
    #expect(answer.code == 64, "\(answer.err)")
    #expect(answer.out.isEmpty)
    #expect(answer.err.contains(says), "\(answer.err)")
  }

  @Test("the name of a task leaves room for the time behind it")
  func longName() throws {
    let answer = bobbin("task", "add", "--name", String(repeating: "x", count: 121), "--every", "5m", "--", "ls")
    #expect(answer.code == 64)
    #expect(answer.err.contains("expected at most 120"))
  }

  @Test("task check tells errors and warnings apart by its exit code")
  func check() throws {
    try putTask("good")
    #expect(bobbin("task", "check") == .init(code: 0, out: "", err: ""))
    try putTask("odd", #"{"every":"7m"}"#, job: #""run":"x","key":"k","directory":"/no/where""#)
    let odd = bobbin("task", "check", "odd", "good")
    #expect(odd.code == 0)
    try expectSnapshot(odd.err, "task-check.txt")
    try putTask("bad", #""0 2 30 2 *""#, in: .pausedTasks)
    let bad = bobbin("task", "check")
    #expect(bad.code == 65)
    #expect(bad.err.contains("tasks/paused/bad.json:1:13: "))
    #expect(bobbin("task", "check", "nix").code == 1)
    let path = try bobbin.file(
      "gap.json", #"{"schedule":{"cron":"30 2 * * *","timezone":"Europe/Berlin"},"job":{"run":"x"}}"#)
    try expectSnapshot(bobbin("task", "check", "bad", path, "--json").out, "task-check.json")
    #expect(bobbin("task", "check", path, "--spool", "/no/where").code == 0)
    #expect(bobbin("task", "check", "-", input: "{}").code == 65)
    #expect(bobbin("task", "check", "--spool", "/no/where").code == 74)
  }

  @Test("check takes a file with a schedule for a task")
  func plainCheck() throws {
    let good = try bobbin.file("good.json", #"{"schedule":"@daily","job":{"run":"x","key":"k"}}"#)
    let bad = try bobbin.file("bad.json", #"{"schedule":"@dayly","job":{"run":"x"}}"#)
    let job = try bobbin.file("job.json", #"{"run":"x"}"#)
    let warned = bobbin("check", good, job)
    #expect(warned.code == 0)
    #expect(warned.err.contains("HOME/good.json: warning: "))
    #expect(bobbin("check", good, bad).code == 65)
    #expect(bobbin("check", bad).err.hasPrefix("HOME/bad.json:1:13: "))
    #expect(
      bobbin("check", "-", input: "{\"run\":\"x\"}\n{\"schedule\":\"x\",\"job\":{\"run\":\"x\"}}\n").err.hasPrefix(
        "standard input:2:13: "))
  }

  @Test("status counts tasks and names the next")
  func status() throws {
    #expect(!bobbin("status").out.contains("tasks"))
    try fill()
    let out = bobbin("status").out
    #expect(
      out.contains(
        "tasks      4 scheduled, 1 paused, 1 bad; of 1 the file is bad and the version before it in force ('bobbin task ls'); next beat at 2096-10-02T04:25:00+00:00, due for 2h41m\n"
      ), "\(out)")
    #expect(!out.contains("ignored    in done"))
    #expect(bobbin("status", "--json").out.contains("\"outdated\": 1,\n    \"next\": {\n      \"task\": \"beat\",\n"))
  }

  @Test("the family explains itself")
  func family() throws {
    let answer = bobbin("task", "--help")
    #expect(answer.code == 0)
    try expectSnapshot(answer.out, "help-task.txt")
    #expect(bobbin("task").code == 64)
  }

  @Test("on a terminal lines are cut to its width, but not what is wrong")
  func terminal() throws {
    try putTask(String(repeating: "long", count: 12), #""0,15,30,45 2 * * MON""#)
    try bobbin.put("bad.json", "{", in: .tasks)
    let access = try SpoolAccess(path: bobbin.path, now: { Called.now })
    let listing = try access.tasks(zones: TaskZones(read: TestZones.read, machine: { .utc }))
    let lines = TaskTable(now: Called.now, colour: true, width: 60).lines(listing)
    try expectSnapshot(lines.joined(separator: "\n") + "\n", "task-ls-terminal.txt")
  }
}
