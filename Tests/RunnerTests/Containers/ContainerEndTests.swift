import Jobs
import Platform
import TestSupport
import Testing

/// How jobs end, and what goes in and comes out of them, wherever they run.
@Suite(.timeLimit(.minutes(60))) struct ContainerEndTests {
  @Test("exit codes and signals come back as they were", arguments: JobGround.all)
  func ends(ground: JobGround) throws {
    let stage = try GroundSpool(ground, ["slots": "3"])
    let codes = [0, 1, 3, 75, 255]
    let signals = [(15, "SIGTERM"), (9, "SIGKILL"), (11, "SIGSEGV")]
    let results = try stage.run(
      all: codes.map { "exit \($0)" } + signals.map { "ulimit -c 0; kill -\($0.0) $$" }, ["retry": "1"])
    for (code, result) in zip(codes, results) {
      #expect(result.outcome?.exitCode == code && result.outcome?.signal == nil, "\(result.story)")
      #expect(result.isSuccess == (code == 0) && result.code == (code == 0 ? nil : "exit"), "\(result.story)")
    }
    for ((_, name), result) in zip(signals, results.dropFirst(codes.count)) {
      #expect(result.outcome?.signal == name && result.outcome?.exitCode == nil, "\(result.story)")
      #expect(result.code == "signal" && result.status == "failed")
    }
    #expect(results.allSatisfy { $0.runtime == ground.runtime && $0.image == ground.image })
    #expect(results.allSatisfy { ($0.imageDigest?.hasPrefix("sha256:") ?? false) == ground.hasImage })
    stage.finish()
  }

  @Test("75 is 'later', a signal from outside is temporary: both are tried again", arguments: JobGround.all)
  func temporary(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let keys = ["retry": #"{"attempts": 2, "delay": "10ms"}"#]
    for end in ground.isSlow ? ["exit 75"] : ["exit 75", "kill -9 $$"] {
      let line = "test $BOBBIN_ATTEMPT = 2 || \(end); echo $BOBBIN_ATTEMPT"
      let result = try stage.run(line, keys)
      #expect(result.isSuccess && result.text == "2\n" && result.attemptsTotal == 2, "\(result.story)")
    }
    stage.finish()
  }

  @Test("what cannot be executed is told apart: 127 not-found, 126 not-executable", arguments: JobGround.all)
  func notStarted(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let missing = try stage.run("", ["run": #"["no-such-program", "x"]"#])
    #expect(missing.code == "not-found" && missing.outcome?.exitCode == 127, "\(missing.story)")
    let plain = try stage.run("", ["run": #"["/etc/passwd"]"#])
    #expect(plain.code == "not-executable" && plain.outcome?.exitCode == 126, "\(plain.story)")
    let well = try stage.run("", ["run": #"["printf", "%s|", "a b", "$X", ""]"#])
    #expect(well.text == "a b|$X||", "\(well.story)")
    stage.finish()
  }

  @Test("stdin is the job's text or value and ends, also a large one that nobody reads", arguments: JobGround.all)
  func stdin(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let text = try stage.run("cat; echo .", ["stdin": #""häi\nthere""#])
    #expect(text.text == "häi\nthere.\n", "\(text.story)")
    let value = try stage.run("cat", ["stdin": #"{"a": [1, 2.50, "ü"], "b": null}"#])
    #expect(value.text == #"{"a":[1,2.50,"ü"],"b":null}"#, "\(value.story)")
    if ground.isSlow { return stage.finish() }
    let nothing = try stage.run("wc -c")
    #expect(nothing.text.filter { !$0.isWhitespace } == "0", "\(nothing.story)")
    let large = String(repeating: "0123456789", count: 50_000)
    let unread = try stage.run("head -c 3", ["stdin": "\"\(large)\""])
    #expect(unread.isSuccess && unread.text == "012", "\(unread.story)")
    let read = try stage.run("wc -c", ["stdin": "\"\(large)\""])
    #expect(read.text.filter { !$0.isWhitespace } == "500000", "\(read.story)")
    stage.finish()
  }

  @Test("both streams come apart, each in its order, and bytes are bytes", arguments: JobGround.all)
  func streams(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let result = try stage.run(
      "i=0; while [ $i -lt 2000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done; printf '\\377\\000x'")
    let numbers = 0..<2000
    #expect(try stage.spool.text("logs/jobs/\(result.id.text).err") == numbers.map { "err \($0)\n" }.joined())
    let log = Command.shell("cat '\(stage.spool.path)/logs/jobs/\(result.id.text).out'").output
    #expect(log == Array(numbers.map { "out \($0)\n" }.joined().utf8) + [255, 0, 0x78])
    #expect(result.stdout?.notUTF8 == true && result.stderr?.notUTF8 == false)
    stage.finish()
  }
}
