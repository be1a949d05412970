@testable import CLI
import Jobs
import Platform
import Spool
import Testing

@Suite struct CommandsTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  @Test("submit publishes files byte for byte and prints an id a line")
  func submitFiles() throws {
    let text = "{ \"run\" : \"true\" }\n\n"
    let path = try bobbin.file("a.json", text)
    #expect(bobbin("submit", path, path) == .init(code: 0, out: "a\na~2\n", err: ""))
    #expect(try bobbin.text("a~2.json", in: .inbox) == text)
    #expect(bobbin("submit", path, "--json").out == "{\n  \"ids\": [\n    \"a~3\"\n  ]\n}\n")
  }

  @Test("submit stops at the first bad file, and those before it stay published")
  func submitBad() throws {
    let good = try bobbin.file("good.json", #"{"run":"true"}"#)
    let bad = try bobbin.file("bad.json", "{\n  \"run\": \"true\",\n  \"timout\": 3\n}\n")
    let answer = bobbin("submit", good, bad, good)
    #expect(answer.code == 65)
    #expect(answer.out == "good\n")
    try expectSnapshot(answer.err, "submit-bad.txt")
    #expect(try bobbin.names(.inbox) == ["good.json"])
    #expect(bobbin("check", bad).err == "HOME/bad.json:3:3: \(refusal(bad)) [unknown-key]\n")
  }

  @Test(
    "check and submit refuse what does not go together with where the job runs",
    arguments: [
      #"{"run":"x","network":"none"}"#, #"{"run":"x","runtime":"sandbox","directory":"/tmp"}"#,
      #"{"run":"x","runtime":"sandbox","stdinFile":"/etc/hosts"}"#,
    ])
  func conflicts(text: String) throws {
    let path = try bobbin.file("a.json", text)
    for verb in ["check", "submit"] {
      let answer = bobbin(verb, path)
      #expect(answer.code == 65)
      #expect(answer.err.contains("[conflicting-keys]"), "\(answer.err)")
    }
    #expect(try bobbin.names(.inbox).isEmpty)
    #expect(bobbin("check", try bobbin.file("b.json", #"{"run":"x","runtime":"sandbox","network":"none"}"#)).code == 0)
  }

  private func refusal(_ path: String) -> String {
    do {
      _ = try Job.read(try FileSystem.openForReading(path: path).readAll(limit: 1000))
      return ""
    } catch { return "\(error)" }
  }

  @Test("submit takes the current folder and PATH along, unless told to be clean")
  func submitCommand() throws {
    let answer = bobbin("submit", "--name", "n", "--", "ls", "-l", "--all")
    #expect(answer == .init(code: 0, out: "n\n", err: ""))
    try expectSnapshot(try bobbin.text("n.json", in: .inbox), "submit-command.json")
    #expect(bobbin("submit", "--name", "c", "--clean", "--retry", "3", "--", "ls").code == 0)
    let job = try Job.read(Array(bobbin.text("c.json", in: .inbox).utf8))
    #expect(job.directory == nil)
    #expect(job.env.isEmpty)
    #expect(job.retry.attempts == 3)
    #expect(bobbin("submit", "--name", "n", "--", "ls").code == 73)
  }

  @Test("submit reads one job or one a line, and names the line that is bad")
  func submitInput() throws {
    let answer = bobbin("submit", "-", input: "{\"run\":\"a\"}\n{\"run\":\"b\"}\n")
    #expect(answer.code == 0)
    #expect(answer.out.split(separator: "\n").count == 2)
    #expect(answer.out.hasPrefix("job-20961002T070640-"))
    let bad = bobbin("submit", "-", input: "{\"run\":\"a\"}\n\n{\"rum\":\"b\"}\n")
    #expect(bad.code == 65)
    // Place and sentence name the line of the input.
    #expect(bad.err.contains("standard input:3:2: unknown key 'rum' at line 3, column 2: "))
    #expect(
      bobbin("check", "-", input: "{\"run\":\"a\"}\n{\"rum\":\"b\"}\n").err.contains(
        ":2:2: unknown key 'rum' at line 2, "))
    #expect(try bobbin.names(.inbox).count == 3)
    #expect(bobbin("submit", "--name", "n", "-", input: "{}\n{}\n").code == 64)
  }

  @Test("mounts says of each whether it would be made, and answers by its exit code")
  func mounts() throws {
    let (home, base) = (bobbin.home, try Folder(path: bobbin.home))
    for name in ["bobbin", "srv"] { try base.makeFolder(name) }
    try base.folder("bobbin").create("mounts.json").write(
      Array(#"{"roots": [{"path": "\#(home)/srv", "allowReadWrite": true}]}"#.utf8))
    let good = try bobbin.file(
      "good.json", #"{"run": "true", "mounts": [{"host": "\#(home)/srv", "container": "/w", "readOnly": false}]}"#)
    let bad = try bobbin.file(
      "bad.json",
      #"{"run": "true", "mounts": [{"host": "\#(home)/srv", "container": "/r"}, {"host": "\#(home)/no", "container": "/n"}]}"#
    )
    let none = try bobbin.file("none.json", #"{"run": "true"}"#)
    let broken = try bobbin.file("broken.json", #"{"run": "true", "mounts": [{"host": "x", "container": "/n"}]}"#)
    let variables = ["XDG_CONFIG_HOME": home]
    #expect(
      bobbin("mounts", good, environment: variables)
        == .init(code: 0, out: "allowed  /w: HOME/srv, read-write\n", err: ""))
    let refused = bobbin("mounts", bad, environment: variables)
    #expect(refused.code == 1)
    #expect(
      refused.out
        == "allowed  /r: HOME/srv, read-only\nrefused  /n: 'HOME/no' is not there [mount-missing]\n")
    let json = bobbin("mounts", bad, "--json", environment: variables)
    #expect(json.code == 1)
    try expectSnapshot(json.out, "mounts.json")
    #expect(bobbin("mounts", none) == .init(code: 0, out: "", err: "bobbin: the job has no mounts\n"))
    #expect(bobbin("mounts", broken).code == 65)
    #expect(bobbin("mounts", "nothing").code == 1)
  }

  @Test("a file that is not there is told by its name")
  func submitMissing() throws {
    let answer = bobbin("submit", bobbin.home + "/nix.json")
    #expect(answer.code == 74)
    #expect(answer.err == "bobbin: open HOME/nix.json: No such file or directory\n")
  }

  @Test("wait answers by its exit code, and says who did not succeed")
  func wait() throws {
    try bobbin.putEnded("good", .ended("good", .succeeded))
    try bobbin.putEnded("bad", .ended("bad", .failed) { $1.exitCode = 3 })
    #expect(bobbin("wait", "good") == .init(code: 0, out: "", err: ""))
    #expect(bobbin("wait", "good", "bad") == .init(code: 1, out: "", err: "bobbin: bad failed: exit 3\n"))
    let missing = bobbin("wait", "goood")
    #expect(missing == .init(code: 1, out: "", err: "bobbin: no job 'goood' in SPOOL; there is 'good'\n"))
    #expect(bobbin("wait", "-", input: "good\n\n").code == 0)
    try bobbin.put("w.json", in: .inbox)
    let open = bobbin("wait", "w", "--timeout", "0")
    #expect(open.code == 124)
    try expectSnapshot(open.err, "wait-timeout.txt")
    try expectSnapshot(bobbin("wait", "good", "bad", "--json").out, "wait.json")
  }

  @Test(
    "the exit code of submit --wait is the job's",
    arguments: [
      (FinalStatus.succeeded, 0, nil, 0), (.failed, 7, nil, 7), (.failed, nil, "SIGKILL", 137),
      (.timedOut, 0, nil, 124),
      (.refused, nil, nil, 65), (.cancelled, 3, nil, 1), (.failed, nil, nil, 1), (.expired, nil, nil, 1),
      (.failed, 300, nil, 1),
    ] as [(FinalStatus, Int?, String?, Int32)])
  func exitCode(status: FinalStatus, exit: Int?, signal: String?, expected: Int32) {
    let record = JobRecord.ended("a", status) {
      $1.exitCode = exit
      $1.signal = signal
    }
    #expect(OutcomeText.exitCode(record) == expected)
    #expect(OutcomeText.exitCode(nil) == 1)
  }

  @Test("the verbs that move print the ids that are where they should be, and say why others are not")
  func moves() throws {
    try bobbin.put("a.json", in: .inbox)
    try bobbin.put("b.json", in: .processing)
    #expect(
      bobbin("hold", "a", "b", "c", "../x")
        == .init(
          code: 1, out: "a\n",
          err: """
            bobbin: '../x' is no id: the name '../x' has a '/': expected none
            bobbin: b is in processing, it cannot be held there
            bobbin: no job 'c' in SPOOL

            """))
    #expect(bobbin("release", "--all").out == "a\n")
    #expect(bobbin("cancel", "a.json").out == "a\n")
    #expect(try bobbin.names(.errors) == ["a.json", "a.result.json"])
    #expect(bobbin("retry", "--all-failed").out == "a\n")
    #expect(bobbin("retry", "--all-failed") == .init(code: 0, out: "", err: "bobbin: no jobs there\n"))
    try expectSnapshot(bobbin("cancel", "a", "b", "c", "--json").out, "cancel.json")
  }

  @Test("pause and resume, of all or of a group")
  func pause() throws {
    #expect(bobbin("pause", "new", "disk") == .init(code: 0, out: "", err: ""))
    #expect(bobbin("ls").err == "bobbin: no jobs there\nbobbin: the spool is paused: new disk\n")
    #expect(bobbin("resume").err.isEmpty)
    #expect(bobbin("resume").err == "bobbin: the spool was not paused\n")
    #expect(bobbin("pause", "--group", "g").code == 0)
    #expect(bobbin("pause", "--group", "g").err.hasPrefix("bobbin: the group g was paused already"))
  }

  @Test("show tells the file and the result, and escapes what could speak to a terminal")
  func show() throws {
    try bobbin.put("a.json", #"{"run":"echo \#u{1b}[31m"}"#, in: .errors)
    let record = JobRecord.ended("a", .failed) { record, outcome in
      outcome.exitCode = 3
      record.stdout = StreamText(head: Array("one\u{1b}[2J\ttwo\n".utf8), total: 12, log: "logs/jobs/a.out")
      record.stderr = StreamText(head: [], total: 0)
      record.maxMemoryBytes = 3 << 20
      var first = Attempt(number: 1, startedAt: Timestamp(seconds: 3_999_999_900), status: "failed")
      first.exitCode = 75
      record.append(first)
      var second = Attempt(number: 2, startedAt: Timestamp(seconds: 3_999_999_910), status: "stopped")
      second.counted = false
      record.append(second)
    }
    try bobbin.put("a.result.json", String(decoding: record.encode(), as: UTF8.self), in: .errors)
    try expectSnapshot(bobbin("show", "a").out, "show.txt")
    let json = bobbin("show", "a", "nix", "--json")
    #expect(json.code == 1)
    #expect((try? JSONReader.read(Array(json.out.utf8))) != nil)
  }

  @Test("ls of a job's id says which command shows it")
  func listJob() throws {
    try bobbin.putEnded("report", .ended("report", .succeeded))
    for name in ["report", "report.json"] {
      let answer = bobbin("ls", name)
      #expect(answer.code == 64 && answer.out == "" && answer.err.contains("'bobbin show report'"))
    }
    #expect(bobbin("ls", "reprt").err.contains("expected one of inbox"))
    #expect(bobbin("ls", "done/").code == 0)
  }

  @Test("why says one sentence and a cure")
  func why() throws {
    try bobbin.putEnded("failed", .ended("failed", .failed) { $1.exitCode = 3 })
    try bobbin.putEnded("good", .ended("good", .succeeded))
    try bobbin.put("held.json", in: .held)
    try bobbin.put("wait.json", #"{"run":"true","notBefore":"2100-01-01T00:00:00Z"}"#, in: .inbox)
    try bobbin.put("orphan.json", in: .processing)
    try bobbin.putEnded(
      "typo", .ended("typo", .refused) { $1.reason = "unknown key 'timout': did you mean 'timeout'?" })
    var text = bobbin("why", "failed", "good", "held", "wait", "orphan", "typo").out
    let runner = try Folder(path: bobbin.path)
    try runner.descriptor.lockExclusively()
    text += bobbin("why", "wait", "orphan").out
    withExtendedLifetime(runner) {}
    try expectSnapshot(text, "why.txt")
  }

  @Test("why and wait give the reason that a result has, and what must change before another run")
  func explained() throws {
    let codes: [(FinalStatus, String, String)] = [
      (.failed, "not-found", "'nosuch' was not found in PATH"),
      (.cancelled, "cancelled", "it was cancelled while it ran"),
      (.timedOut, "timed-out", "it ran longer than its timeout of 5m"),
      (.dependencyFailed, "dependency-failed", "did not succeed: 'y2'"),
      (.failed, "out-of-memory", "it needed more than 64 MiB"),
      (.failed, "exit", "it exited with code 127"), (.refused, "secret-not-allowed", "the secret 's' is not allowed"),
      (.refused, "limit-unavailable", "no cgroup"), (.failed, "mount-blocked", "'.ssh' is never mounted"),
      (.failed, "runtime-missing", "there is no 'bwrap' here"), (.refused, "unknown-key", "unknown key 'x'"),
    ]
    for (status, code, reason) in codes {
      try bobbin.putEnded(
        code, .ended(code, status) { ($1.code, $1.reason, $1.exitCode) = (code, reason, status == .failed ? 127 : nil) }
      )
    }
    let names = codes.map(\.1)
    let text = bobbin.call(["why"] + names).out + bobbin.call(["wait"] + names).err
    try expectSnapshot(text + bobbin("wait", "not-found", "--json").out, "explained.txt")
  }

  @Test("logs prints both streams of the last attempt, or of the one that is asked for")
  func logs() throws {
    var record = JobRecord.ended("a", .failed) { $1.exitCode = 1 }
    record.append(Attempt(number: 2, status: "failed"))
    try bobbin.putEnded("a", record)
    try bobbin.put("a.out", "first\n", in: .jobLogs)
    try bobbin.put("a.2.out", "second", in: .jobLogs)
    try bobbin.put("a.2.err", "oops\n", in: .jobLogs)
    #expect(bobbin("logs", "a") == .init(code: 0, out: "second\n--- stderr\noops\n", err: ""))
    #expect(bobbin("logs", "a", "--err").out == "oops\n")
    #expect(bobbin("logs", "a", "--attempt", "1").out == "first\n")
    #expect(bobbin("logs", "a", "--attempt", "3").err == "bobbin: a has had 2 attempts\n")
    #expect(bobbin("logs", "a", "-f").out == "second\n--- stderr\noops\n")
    #expect(bobbin("logs", "b").code == 1)
    var refused = JobRecord(id: JobID(unchecked: "r"))
    refused.state = .finished(Outcome(.refused, reason: "unknown key 'x'"))
    try bobbin.putEnded("r", refused)
    try bobbin.put("w.json", in: .inbox)
    #expect(
      bobbin("logs", "r", "w").err
        == "bobbin: r was never started: refused: unknown key 'x'\nbobbin: w has not started yet\n")
  }

  @Test("clean says what goes, and a dry run touches nothing")
  func clean() throws {
    try bobbin.putEnded("a", .ended("a", .succeeded))
    try bobbin.folders[.done].setModified("a.result.json", to: 3_999_000_000 * 1_000_000_000)
    #expect(bobbin("clean").err.hasPrefix("bobbin: no retention is set"))
    let line = "done    11d     age    a\n"
    #expect(
      bobbin("clean", "--dry-run", "--older-than", "1d")
        == .init(code: 0, out: line, err: "bobbin: 1 job would be removed\n"))
    #expect(try bobbin.names(.done) == ["a.json", "a.result.json"])
    #expect(bobbin("clean", "--older-than", "1d") == .init(code: 0, out: line, err: "bobbin: 1 job removed\n"))
    #expect(try bobbin.names(.done).isEmpty)
  }

  @Test("clean lists messages, requests, stale files and tasks by their folders, and counts each kind")
  func cleanFamilies() throws {
    try bobbin.putEnded("a", .ended("a", .succeeded))
    try bobbin.folders[.done].setModified("a.result.json", to: 3_999_000_000 * 1_000_000_000)
    for name in ["m", "n"] {
      try bobbin.put(name + ".json", in: .doneMessages)
      try bobbin.put(name + ".result.json", in: .doneMessages)
      try bobbin.folders[.doneMessages].setModified(name + ".result.json", to: 3_999_000_000 * 1_000_000_000)
    }
    try bobbin.put("t.json", in: .doneTasks)
    let files = RequestFiles(folders: bobbin.folders, disk: KernelDisk())
    let refused = try files.subfolder(of: .failedRequests, GroupName(validating: "g"))
    try refused.create("r.json").write([])
    try refused.makeFolder("stale")
    try refused.folder("stale").create("s\n\u{1B}").write([])
    let dry = bobbin("clean", "--dry-run", "--older-than", "1d")
    let lines = dry.out.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(
      lines.map { [$0[0], $0[3]] } == [
        ["done", "a"], ["done/outbox", "m"], ["done/outbox", "n"], ["errors/ipc/g", "r"],
        ["errors/ipc/g/stale", "s\\u{a}\\u{1b}"], ["done/tasks", "t"],
      ])
    #expect(dry.out.split(separator: "\n").allSatisfy { $0.dropFirst(28).hasPrefix("age    ") }, "\(dry.out)")
    #expect(dry.err == "bobbin: 1 job, 2 messages, 1 request, 1 stale file, 1 task would be removed\n")
    let root = try JSONReader.read(Array(bobbin("clean", "--older-than", "1d", "--json").out.utf8))
    guard case .array(let items) = root.value, items.count == 6 else {
      Issue.record("\(root)")
      return
    }
    #expect(items[4].member("group")?.value == .string("g"))
    #expect(items[4].member("what")?.value == .string("errors/ipc/g/stale"))
    #expect(items[4].member("id")?.value == .string("s\n\u{1B}"))
    #expect(items[1].member("what")?.value == .string("done/outbox"))
    #expect(items[1].member("group") == nil)
    #expect(try bobbin.names(.doneMessages).isEmpty)
  }

  @Test("config names bad settings with their place, exit 78")
  func config() throws {
    #expect(bobbin("config", "--effective").code == 0)
    try Folder(path: bobbin.path).create("settings.json").write(Array("{\n \"slots\": 0 }".utf8))
    let answer = bobbin("config", "--effective")
    #expect(answer.code == 78)
    #expect(answer.err.hasPrefix("bobbin: settings.json:2:11: "))
    #expect(bobbin("clean", "--keep", "0").code == 78)
    #expect(bobbin("status").code == 0)
  }

  @Test("a job's effective values, row by row")
  func configOfJob() throws {
    let path = try bobbin.file("j.json", #"{"run":["ls"],"timeout":"90s","env":{"A":"1"}}"#)
    try expectSnapshot(bobbin("config", "--effective", path).out, "config-job.txt")
    #expect(bobbin("config", "--effective", "nix").code == 1)
  }

  @Test("init makes a spool once")
  func initialise() throws {
    let path = bobbin.home + "/other"
    let hint = "start its runner with: bobbin run --spool 'HOME/other'\n"
    #expect(bobbin("init", path) == .init(code: 0, out: "made a spool at HOME/other\n" + hint, err: ""))
    #expect(bobbin("init", path).out == "HOME/other was a spool already\n" + hint)
  }

  @Test("a closed pipe ends quietly, a full disk is told")
  func output() throws {
    try bobbin.putEnded("a", .ended("a", .succeeded))
    #expect(bobbin("ls", brokenOutput: 32) == .init(code: 141, out: "", err: ""))
    let full = bobbin("ls", brokenOutput: SystemError.noSpace)
    #expect(full.code == 74)
    #expect(full.err == "bobbin: standard output: No space left on device\n")
  }

  @Test(
    "with --json standard output is JSON and nothing else",
    arguments: [
      ["ls"], ["ls", "--all"], ["status"], ["show", "a"], ["why", "a"], ["wait", "a"], ["cancel", "a"], ["retry", "x"],
      ["pause"], ["clean"], ["config", "--effective"], ["config", "--effective", "a"],
    ])
  func json(words: [String]) throws {
    try bobbin.putEnded("a", .ended("a", .succeeded) { $1.value = try? CompactJSON.read([0x31]) })
    try bobbin.put(".x", in: .inbox)
    try bobbin.put("w.json", #"{"run":"true","after":"w~2"}"#, in: .inbox)
    let answer = bobbin.call(words + ["--json"])
    #expect(throws: Never.self) { try JSONReader.read(Array(answer.out.utf8)) }
  }
}
