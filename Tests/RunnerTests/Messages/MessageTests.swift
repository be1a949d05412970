import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What becomes of messages that are dropped, seen from outside.
@Suite(.timeLimit(.minutes(60))) struct MessageTests {
  @Test("a message starts its group's agent; those without the trigger are told with the next that has it, and once")
  func context() throws {
    let stage = try MessageStage()
    try stage.group("g", agent: stage.note, #""trigger": "@bob""#)
    try stage.say("m1", "one", id: "1")
    try stage.say("m2", "two", id: "2")
    try stage.say("m3", "hey @BOB three", id: "3")
    try stage.say("n1", "other chat", chat: "ben", id: "1")
    try stage.spool.drain()
    #expect(try stage.spool.result("m1").code == "no-trigger" && stage.spool.result("m1").isSuccess)
    #expect(stage.spool.has("done/m2.json") && stage.spool.has("done/n1.json"))
    var told = try stage.told()
    try #require(told.count == 1)
    #expect(told[0].channel == "talk" && told[0].chat == "ann" && told[0].session.hasPrefix("talk.ann."))
    #expect(told[0].texts == ["one", "two", "hey @BOB three"] && told[0].ids == ["1", "2", "3"])
    try stage.say("m4", "@bob four", id: "4")
    try stage.say("n2", "@bob five", chat: "ben", id: "2")
    try stage.spool.drain()
    told = try stage.told()
    #expect(
      told.dropFirst().map(\.texts).sorted { $0.count < $1.count } == [["@bob four"], ["other chat", "@bob five"]])
    #expect(Set(told.map(\.session)).count == 2)
    #expect(try stage.spool.result("m4").isSuccess && stage.lines().isEmpty)
  }

  @Test("each attempt at a message has its number and the same id, also of a message that has none")
  func attempts() throws {
    let stage = try MessageStage()
    try stage.group(
      "g", agent: stage.note + "; test $BOBBIN_ATTEMPT = 2", agentMore: #""retry": {"attempts": 2, "delay": "1ms"}"#)
    try stage.say("m1", "one", id: "1")
    try stage.say("m2", "two")
    try stage.say("m3", "three")
    try stage.spool.drain()
    let told = try stage.told()
    #expect(told.count == 6)
    for text in ["one", "two", "three"] {
      let runs = told.filter { $0.texts.last == text }
      #expect(runs.map(\.attempts.last) == ["1", "2"] && runs.allSatisfy { $0.texts.count == 1 }, "\(told)")
      #expect(runs.first?.ids == runs.last?.ids)
    }
    let ids = Set(told.compactMap(\.ids.last))
    #expect(ids.count == 3 && !ids.contains(""), "an id is always there: \(ids)")
  }

  @Test("what failed is told to its chat once, and told again with the next message; after that it is answered")
  func failed() throws {
    let stage = try MessageStage()
    try stage.group("g", agent: stage.note + "; test ! -e \(stage.spool.place.path)/broken")
    try stage.spool.place.write("broken", "")
    try stage.say("m1", "one", id: "1")
    try stage.spool.drain()
    #expect(try stage.spool.result("m1").status == "failed")
    let line = try #require(try stage.lines().first)
    #expect(line.text.contains("failed") && line.job == "m1" && line.attempt == 1)
    try stage.spool.place.folder.remove("broken")
    try stage.say("m2", "two", id: "2")
    try stage.spool.drain()
    #expect(stage.texts == [["one"], ["one", "two"]])
    #expect(try stage.told().last?.attempts == ["2", "1"])
    try stage.say("m3", "three", id: "3")
    try stage.spool.drain()
    #expect(stage.texts.last == ["three"])
    #expect(try stage.lines().count == 1)
  }

  @Test("a failed message that a person moves back is tried again, and its chat is not told twice")
  func retryByHand() throws {
    let stage = try MessageStage()
    try stage.group("g", agent: stage.note + "; test ! -e \(stage.spool.place.path)/broken")
    try stage.spool.place.write("broken", "")
    try stage.say("m1", "one", id: "1")
    try stage.spool.drain()
    stage.spool.shell("mv errors/m1.json inbox/")
    try stage.spool.drain()
    #expect(try stage.spool.result("m1").attemptsTotal == 2)
    #expect(try stage.lines().count == 1)
    try stage.spool.place.folder.remove("broken")
    stage.spool.shell("mv errors/m1.json inbox/")
    try stage.spool.drain()
    #expect(try stage.spool.result("m1").isSuccess && stage.spool.result("m1").attemptsTotal == 3)
    try stage.say("m2", "two", id: "2")
    try stage.spool.drain()
    #expect(stage.texts == [["one"], ["one"], ["one"], ["two"]])
    #expect(try stage.told().map(\.attempts) == [["1"], ["2"], ["3"], ["1"]])
    #expect(try stage.lines().count == 1)
  }

  @Test("the same id twice is handled once, under whatever file, while it waits, after it was answered, and edited")
  func sameID() throws {
    let stage = try MessageStage()
    try stage.group("g", agent: stage.note)
    try stage.say("m1", "one", id: "1")
    try stage.say("m2", "one", id: "1")
    try stage.spool.drain()
    try stage.say("m3", "one", id: "1")
    try stage.say("m4", "one, edited", id: "1")
    try stage.say("m5", "two", id: "2")
    try stage.spool.drain()
    #expect(stage.texts == [["one"], ["two"]])
    for id in ["m2", "m3", "m4"] {
      let result = try stage.spool.result(id)
      #expect(result.isSuccess && result.code == "same-key" && result.outcome?.sameAs != nil, "\(id)")
    }
  }

  @Test("a message without the trigger that comes again is told once, also when it comes after the answer")
  func sameIDInContext() throws {
    let stage = try MessageStage()
    try stage.group("g", agent: stage.note, #""trigger": "@bob""#)
    try stage.say("m1", "one", id: "1")
    try stage.say("m2", "one", id: "1")
    try stage.say("m3", "@bob two", id: "2")
    try stage.spool.drain()
    try stage.say("m4", "one", id: "1")
    try stage.say("m5", "@bob three", id: "3")
    try stage.spool.drain()
    #expect(stage.texts == [["one", "@bob two"], ["@bob three"]])
  }

  @Test("the same id in two chats of a group is two messages")
  func idsOfChats() throws {
    let stage = try MessageStage()
    try stage.group("g", agent: stage.note)
    try stage.say("m1", "one", chat: "ann", id: "1")
    try stage.say("m2", "two", chat: "ben", id: "1")
    try stage.spool.drain()
    #expect(stage.texts.sorted { $0[0] < $1[0] } == [["one"], ["two"]])
    #expect(try stage.told().map(\.chat).sorted() == ["ann", "ben"])
  }

  @Test("what is said while an earlier message is worked on is told with the next, when the earlier one is answered")
  func meanwhile() throws {
    let stage = try MessageStage(["*": "g"], ["slots": "4"])
    let here = stage.spool.place.path
    try stage.group(
      "g", agent: stage.note + "; while ! test -e \(here)/go; do sleep 0.02; done", #""trigger": "@bob", "slots": 4"#)
    let runner = try stage.spool.start()
    try stage.say("m1", "@bob one", id: "1")
    #expect(eventually { stage.texts.count == 1 })
    try stage.say("m2", "two", id: "2")
    try stage.spool.ended("m2")
    // One that is being worked on is no context of another.
    try stage.say("m3", "@bob three", id: "3")
    #expect(eventually { stage.texts.count == 2 })
    try stage.say("m4", "four", id: "4")
    try stage.spool.ended("m4")
    try stage.spool.place.write("go", "")
    try stage.spool.ended("m1")
    try stage.spool.ended("m3")
    try stage.say("m5", "@bob five", id: "5")
    try stage.spool.ended("m5")
    #expect(stage.texts == [["@bob one"], ["two", "@bob three"], ["four", "@bob five"]])
    runner.kill()
  }

  @Test("messages of a chat are told in the order in which they came")
  func order() throws {
    let stage = try MessageStage()
    try stage.group("g", agent: stage.note)
    // A name each that does not sort as it came, and a time each, whatever the clock's grain.
    var last: Int64 = 0
    for number in 0..<12 {
      let name = "m\(97 - number * 7)"
      _ = try eventually {
        try stage.say(name, "\(number)", id: "\(number)")
        let changed = try stage.spool.folder(.inbox).status("\(name).json")?.changed ?? 0
        defer { last = max(last, changed) }
        return changed > last
      }
    }
    try stage.spool.drain()
    #expect(stage.texts == (0..<12).map { ["\($0)"] })
  }

  @Test("a message of an unknown chat is kept and refused, and works when there is a route and it is moved back")
  func noRoute() throws {
    let stage = try MessageStage(["ben": "g"])
    try stage.group("g", agent: stage.note)
    try stage.say("m1", "one", id: "1")
    try stage.spool.drain()
    let result = try stage.spool.result("m1")
    #expect(result.status == "refused" && result.code == "no-route" && result.outcome?.key == "message.chat")
    #expect(stage.spool.has("errors/m1.json") && stage.texts.isEmpty)
    #expect(try stage.lines().isEmpty)
    try stage.route(["ben": "g", "ann": "g"])
    stage.spool.shell("mv errors/m1.json inbox/")
    try stage.spool.drain()
    #expect(stage.texts == [["one"]])
  }

  @Test("a route, a group or an agent that was written just before its message counts for it")
  func settingsJustBefore() throws {
    // Only notifications, so that no scan comes in between.
    let stage = try MessageStage([:], ["scanInterval": "\"1h\""])
    try stage.group("g", agent: nil)
    let runner = try stage.spool.start()
    try stage.spool.drop("x", #"{"run": "true", "group": "g"}"#)
    try stage.spool.ended("x")
    try stage.route(["ann": "g"])
    try stage.group("g", agent: stage.note)
    try stage.say("m1", "one", id: "1")
    #expect(try stage.spool.ended("m1").isSuccess)
    #expect(stage.texts == [["one"]])
    runner.kill()
  }

  @Test("a group without an agent refuses its messages, and the chat is told")
  func noAgent() throws {
    let stage = try MessageStage()
    try stage.say("m1", "one", id: "1")
    try stage.spool.drain()
    let result = try stage.spool.result("m1")
    #expect(result.status == "refused" && result.code == "no-agent")
    #expect(try stage.lines().map(\.job) == ["m1"])
    try stage.group("g", agent: stage.note)
    try stage.say("m2", "two", id: "2")
    try stage.spool.drain()
    #expect(stage.texts == [["one", "two"]], "what nobody answered is told with the next")
  }

  @Test("messages wait while their group's settings are bad or it is paused, and follow a route that changes meanwhile")
  func waiting() throws {
    let stage = try MessageStage(["ann": "a", "ben": "b"])
    try stage.spool.replace("groups/a.json", #"{"agent": "#)
    try stage.group("b", agent: stage.note + "; echo b >> \(stage.spool.place.path)/who")
    try stage.group("c", agent: stage.note + "; echo c >> \(stage.spool.place.path)/who")
    try stage.spool.replace("groups/b.paused", "")
    let runner = try stage.spool.start()
    try stage.say("m1", "one", id: "1")
    try stage.say("m2", "two", chat: "ben", id: "2")
    try stage.spool.drop("x", #"{"run": "true"}"#)
    try stage.spool.ended("x")
    #expect(stage.spool.has("inbox/m1.json") && stage.spool.has("inbox/m2.json"))
    try stage.route(["ann": "a", "ben": "c"])
    stage.spool.shell("rm groups/b.paused")
    try stage.spool.ended("m2")
    #expect(try stage.spool.place.text("who") == "c\n")
    #expect(try stage.spool.result("m2").group?.text == "c")
    try stage.group("a", agent: stage.note)
    try stage.spool.ended("m1")
    #expect(stage.texts == [["two"], ["one"]])
    runner.kill()
  }

  @Test("a message that expired is told so, and is context of the next one")
  func expires() throws {
    let stage = try MessageStage()
    try stage.group("g", agent: stage.note)
    try stage.say("m1", "one", id: "1", more: #", "expires": "2026-01-01T00:00:00Z""#)
    try stage.spool.drain()
    #expect(try stage.spool.result("m1").status == "expired")
    #expect(try stage.lines().map(\.job) == ["m1"])
    try stage.say("m2", "two", id: "2", more: #", "expires": "1d", "priority": 5"#)
    try stage.spool.drain()
    #expect(stage.texts == [["one", "two"]])
  }

  @Test("a message that a person cancels while it runs, also when the runner died before, is told to its chat")
  func cancelled() throws {
    let stage = try MessageStage()
    try stage.group("g", agent: stage.note + "; exec sleep 1000")
    let runner = try stage.spool.start()
    try stage.say("m1", "one", id: "1")
    #expect(eventually { stage.texts.count == 1 })
    stage.spool.shell("touch processing/m1.cancel")
    #expect(try stage.spool.ended("m1").status == "cancelled")
    try stage.say("m2", "two", id: "2")
    // Delivered and filed away: cut short in between it would come again.
    #expect(eventually { stage.texts.count == 2 && stage.spool.has("done/outbox/failed.m1.json") })
    runner.kill()
    stage.spool.shell("rm -f processing/m2.run.json; touch processing/m2.cancel")
    try stage.spool.drain()
    #expect(try stage.spool.result("m2").status == "cancelled")
    #expect(try stage.lines().map(\.job) == ["m1", "m2"])
  }

  @Test("with tellFailures off nobody is told")
  func silent() throws {
    let stage = try MessageStage(["*": "g"], ["tellFailures": "false"])
    try stage.group("g", agent: "exit 3")
    try stage.say("m1", "one", id: "1")
    try stage.spool.drain()
    #expect(try stage.spool.result("m1").outcome?.exitCode == 3)
    #expect(try stage.lines().isEmpty)
    #expect(stage.names("outbox").isEmpty && stage.names("done/outbox").isEmpty)
  }

  @Test(
    "chats of any name are told of failures and have a context of their own",
    arguments: [
      ("a/b", "messages"), ("../x", "messages"), (".hid", "messages"), ("-x", "messages"), ("J\u{F6}rg \u{2603}", nil),
      ("a:b:c", nil), ("*", nil), ("\"'$(x)`;", nil), (String(repeating: "x", count: 512), "messages"),
    ] as [(String, String?)])
  func oddChats(chat: String, file: String?) throws {
    let stage = try MessageStage()
    try stage.group("g", agent: stage.note + "; exit 1")
    try stage.say("m1", "one", chat: chat, id: "1")
    try stage.spool.drain()
    #expect(try stage.told().map(\.chat) == [chat])
    #expect(try stage.lines(file ?? chat).map(\.job) == ["m1"])
    #expect(stage.names("errors/outbox").isEmpty)
    #expect(Command.shell("ls -A '\(stage.out)' | wc -l").text == "1\n")
  }

  @Test("long texts are kept whole for the next message, and of too many the newest")
  func muchContext() throws {
    let stage = try MessageStage()
    try stage.group("g", agent: stage.note, #""trigger": "@bob", "slots": 1"#)
    // Each byte of it takes six in JSON.
    let long = String(repeating: "\u{1}", count: 120_000)
    try stage.say("m1", long, id: "1")
    try stage.say("m2", "@bob", id: "2")
    try stage.spool.drain()
    #expect(stage.texts == [[long, "@bob"]])
    for number in 100..<205 { try stage.say("n\(number)", "\(number)", chat: "ben", id: "\(number)") }
    try stage.spool.drain()
    try stage.say("n300", "@bob", chat: "ben", id: "300")
    try stage.spool.drain()
    let last = try #require(stage.texts.last)
    #expect(last.count >= 100 && last.suffix(3) == ["203", "204", "@bob"])
  }

  @Test(
    "what an agent answers to what was said to its group itself is found in done/outbox, another group's is not for it")
  func groupItself() throws {
    let stage = try RequestStage(groups: ["g": [:]])
    try stage.ask("messages/own", #"{"type": "message", "to": "group:g", "text": "hello"}"#)
    try stage.ask("messages/other", #"{"type": "message", "to": "group:h", "text": "hello"}"#)
    stage.spool.shell("rm paused")
    try stage.spool.drain()
    try stage.expect("own", nil)
    try stage.expect("other", "not-permitted")
    #expect(try stage.spool.text("done/outbox/g.own.json").contains("hello"))
    #expect(try stage.spool.text("done/outbox/g.own.result.json").contains("\"delivered\""))
  }

  @Test(
    "in a sandbox an agent gets its messages, and its answer goes to the chat that it is for",
    .enabled(if: Need.sandbox, "\(Need.sandboxSays)"))
  func sandbox() throws {
    let stage = try MessageStage()
    let agent =
      #"cat > /bobbin/group/told; cd $BOBBIN_IPC/messages && echo '{"type": "message", "to": "talk:ann", "text": "hello"}' > .a && mv .a a1.json"#
    try stage.spool.replace("groups/g.json", "{\"agent\": {\"run\": \(MessageStage.quoted(agent))}}")
    try stage.say("m1", "one", id: "1")
    let runner = try stage.spool.start()
    let result = try stage.spool.ended("m1")
    #expect(result.isSuccess && result.runtime == "sandbox", "\(result)")
    #expect(try stage.spool.text("groups/g/told").contains("\"one\""))
    #expect(try eventually { try stage.lines().map(\.text) == ["hello"] })
    runner.kill()
  }
}
