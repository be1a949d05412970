import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite("Channels that are commands", .timeLimit(.minutes(60))) struct CommandChannelTests {
  @Test("a message comes on standard input, and ends in done/outbox as it was dropped, beside its result")
  func delivered() throws {
    let stage = try OutboxStage(["ops": OutboxStage.shell("env > HERE/env; echo note >&2")])
    let text =
      #"{"to": "ops:42", "text": "ä\n\"b\"", "replyTo": {"m": 7}, "group": "g", "job": "j", "id": "mine", "x-note": 1}"#
    try stage.spool.replace("outbox/x.json", text)
    try stage.spool.drain()
    #expect(
      try stage.spool.place.text("got")
        == #"{"id":"mine","attempt":1,"channel":"ops","to":"42","text":"ä\n\"b\"","files":[],"group":"g","job":"j","replyTo":{"m":7}}"#
        + "\n")
    let result = try stage.result("x")
    #expect(result.status == .delivered && result.id == "mine" && result.attempts.map(\.status) == ["delivered"])
    #expect(
      result.channel == "ops" && result.to == "42" && result.deliveredAt != nil && result.output?.text == "note\n")
    #expect(try stage.spool.text("done/outbox/x.json") == text)
    #expect(try stage.spool.names(.outbox).isEmpty && stage.spool.names(.sending).isEmpty)
    let env = try stage.spool.place.text("env").split(separator: "\n").map { $0.prefix { $0 != "=" } }
    let known = [
      "PATH", "HOME", "LANG", "TZ", "BOBBIN_RESULT", "BOBBIN_MESSAGE_ID", "BOBBIN_ATTEMPT", "BOBBIN_DELIVERY", "PWD",
      "SHLVL", "_",
      "OLDPWD",
    ]
    #expect(env.allSatisfy { known.contains(String($0)) }, "\(env)")
    #expect(try stage.spool.place.text("env").contains("BOBBIN_MESSAGE_ID=mine\n"))
  }

  @Test(
    "messages to one address go out in order of arrival; one that is tried again holds up those behind it, others pass")
  func order() throws {
    let stage = try OutboxStage([
      "ops": OutboxStage.shell(
        "case $m in *slow*) test $BOBBIN_ATTEMPT = 3 || exit 1;; esac", #", "retry": {"attempts": 3, "delay": "300ms"}"#
      )
    ])
    try stage.drop("m1", "ops:a", "slow")
    try stage.drop("m2", "ops:a", "second")
    try stage.drop("m3", "ops:b", "third")
    try stage.drop("m4", "ops:a", "fourth")
    try stage.spool.drain()
    let got = try stage.got()
    func of(_ ids: Set<String>) -> [String] { got.filter { ids.contains($0.id) }.map { "\($0.id).\($0.attempt)" } }
    #expect(of(["m1", "m2", "m4"]) == ["m1.1", "m1.2", "m1.3", "m2.1", "m4.1"])
    // It was due before the second try of the first.
    #expect(got.firstIndex { $0.id == "m3" } == 1)
    let result = try stage.result("m1")
    #expect(result.attempts.map(\.exitCode) == [1, 1, 0] && result.attemptsUsed == 3)
  }

  @Test("channels do not wait for each other, nor for slots of jobs")
  func independent() throws {
    let stage = try OutboxStage(
      ["slow": OutboxStage.shell("until test -e HERE/go; do sleep 0.02; done"), "quick": OutboxStage.shell("")],
      ["slots": "1"])
    try stage.spool.drop("job", #"{"run": "until test -e \#(stage.path)/go; do sleep 0.02; done"}"#)
    try stage.drop("a", "slow")
    let runner = try stage.spool.start()
    #expect(try eventually { try stage.spool.place.folder.has("got") && stage.spool.has("processing/job.json") })
    try stage.drop("b", "quick")
    #expect(try stage.ended("b").status == .delivered)
    #expect(stage.spool.has("processing/outbox/a.json") && stage.spool.has("processing/outbox/a.run.json"))
    stage.spool.shell("touch '\(stage.path)/go'")
    #expect(try stage.ended("a").status == .delivered)
    runner.signal(SignalNumber.terminate)
    #expect(runner.end() == .exited(0))
  }

  @Test("ten thousand bytes of standard error are kept as head and tail, and a command that gives up is tried no more")
  func givenUp() throws {
    let stage = try OutboxStage([
      "never": OutboxStage.shell("printf BEGIN >&2; head -c 10000 /dev/zero | tr '\\0' x >&2; printf END >&2; exit 65"),
      "often": OutboxStage.shell("exit 3", OutboxStage.quickRetry),
    ])
    try stage.drop("a", "never")
    try stage.drop("b", "often")
    try stage.spool.drain()
    let never = try stage.result("a")
    #expect(never.status == .failed && never.code == "bad-data" && never.attemptsTotal == 1 && never.exitCode == 65)
    let text = try #require(never.output)
    #expect(
      text.text.hasPrefix("BEGIN") && text.text.hasSuffix("END") && text.truncated && text.text.utf8.count <= 4096)
    #expect(text.bytes == 10_008)
    let often = try stage.result("b")
    #expect(often.status == .failed && often.code == "exit" && often.attemptsTotal == 3 && often.exitCode == 3)
    #expect(stage.spool.has("errors/outbox/b.json") && stage.spool.logged("message-failed") == 2)
  }

  @Test("exit 75 says when, a touch says now, and a retry by mv keeps the history with a new budget")
  func later() throws {
    let stage = try OutboxStage([
      "ops": OutboxStage.shell(
        #"case $BOBBIN_ATTEMPT in 1) echo '{"retryAfter": "1h"}' > $BOBBIN_RESULT; exit 75;; 2|3) exit 1;; esac"#,
        #", "retry": {"attempts": 2, "delay": "10ms"}"#)
    ])
    try stage.drop("x", "ops")
    let runner = try stage.spool.start()
    #expect(try eventually { try stage.waiting("x") != nil && stage.spool.has("outbox/x.json") })
    let waiting = try #require(try stage.waiting("x"))
    #expect(waiting.status == .waiting && waiting.code == "later" && waiting.attemptsTotal == 1)
    let (next, start) = (try #require(waiting.nextAttemptAt), try #require(waiting.startedAt))
    #expect(next.duration(since: start) >= .seconds(3600))
    stage.spool.shell("touch outbox/x.run.json")
    #expect(try stage.ended("x").code == "exit")
    #expect(try stage.result("x").attemptsUsed == 2)
    stage.spool.shell("mv errors/outbox/x.json outbox/")
    #expect(eventually(within: 60) { stage.spool.has("done/outbox/x.json") })
    let result = try stage.result("x")
    #expect(result.attempts.map(\.number) == [1, 2, 3, 4] && result.attemptsUsed == 2 && result.id == "x")
    #expect(!stage.spool.has("errors/outbox/x.result.json") && !stage.spool.has("outbox/x.run.json"))
    runner.kill()
  }

  @Test("one that takes too long is ended, and what it started with it")
  func timeout() throws {
    let stage = try OutboxStage(
      [
        "ops": OutboxStage.shell(
          "trap '' TERM; setsid sleep 1000 & echo $! > HERE/pid; wait; wait", #", "timeout": "4s", "retry": 1"#)
      ],
      ["grace": "\"100ms\""])
    try stage.drop("x", "ops")
    try stage.spool.drain()
    let result = try stage.result("x")
    #expect(result.code == "timed-out" && result.status == .failed)
    let pid = try #require(Int32(stage.spool.place.text("pid").split(separator: "\n").first ?? ""))
    #expect(ProcessTable.facts(pid)?.isZombie != false)
  }

  @Test("what is no message is refused and kept: bad JSON, unknown keys, links, folders, names; with the place")
  func refused() throws {
    let stage = try OutboxStage(["ops": OutboxStage.shell("")])
    try stage.spool.replace("outbox/key.json", #"{"to": "ops", "txt": "a"}"#)
    try stage.spool.replace("outbox/json.json", "{\n  \"to\": \"ops\",\n}")
    try stage.spool.replace("outbox/empty.json", "")
    stage.spool.shell(
      "ln -s /etc/passwd outbox/link.json; mkdir outbox/folder.json; mkfifo outbox/fifo.json; touch outbox/ignored.txt; printf '{\"to\": \"ops\", \"text\": \"a\"}' > outbox/x.result.json"
    )
    stage.spool.shell("head -c 2000000 /dev/zero > outbox/big.json")
    stage.spool.shell(#"printf '{}' > "$(printf 'outbox/bad\377.json')""#)
    try stage.spool.drain()
    for (name, code) in [
      ("key", "unknown-key"), ("json", "bad-json"), ("empty", "empty"), ("link", "not-a-file"),
      ("folder", "not-a-file"),
      ("fifo", "not-a-file"), ("big", "too-big"),
    ] {
      let result = try stage.result(name)
      #expect(result.status == .refused && result.code == code, "\(name)")
      #expect(stage.spool.has("errors/outbox/\(name).json"))
    }
    #expect(try stage.result("json").line == 3 && stage.result("key").key == "txt")
    let renamed = try stage.spool.names(.failedMessages).filter {
      $0.hasPrefix("refused-") && $0.hasSuffix(".result.json")
    }
    #expect(renamed.count == 2)
    for name in renamed { #expect(try stage.result(String(name.dropLast(12))).code == "bad-name") }
    #expect(try stage.spool.names(.outbox) == ["ignored.txt"] && stage.got().isEmpty)
    #expect(stage.spool.logged("message-refused") == 9)
  }

  @Test("a message that is being written is left until it is whole")
  func written() throws {
    let stage = try OutboxStage(["ops": OutboxStage.shell("")])
    let runner = try stage.spool.start()
    let file = try stage.spool.folder(.outbox).create("x.json")
    try file.write(Array(#"{"to": "ops", "#.utf8))
    try stage.drop("other", "ops")
    #expect(try stage.ended("other").status == .delivered)
    #expect(stage.spool.has("outbox/x.json"))
    try file.write(Array(#""text": "whole"}"#.utf8))
    #expect(try stage.ended("x").status == .delivered)
    #expect(try stage.got().last?.text == "whole")
    runner.kill()
  }

  @Test("a channel that nobody has is told with those there are, and one that comes with the message counts")
  func noChannel() throws {
    let stage = try OutboxStage(["ops": OutboxStage.shell(""), "b": OutboxStage.shell("")])
    try stage.drop("x", "opps:1")
    let runner = try stage.spool.start()
    let result = try stage.ended("x")
    #expect(result.status == .failed && result.code == "no-channel" && result.reason?.contains("'b', 'ops'") == true)
    try stage.set(["opps": OutboxStage.shell("")])
    stage.spool.shell("mv errors/outbox/x.json outbox/")
    #expect(eventually(within: 60) { stage.spool.has("done/outbox/x.json") })
    // And one that is taken away.
    try stage.set(["ops": OutboxStage.shell("")])
    try stage.drop("y", "opps")
    #expect(try stage.ended("y").code == "no-channel")
    runner.kill()
  }

  @Test("a program that is missing puts messages off without counting; a drain leaves them and says so")
  func missing() throws {
    let stage = try OutboxStage(["ops": #"{"command": ["HERE/send"]}"#])
    try stage.drop("x", "ops")
    try stage.drop("y", "ops:other")
    let drain = try stage.spool.start(drain: true)
    #expect(drain.end() == .exited(0))
    #expect(drain.text.contains("outbox/x") && drain.text.contains("not ready"))
    let waiting = try #require(try stage.waiting("x"))
    #expect(waiting.code == "program-missing" && waiting.attemptsTotal == 0 && waiting.attemptsUsed == 0)
    #expect(stage.spool.logged("channel-not-ready") == 1)
    try stage.spool.place.write("send.new", "#!/bin/sh\ncat >> '\(stage.path)/got'\n")
    stage.spool.shell(
      "chmod 755 '\(stage.path)/send.new'; mv '\(stage.path)/send.new' '\(stage.path)/send'; touch outbox/x.run.json")
    try stage.spool.drain()
    // It was never tried, so this is no repeat.
    #expect(try stage.got().map(\.attempt) == [1, 1] && stage.got().map(\.id) == ["x", "y"])
  }

  @Test("files are handed on by their paths, and have to be regular ones that are there")
  func files() throws {
    let stage = try OutboxStage(["ops": OutboxStage.shell("")])
    try stage.spool.place.write("a", "1")
    stage.spool.shell("ln -s /etc/passwd '\(stage.path)/link'")
    try stage.drop("good", "ops", "hi", #", "files": ["\#(stage.path)/a"]"#)
    try stage.drop("missing", "ops", "hi", #", "files": ["\#(stage.path)/none"]"#)
    try stage.drop("link", "ops", "hi", #", "files": ["\#(stage.path)/link"]"#)
    // Copies that were made for it go with it.
    stage.spool.shell("mkdir outbox/copied.files; echo 1 > outbox/copied.files/1-a")
    try stage.drop("copied", "ops", "hi", #", "files": ["\#(stage.spool.path)/outbox/copied.files/1-a"]"#)
    try stage.spool.drain()
    #expect(try stage.result("good").status == .delivered)
    for name in ["missing", "link"] {
      let result = try stage.result(name)
      #expect(result.code == "file-missing" && result.status == .failed && result.attemptsTotal == 1)
    }
    #expect(try stage.spool.place.text("got").contains(#""files":["\#(stage.path)/a"]"#))
    #expect(try stage.result("copied").files == "copied.files")
    #expect(stage.spool.has("done/outbox/copied.files/1-a") && !stage.spool.has("outbox/copied.files"))
  }

  @Test("a name that is taken gets a number, which is the id that the receiver sees")
  func numbered() throws {
    let stage = try OutboxStage(["ops": OutboxStage.shell("")])
    for text in ["first", "second"] {
      try stage.drop("x", "ops", text)
      try stage.spool.drain()
    }
    #expect(try stage.got().map(\.id) == ["x", "x~2"])
    #expect(try stage.result("x~2").droppedAs == "x")
  }

  @Test("while the spool is paused nothing goes out")
  func paused() throws {
    let stage = try OutboxStage(["ops": OutboxStage.shell("")])
    stage.spool.shell("touch paused")
    try stage.drop("x", "ops")
    try stage.spool.drain()
    #expect(try stage.spool.has("outbox/x.json") && !stage.spool.place.folder.has("got"))
    stage.spool.shell("rm paused")
    try stage.spool.drain()
    #expect(try stage.result("x").status == .delivered)
  }

  @Test("a rate lets one go at once and makes the others wait for their turn")
  func rate() throws {
    let stage = try OutboxStage(["ops": OutboxStage.shell("", #", "rate": "1/h""#)])
    for number in 1...3 { try stage.drop("m\(number)", "ops:\(number)") }
    let runner = try stage.spool.start()
    #expect(try stage.ended("m1").status == .delivered)
    // Another rate holds from the next attempt on.
    try stage.set(["ops": OutboxStage.shell("")])
    #expect(try stage.ended("m3").status == .delivered)
    #expect(try stage.got().map(\.id) == ["m1", "m2", "m3"])
    runner.kill()
  }
}
