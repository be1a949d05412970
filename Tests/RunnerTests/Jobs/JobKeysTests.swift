import Jobs
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct JobKeysTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool() }

  /// Runs one job to its end.
  private func run(_ json: String, _ location: SourceLocation = #_sourceLocation) throws -> JobRecord {
    try spool.drop("x", json)
    try spool.drain(location)
    return try spool.result("x", location)
  }

  private func output(_ json: String, _ location: SourceLocation = #_sourceLocation) throws -> String {
    try run(json, location).stdout?.text ?? ""
  }

  @Test("'run' as an array starts the program with exactly these arguments, no shell between")
  func arguments() throws {
    #expect(try output(##"{"run": ["printf", "%s|", "a b", "$HOME", "*", "", "é"]}"##) == "a b|$HOME|*||é|")
  }

  @Test("'run' as a text is a line for the shell")
  func shell() throws { #expect(try output(#"{"run": "echo $((6 * 7)) | tr 4 x"}"#) == "x2\n") }

  @Test("a program that is nowhere fails with the shell's exit code and says so")
  func notFound() throws {
    let result = try run(#"{"run": ["no-such-program-anywhere"]}"#)
    #expect(result.status == "failed" && result.code == "not-found" && result.outcome?.exitCode == 127)
    #expect(spool.has("errors/x.json"))
  }

  @Test("a file that is no program fails as not executable")
  func notExecutable() throws {
    try spool.place.write("plain", "hello")
    #expect(try run(#"{"run": ["\#(spool.place.path)/plain"]}"#).code == "not-executable")
  }

  @Test("arguments longer than the kernel takes fail as that")
  func tooLong() throws {
    let result = try run(#"{"run": ["true", "\#(String(repeating: "x", count: 400_000))"]}"#)
    #expect(result.code == "arguments-too-long")
  }

  @Test(
    "what the job reads on its standard input is the text, or the JSON value in compact form, or nothing",
    arguments: [
      (#""two\nlines""#, "two\nlines"), (#"{ "a": [1, 2.50, null] }"#, #"{"a":[1,2.50,null]}"#), ("[]", "[]"),
      ("7", "7"),
      ("null", "null"), (#""""#, ""),
    ])
  func stdin(json: String, expected: String) throws {
    #expect(try output(#"{"run": ["cat"], "stdin": \#(json)}"#) == expected)
  }

  @Test("standard input without the key is empty, not the runner's")
  func noStdin() throws { #expect(try run(#"{"run": "cat; readlink /proc/self/fd/0"}"#).stdout?.text == "/dev/null\n") }

  @Test("a standard input longer than a pipe holds is read whole")
  func longStdin() throws {
    let text = String(repeating: "0123456789", count: 50_000)
    #expect(try output(#"{"run": ["wc", "-c"], "stdin": "\#(text)"}"#) == "500000\n")
  }

  @Test("'stdinFile' is what the job reads")
  func stdinFile() throws {
    try spool.place.write("in", "from a file")
    #expect(try output(#"{"run": ["cat"], "stdinFile": "\#(spool.place.path)/in"}"#) == "from a file")
  }

  @Test("a 'stdinFile' that is not there fails the job and says so")
  func stdinFileMissing() throws {
    #expect(try run(#"{"run": ["cat"], "stdinFile": "\#(spool.place.path)/none"}"#).code == "stdin-unreadable")
  }

  @Test("a 'stdinFile' that is a pipe nobody writes to, or a folder, holds up nothing", arguments: ["mkfifo", "mkdir"])
  func stdinFileOdd(make: String) throws {
    Command.shell("\(make) '\(spool.place.path)/in'")
    try spool.drop("other", #"{"run": "true"}"#)
    #expect(try run(#"{"run": ["cat"], "stdinFile": "\#(spool.place.path)/in"}"#).code == "stdin-unreadable")
    #expect(try spool.result("other").isSuccess)
  }

  @Test("a job starts with PATH, HOME, LANG, TZ, BOBBIN_… and its own 'env', and nothing else of the runner's")
  func environment() throws {
    try spool.write(["env": #"["LET_THROUGH"]"#])
    try spool.drop("x", #"{"run": ["env"], "env": {"MINE": "a=b", "LANG": "C"}, "group": "g"}"#)
    let runner = try spool.start(
      drain: true, environment: ["LANG=de_DE", "TZ=UTC", "SECRET=1", "LET_THROUGH=yes", "LD_LIBRARY_PATH=/x"])
    runner.end()
    let entries = (try spool.result("x").stdout?.text ?? "").split(separator: "\n").map {
      $0.split(separator: "=", maxSplits: 1)
    }
    let names = entries.map { String($0[0]) }.sorted()
    #expect(
      names == [
        "BOBBIN_ATTEMPT", "BOBBIN_GROUP", "BOBBIN_JOB_ID", "BOBBIN_RESULT", "BOBBIN_SPOOL", "BOBBIN_SPOOL_ID", "HOME",
        "LANG", "LET_THROUGH", "MINE", "PATH", "TZ",
      ])
    func value(_ name: String) -> Substring? { entries.first { $0[0] == name }?.last }
    #expect(value("LANG") == "C" && value("MINE") == "a=b" && value("LET_THROUGH") == "yes")
    #expect(value("BOBBIN_JOB_ID") == "x" && value("BOBBIN_ATTEMPT") == "1" && value("BOBBIN_GROUP") == "g")
  }

  @Test("the program is looked up in the PATH that the job sets")
  func ownPath() throws {
    Command.shell(
      "cd '\(spool.place.path)' && mkdir bin && printf '#!/bin/sh\necho mine' > bin/tool && chmod 755 bin/tool")
    #expect(try output(#"{"run": ["tool"], "env": {"PATH": "\#(spool.place.path)/bin"}}"#) == "mine\n")
  }

  @Test("'directory' is where the job runs; one that is not there fails it")
  func directory() throws {
    let real = try FileSystem.realPath(spool.place.path)
    #expect(try output(#"{"run": ["pwd"], "directory": "\#(real)"}"#) == real + "\n")
    try spool.drop("y", #"{"run": "true", "directory": "\#(real)/none"}"#)
    try spool.drain()
    #expect(try spool.result("y").code == "directory-unusable")
  }

  @Test("without 'directory' a job runs in an empty folder, and what it leaves there lies beside its result")
  func files() throws {
    let result = try run(#"{"run": "ls -A | wc -l; echo kept > out.txt; mkdir d; echo deep > d/e"}"#)
    #expect(result.stdout?.text == "0\n" && result.files == "x.files")
    #expect(try spool.text("done/x.files/out.txt") == "kept\n")
    #expect(try spool.text("done/x.files/d/e") == "deep\n")
    try spool.drop("y", #"{"run": "ls -A | wc -l"}"#)
    try spool.drain()
    #expect(try spool.result("y").stdout?.text == "0\n")
    #expect(try spool.result("y").files == nil && !spool.has("done/y.files"))
  }

  @Test("a host group's folder is where its jobs run")
  func hostGroupFolder() throws {
    spool.shell(#"mkdir groups/g && echo '{"host": true}' > groups/g.json"#)
    let real = try FileSystem.realPath(spool.path)
    #expect(try output(#"{"run": ["pwd"], "group": "g"}"#) == "\(real)/groups/g\n")
  }

  @Test("a job past its 'timeout' gets SIGTERM and is timed-out, with its descendants of any kind")
  func timeout() throws {
    let result = try run(#"{"run": "setsid sleep 1000 & (setsid sleep 1001 &) ; sleep 1002", "timeout": "200ms"}"#)
    #expect(result.status == "timed-out" && result.outcome?.signal == "SIGTERM")
    #expect(spool.processes.isEmpty)
  }

  @Test("a job that ignores SIGTERM is killed after 'grace'")
  func grace() throws {
    let wasSet = try withMoreTime { time in
      let line = "trap '' TERM; touch \(spool.place.path)/set; while :; do sleep 0.001; done"
      try spool.drop("x\(time)", #"{"run": "\#(line)", "timeout": "\#(time)ms", "grace": "300ms"}"#)
      try spool.drain()
      let result = try spool.result("x\(time)")
      #expect(result.status == "timed-out" && (result.runSeconds ?? .zero) >= .milliseconds(time))
      guard try spool.place.folder.has("set") else { return false }
      // A shell that was kept from starting its next program, and not yet killed itself, would say that it cannot fork.
      #expect(result.outcome?.signal == "SIGKILL" && result.stderr?.text == "")
      #expect((result.runSeconds ?? .zero) >= .milliseconds(time + 300))
      return true
    }
    #expect(wasSet)
  }

  @Test("a job that stopped itself is ended by its 'timeout' all the same")
  func stopped() throws {
    let result = try run(#"{"run": "kill -STOP $$", "timeout": "200ms", "grace": "60s"}"#)
    #expect(result.status == "timed-out" && (result.runSeconds ?? .seconds(60)) < .seconds(40))
  }

  @Test("'retry' as a number is that many attempts for every kind of failure", arguments: [1, 3])
  func retryNumber(attempts: Int) throws {
    let retry = #"{"attempts": \#(attempts), "delay": 0}"#
    let result = try run(#"{"run": "echo $BOBBIN_ATTEMPT; exit 1", "retry": \#(attempts == 1 ? "1" : retry)}"#)
    #expect(result.attemptsTotal == attempts && result.status == "failed" && result.outcome?.exitCode == 1)
    #expect(result.attempts.map(\.number) == Array(1...attempts))
    #expect(result.stdout?.text == "\(attempts)\n")
  }

  @Test("'retry' as an object waits between attempts, longer each time")
  func retryObject() throws {
    let result = try run(
      #"{"run": "exit 1", "retry": {"attempts": 3, "delay": "100ms", "factor": 3, "maxDelay": "10s", "jitter": 0}}"#)
    let starts = result.attempts.compactMap(\.startedAt)
    try #require(starts.count == 3)
    #expect(starts[1].duration(since: starts[0]) >= .milliseconds(100))
    #expect(starts[2].duration(since: starts[1]) >= .milliseconds(300))
  }

  @Test("a job that fails once and then succeeds is in done, with both attempts and the log of each")
  func retrySucceeds() throws {
    let flag = spool.place.path + "/flag"
    let result = try run(
      #"{"run": "echo $BOBBIN_ATTEMPT; test -e \#(flag) || { touch \#(flag); exit 1; }", "retry": {"attempts": 2, "delay": 0}}"#
    )
    #expect(result.isSuccess && result.attempts.map(\.status) == ["failed", "succeeded"])
    #expect(try spool.text("logs/jobs/x.out") == "1\n" && spool.text("logs/jobs/x.2.out") == "2\n")
    #expect(result.stdout?.log == "logs/jobs/x.2.out")
  }

  @Test("exit 75 is tried again although 'retry' is not set, after the delay it asks for")
  func later() throws {
    let flag = spool.place.path + "/flag"
    let result = try run(
      #"{"run": "test -e \#(flag) && exit 0; touch \#(flag); echo '{\"retryAfter\": \"50ms\"}' > $BOBBIN_RESULT; exit 75"}"#
    )
    #expect(result.isSuccess && result.attempts.map(\.exitCode) == [75, 0])
  }

  @Test("'expires' as a time or as a span from arrival keeps a late job from starting", arguments: [true, false])
  func expires(isTime: Bool) throws {
    try spool.drop("x", #"{"run": "true", "expires": \#(isTime ? #""2001-01-01T00:00:00Z""# : #""1ms""#)}"#)
    try spool.drop("y", #"{"run": "true", "expires": \#(isTime ? #""2199-01-01T00:00:00+01:00""# : #""1h""#)}"#)
    try spool.drain()
    let late = try spool.result("x")
    #expect(late.status == "expired" && late.code == "expired" && late.attemptsTotal == 0)
    #expect(try spool.result("y").isSuccess)
  }

  @Test("'notBefore' in the past runs at once; in the future it waits, and a drain does not stay for it")
  func notBefore() throws {
    try spool.drop("past", #"{"run": "true", "notBefore": "2001-01-01T00:00:00Z"}"#)
    try spool.drop("future", #"{"run": "true", "notBefore": "2199-01-01T00:00:00Z"}"#)
    try spool.drain()
    #expect(try spool.result("past").isSuccess)
    #expect(spool.has("inbox/future.json"))
  }

  @Test("a job whose 'notBefore' comes while the runner waits starts then, and not before")
  func notBeforeComes() throws {
    let due = Timestamp(nanoseconds: Clock.wall()) + .milliseconds(700)
    let runner = try spool.start()
    try spool.drop("x", #"{"run": "true", "notBefore": "\#(due.text)"}"#)
    let started = try spool.ended("x").startedAt ?? Timestamp(nanoseconds: 0)
    #expect(started >= due.inMilliseconds)
    runner.kill()
  }

  @Test("'limits' on open files and file size hold, and the runner goes on")
  func limits() throws {
    let result = try run(
      #"{"run": "ulimit -n; exec dd if=/dev/zero of=big bs=1k count=100", "limits": {"openFiles": 50, "fileSize": "10k"}}"#
    )
    #expect(result.stdout?.text == "50\n" && result.status == "failed" && result.outcome?.signal == "SIGXFSZ")
    #expect(Command.shell("wc -c < '\(spool.path)/errors/x.files/big'").text == "10240\n")
  }

  @Test("'limits.output' keeps the first and the last half of a stream, with a line that counts the rest")
  func outputLimit() throws {
    let result = try run(#"{"run": "seq 1 10000", "limits": {"output": "2k"}}"#)
    let log = try spool.text("logs/jobs/x.out")
    #expect(result.stdout?.bytes == 48_894)
    #expect(log.hasPrefix("1\n2\n3\n") && log.hasSuffix("\n9999\n10000\n"))
    #expect(log.contains("[… \(48_894 - 2048) bytes are missing here …]"))
    #expect(log.utf8.count < 2048 + 64)
  }

  @Test("'labels', 'description', 'x-…' and \"network\": \"host\" are accepted and change nothing")
  func free() throws {
    #expect(
      try output(
        #"{"run": "echo ok", "labels": {"a": "b"}, "description": "d", "x-mine": [1, {"b": null}], "network": "host", "runtime": "process"}"#
      )
        == "ok\n")
  }

  @Test(
    "what only a container can have is refused of a process and of a sandbox, by key",
    arguments: [
      (#""network": "mine""#, "network"), (#""user": 5"#, "user"), (#""privileged": true"#, "privileged"),
      (#""limits": {"gpus": "all"}"#, "limits.gpus"), (#""limits": {"ulimits": {"core": 0}}"#, "limits.ulimits"),
    ], ["process", "sandbox"])
  func ofContainers(more: (body: String, key: String), runtime: String) throws {
    let result = try run(#"{"run": "true", "runtime": "\#(runtime)", \#(more.body)}"#)
    #expect(result.status == "refused" && result.code == "conflicting-keys" && result.outcome?.key == more.key)
  }

  @Test(
    "what this version cannot do is refused as that, by key",
    arguments: [
      (#""prompt": "hi""#, "prompt"),
      (#""run": "true", "agent": "a""#, "agent"), (#""run": "true", "model": "m""#, "model"),
    ])
  func notInThisBuild(body: String, key: String) throws {
    let result = try run("{\(body)}")
    #expect(result.status == "refused" && result.code == "not-in-this-build" && result.outcome?.key == key)
    #expect(try spool.text("errors/x.json") == "{\(body)}")
  }
}
