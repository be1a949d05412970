import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct ResultTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool() }

  private func run(_ line: String, _ rest: String = "", _ location: SourceLocation = #_sourceLocation) throws
    -> JobRecord
  {
    var json = JSONWriter()
    json.beginObject()
    json.member("run", line)
    json.endObject()
    let object = String(decoding: json.line(), as: UTF8.self).dropLast(2)
    try spool.drop("x", object + (rest.isEmpty ? "" : ", " + rest) + "}")
    try spool.drain(location)
    return try spool.result("x", location)
  }

  // MARK: the value

  @Test("JSON written to BOBBIN_RESULT is the result's value")
  func value() throws {
    let result = try run(#"printf ' {"a" : [1.50, "é", null]}\n' > "$BOBBIN_RESULT""#)
    #expect(
      result.isSuccess
        && result.outcome?.value.map { String(decoding: $0.bytes, as: UTF8.self) } == #"{"a":[1.50,"é",null]}"#)
  }

  @Test("the value of a job that failed is kept as well")
  func failedValue() throws {
    let result = try run(#"echo 7 > "$BOBBIN_RESULT"; exit 3"#)
    #expect(result.status == "failed" && result.outcome?.value?.bytes == [0x37])
  }

  @Test(
    "what is no good at BOBBIN_RESULT is told and changes nothing else, and nothing of another file gets into the result",
    arguments: [
      "ln -s /etc/passwd $BOBBIN_RESULT", "ln -s /nowhere $BOBBIN_RESULT", "mkfifo $BOBBIN_RESULT",
      "mkdir $BOBBIN_RESULT; touch $BOBBIN_RESULT/x", "truncate -s 5G $BOBBIN_RESULT",
      "echo '{\"a\": 1,}' > $BOBBIN_RESULT",
      "printf '\\377' > $BOBBIN_RESULT", "echo '1 2' > $BOBBIN_RESULT", ": > $BOBBIN_RESULT",
      "echo '{\"a\":1,\"a\":2}' > $BOBBIN_RESULT", "head -c 2000000 /dev/zero | tr '\\0' 1 > $BOBBIN_RESULT",
      "head -c 100000 /dev/zero | tr '\\0' '[' > $BOBBIN_RESULT",
      "ln /etc/hostname $BOBBIN_RESULT || echo x > $BOBBIN_RESULT",
    ])
  func badValue(line: String) throws {
    let result = try run(line + "; true")
    #expect(result.isSuccess && result.outcome?.value == nil && result.outcome?.valueError != nil)
    try spool.drop("y", #"{"run": "ls -A | wc -l; ls $BOBBIN_RESULT 2>/dev/null"}"#)
    try spool.drain()
    #expect(try spool.result("y").stdout?.text == "0\n", "the next job starts clean")
  }

  @Test("a BOBBIN_RESULT that may not be read is told; root reads it all the same")
  func closedValue() throws {
    let result = try run("echo 1 > $BOBBIN_RESULT; chmod 0 $BOBBIN_RESULT")
    #expect(result.isSuccess && (result.outcome?.valueError == nil) == (Machine.user == 0))
  }

  // MARK: the streams

  @Test("10 MB in one line are counted exactly and shown by their two ends")
  func oneLine() throws {
    let result = try run("head -c 10000000 /dev/zero | tr '\\0' a")
    let stream = try #require(result.stdout)
    #expect(stream.bytes == 10_000_000 && stream.truncated && stream.text.utf8.count <= 65_536)
    #expect(Command.shell("wc -c < '\(spool.path)/logs/jobs/x.out'").text == "10000000\n")
  }

  @Test("more than 10 MiB leave their first and last half in the log")
  func loud() throws {
    let result = try run("seq 1 3000000")
    let size = Int64(Command.shell("wc -c < '\(spool.path)/logs/jobs/x.out'").text.dropLast()) ?? 0
    #expect(result.stdout?.bytes == 22_888_896)
    #expect(size > 10 << 20 && size < 10 << 20 + 100)
    #expect(Command.shell("tail -1 '\(spool.path)/logs/jobs/x.out'").text == "3000000\n")
  }

  @Test("output that is not UTF-8 is said to be, and the log has every byte")
  func notUTF8() throws {
    let result = try run("printf 'a\\377b'; printf '\\300' >&2")
    #expect(result.stdout?.notUTF8 == true && result.stdout?.text == "a\u{FFFD}b" && result.stdout?.bytes == 3)
    #expect(result.stderr?.notUTF8 == true)
    #expect(Command.shell("od -An -tx1 '\(spool.path)/logs/jobs/x.out'").text == " 61 ff 62\n")
  }

  @Test("the streams are kept apart, and one that wrote nothing has no log")
  func streams() throws {
    let result = try run("echo out; echo err >&2")
    #expect(result.stdout?.text == "out\n" && result.stderr?.text == "err\n")
    try spool.drop("y", #"{"run": "true"}"#)
    try spool.drain()
    #expect(try spool.result("y").stdout?.log == nil && !spool.has("logs/jobs/y.out"))
  }

  @Test("a job that closes its streams runs on to its end")
  func closed() throws {
    let flag = spool.place.path + "/flag"
    let result = try run("echo before; exec >&- 2>&-; sleep 0.2; echo x > '\(flag)'; exit 4")
    #expect(result.outcome?.exitCode == 4 && result.stdout?.text == "before\n")
    #expect(Command.shell("cat '\(flag)'").text == "x\n")
  }

  @Test("NULs and control characters in the output come back as they were")
  func controls() throws {
    #expect(try run("printf 'a\\0b\\033[31m\\r'").stdout?.text == "a\0b\u{1B}[31m\r")
  }

  // MARK: the end

  @Test(
    "a job is failed by each signal that ends it, told by its name; those from outside are tried again",
    arguments: 1...15)
  func signal(number: Int32) throws {
    let result = try run("ulimit -c 0; kill -\(number) $$; sleep 0.01", #""retry": {"delay": 0}"#)
    #expect(
      result.status == "failed" && result.code == "signal" && result.outcome?.signal == SignalName.name(of: number))
    let outside = [1, 9, 15].contains(number)
    #expect(result.attemptsTotal == (outside ? 5 : 1))
  }

  @Test("each exit code is told; 75 means later", arguments: [0, 1, 2, 64, 75, 126, 127, 128, 137, 255])
  func exitCode(code: Int) throws {
    let result = try run("exit \(code)", #""retry": {"delay": 0}"#)
    #expect(result.outcome?.exitCode == code && result.isSuccess == (code == 0))
    #expect(result.attemptsTotal == (code == 75 ? 5 : 1))
  }

  @Test("a daemon that a job leaves behind is ended before the job settles, and counted")
  func leftover() throws {
    let result = try run("setsid sleep 1000 & (setsid sleep 1001 &) ; sleep 0.1; echo done")
    #expect(result.isSuccess && result.leftover == 2 && result.stdout?.text == "done\n")
    #expect(spool.processes.isEmpty)
  }

  @Test(
    "a daemon that ignores SIGTERM is killed, and one that has its own session and no environment is found by its session"
  )
  func stubborn() throws {
    let pid = spool.place.path + "/pid"
    let result = try run(
      "(trap '' TERM; while :; do sleep 0.1; done) & env -i sh -c 'echo $$ > \(pid); exec sleep 1000' & sleep 0.3")
    #expect(result.isSuccess && (result.leftover ?? 0) >= 2)
    let left = Int32(Command.shell("cat '\(pid)'").text.dropLast()) ?? 1
    #expect(ProcessTable.facts(left) == nil)
  }

  @Test("a program that got away from its job and never stops writing does not hold up the runner")
  func endlessWriter() throws {
    let pid = spool.place.path + "/pid"
    let result = try run(
      "env -i setsid sh -c 'echo $$ > \(pid); exec yes' & while ! test -s \(pid); do :; done; sleep 0.1")
    #expect(result.isSuccess)
    if let left = Int32(Command.shell("cat '\(pid)'").text.dropLast()), let facts = ProcessTable.facts(left) {
      ProcessTable.signal(facts, SignalNumber.kill)
    }
  }

  @Test(
    "a job that leaves a tree deeper than any stack is settled, and the runner starts again",
    .enabled(if: Need.python, "\(Need.pythonSays)"))
  func deepTree() throws {
    let result = try run(
      "exec python3 -c 'import os\nfor _ in range(20000): os.mkdir(\"d\"); os.chdir(\"d\")\nraise SystemExit(1)'",
      #""retry": {"attempts": 2, "delay": 0}"#)
    #expect(result.status == "failed" && result.attemptsTotal == 2 && result.files == "x.files")
    try spool.drop("y", #"{"run": "true"}"#)
    try spool.drain()
    #expect(try spool.result("y").isSuccess)
    try Tree.remove("x.files", in: try spool.folder(.errors))
  }

  @Test("processor time is told, and memory when it can be")
  func accounting() throws {
    let result = try run("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done")
    #expect((result.cpuSeconds ?? .zero) > .milliseconds(10) && result.accounting == "rusage")
    #expect(result.runtime == "process" && result.runner?.boot == Machine.bootID)
    #expect((result.waitSeconds ?? .seconds(-1)) >= .zero && (result.runSeconds ?? .zero) > .zero)
  }

  // The limit is the job's own: nothing is taken from the machine that runs the tests.
  @Test(
    "a job that fills memory ends by its own limit or by SIGKILL, is told with what it had, and hurts nobody else",
    arguments: [("exit $?", 1, nil), ("kill -9 $$", nil, "SIGKILL")] as [(String, Int?, String?)])
  func fillsMemory(end: String, exitCode: Int?, signal: String?) throws {
    try spool.drop(
      "x",
      #"{"run": "ulimit -v 1600000; head -c 3200000000 /dev/zero | tail > /dev/null; \#(end)", "retry": 1}"#)
    let runner = try spool.start()
    let result = try spool.ended("x", within: 120)
    #expect(result.status == "failed" && result.attemptsTotal == 1)
    #expect(result.outcome?.exitCode == exitCode && result.outcome?.signal == signal)
    // tail keeps what it reads, a doubled buffer at a time: at least a quarter of what it may have. Far more than the process
    // that runs the tests, for which the kernel takes the runner to have been as large.
    let most = try #require(result.maxMemoryBytes)
    #expect(most > 400_000_000 && most <= 1_600_000 * 1024, "\(most) bytes")
    #expect((result.cpuSeconds ?? .zero) > .milliseconds(10) && result.accounting == "rusage")
    try spool.drop("y", #"{"run": "echo well"}"#)
    #expect(try spool.ended("y").stdout?.text == "well\n" && spool.processes.isEmpty && runner.isAlive)
    let resident = spool.shell("sed -n 's/VmRSS:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/\(runner.pid)/status").text
    #expect(try #require(Int(resident.dropLast())) < 100_000, "the runner has \(resident) KiB")
    runner.kill()
  }
}
