import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What is said to a job while it runs, and what becomes of it when nobody takes it.
@Suite(.timeLimit(.minutes(60))) struct InputTests {
  @Test("what a running job takes is filed away, and nothing more comes of it")
  func taken() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group(
      "g",
      agent: stage.note
        + "; cd $BOBBIN_SPOOL/ipc/g; until test -e input/a.json; do sleep 0.02; done; cp input/a.json \(stage.spool.place.path)/got; : > taken/a; until test -e \(stage.spool.place.path)/go; do sleep 0.02; done"
    )
    let runner = try stage.spool.start()
    try stage.say("m1", "one", id: "1")
    #expect(eventually { stage.texts.count == 1 })
    try stage.input("g", "a.json", #"{"id": "7", "attempt": 1, "text": "two"}"#)
    #expect(eventually { stage.names("done/ipc/g") == ["input-a.json"] })
    #expect(stage.names("ipc/g/input").isEmpty && eventually { stage.names("ipc/g/taken").isEmpty })
    #expect(stage.spool.has("processing/m1.json"))
    try stage.spool.place.write("go", "")
    #expect(try stage.spool.ended("m1").isSuccess)
    runner.kill()
    try stage.spool.drain()
    #expect(stage.texts == [["one"]] && stage.names("done/ipc/g") == ["input-a.json"])
    #expect(try stage.spool.place.text("got") == #"{"id": "7", "attempt": 1, "text": "two"}"#)
  }

  @Test("what is not taken becomes work of the group when its job ends, whatever the group's trigger is")
  func notTaken() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group(
      "g", agent: stage.note + "; until test -e \(stage.spool.place.path)/go; do sleep 0.02; done",
      #""trigger": "@bob""#)
    let runner = try stage.spool.start()
    try stage.say("m1", "@bob one", id: "1")
    #expect(eventually { stage.texts.count == 1 })
    try stage.input("g", "a.json", #"{"id": "7", "text": "two", "from": "ann"}"#)
    try stage.input("g", "b.json", #"{"text": "three"}"#)
    try stage.spool.drop("x", #"{"run": "true"}"#)
    try stage.spool.ended("x")
    #expect(stage.names("ipc/g/input") == ["a.json", "b.json"])
    try stage.spool.place.write("go", "")
    #expect(try stage.spool.ended("g.a").isSuccess && stage.spool.ended("g.b").isSuccess)
    #expect(stage.texts == [["@bob one"], ["two"], ["three"]])
    let second = try #require(try stage.told().dropFirst().first)
    #expect(second.ids == ["7"] && second.channel == "group" && second.chat == "g")
    // The first one's agent may have seen and not said so.
    #expect(second.attempts == ["2"])
    #expect(stage.names("ipc/g/input").isEmpty && stage.names("done/ipc/g") == ["input-a.json", "input-b.json"])
    runner.kill()
  }

  @Test("what was said while no job was there to see it is told as new, and as a repeat if one was cut short")
  func attempts() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group("g", agent: stage.note + "; test -e \(stage.spool.place.path)/go || exec sleep 1000")
    try stage.input("g", "a.json", #"{"id": "1", "text": "one"}"#)
    let runner = try stage.spool.start()
    #expect(eventually { stage.texts == [["one"]] })
    try stage.input("g", "b.json", #"{"id": "2", "text": "two"}"#)
    runner.kill()
    try stage.spool.place.write("go", "")
    try stage.spool.drain()
    let told = try stage.told()
    #expect(told.first?.attempts == ["1"])
    // Each of the two may come first, and then be told of the other.
    let two = told.first { $0.texts.last == "two" }
    #expect(two?.attempts.last == "2" && told.contains { $0.texts.last == "one" && $0.attempts.last == "2" }, "\(told)")
    try stage.input("g", "c.json", #"{"id": "3", "text": "three"}"#)
    try stage.spool.drain()
    #expect(try stage.told().last?.attempts == ["1"])
  }

  @Test("a drain ends when what nobody took has been worked on")
  func drained() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group("g", agent: stage.note)
    try stage.input("g", "a.json", #"{"text": "one"}"#)
    try stage.spool.drain()
    #expect(stage.texts == [["one"]])
    try stage.group(
      "g",
      agent: stage.note
        + "; test -e \(stage.spool.place.path)/second || mv \(stage.spool.place.path)/b.json $BOBBIN_SPOOL/ipc/g/input/; : > \(stage.spool.place.path)/second"
    )
    try stage.spool.place.write("b.json", #"{"text": "three"}"#)
    try stage.say("m1", "two", id: "1")
    try stage.spool.drain()
    #expect(stage.texts == [["one"], ["two"], ["three"]])
  }

  @Test("a name that is used again is another message, unless it has an id and that is the same")
  func sameName() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group("g", agent: stage.note)
    for text in ["one", "two", "two"] {
      try stage.input("g", "a.json", "{\"text\": \"\(text)\"}")
      try stage.spool.drain()
    }
    #expect(stage.texts == [["one"], ["two"], ["two"]])
    for _ in 1...2 {
      try stage.input("g", "a.json", #"{"id": "7", "text": "three"}"#)
      try stage.spool.drain()
    }
    try stage.input("g", "c.json", #"{"id": "7", "text": "three"}"#)
    try stage.input("g", "d.json", #"{"id": "8", "text": "four"}"#)
    try stage.spool.drain()
    #expect(stage.texts.suffix(2) == [["three"], ["four"]] && stage.texts.count == 5)
    #expect(stage.names("ipc/g/input").isEmpty && stage.names("done/ipc/g").count == 7)
  }

  @Test("an acknowledgement that is older than a message is none of it")
  func staleAcknowledgement() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group("g", agent: stage.note)
    stage.spool.shell("touch ipc/g/taken/a")
    // Later than that by the file system's own clock, whatever its grain.
    let folder = try Folder(path: stage.spool.path + "/ipc/g/taken")
    let before = try folder.status("a")?.changed ?? 0
    _ = try eventually {
      try stage.input("g", "a.json", #"{"text": "one"}"#)
      return try Folder(path: stage.spool.path + "/ipc/g/input").status("a.json")?.changed ?? 0 > before
    }
    try stage.spool.drain()
    #expect(stage.texts == [["one"]])
  }

  @Test("what was taken without a runner to see it is no work")
  func takenUnseen() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group("g", agent: stage.note)
    try stage.input("g", "a.json", #"{"text": "one"}"#)
    stage.spool.shell("touch ipc/g/taken/a")
    try stage.spool.drain()
    #expect(stage.texts.isEmpty && stage.names("done/ipc/g") == ["input-a.json"])
    #expect(stage.names("ipc/g/taken").isEmpty)
  }

  @Test("asking an agent to finish is for one that runs: it stays while it does, and goes when none does")
  func close() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group(
      "g",
      agent: stage.note + "; until test -e $BOBBIN_SPOOL/ipc/g/input/_close.json; do sleep 0.02; done")
    let runner = try stage.spool.start()
    try stage.say("m1", "one", id: "1")
    #expect(eventually { stage.texts.count == 1 })
    try stage.input("g", "_close.json", "{}")
    #expect(try stage.spool.ended("m1").isSuccess)
    #expect(eventually { stage.names("ipc/g/input").isEmpty })
    #expect(stage.names("done/ipc/g") == ["input-_close.json"])
    #expect(stage.texts == [["one"]] && stage.names("inbox").isEmpty)
    runner.kill()
  }

  @Test("a group without an agent keeps what was said to it, until it has one")
  func noAgent() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group("g", agent: nil)
    try stage.input("g", "a.json", #"{"text": "one"}"#)
    try stage.spool.drain()
    #expect(stage.names("ipc/g/input") == ["a.json"])
    try stage.group("g", agent: stage.note)
    try stage.spool.drain()
    #expect(stage.texts == [["one"]])
  }

  @Test("what is no message is refused with its reason, and keeps nobody else waiting")
  func bad() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group("g", agent: stage.note)
    let input = "ipc/g/input"
    for number in 0..<300 { try stage.input("g", "0-\(number).json", "no message") }
    for (name, content) in [
      ("1.json", ""), ("2.json", "[]"), ("3.json", #"{"text": 5}"#), ("4.json", #"{"id": "1"}"#),
      ("5.json", #"{"text": "a", "text": "b"}"#), ("6.json", "\u{FEFF}{}"),
    ] { try stage.input("g", name, content) }
    stage.spool.shell(
      "cd \(input) && mkdir 7.json && mkfifo 8.json && ln -s /etc/passwd 9.json && head -c 1100000 /dev/zero > 10.json && printf '{\"text\": \"\\377\"}' > 11.json && echo x > .hidden.json && echo x > other"
    )
    try stage.input("g", "z.json", #"{"text": "good"}"#)
    try stage.spool.drain()
    #expect(stage.texts == [["good"]])
    #expect(Set(stage.names(input)) == ["other"])
    let refused = stage.names("errors/ipc/g")
    for number in 1...11 {
      #expect(refused.contains("input-\(number).json") && refused.contains("input-\(number).result.json"), "\(number)")
    }
    #expect(try stage.spool.text("errors/ipc/g/input-0-5.json") == "no message")
    let reason = try stage.spool.text("errors/ipc/g/input-3.result.json")
    #expect(reason.contains("\"wrong-type\"") && reason.contains("\"text\""), "\(reason)")
    #expect(stage.spool.logged("input-bad") == 311)
  }

  @Test(
    "a message under a name that no job can have, or with an id or a sender that no message can have, is work all the same",
    arguments: [
      ("x.run.json", #""id": "7""#), ("-x.json", #""id": "7""#),
      (String(repeating: "n", count: 240) + ".json", #""id": "7""#),
      ("a b\u{E4}.json", #""id": "7""#), ("a\u{1}b.json", #""id": "7""#),
      ("x.json", "\"id\": \"\(String(repeating: "i", count: 600))\""),
      ("x.json", #""id": """#), ("x.json", #""id": 7"#),
      ("x.json", "\"from\": \"\(String(repeating: "f", count: 600))\""),
      ("x.json", #""from": """#), ("x.json", #""attempt": 2, "channel": "talk", "chat": "ann", "more": [1]"#),
    ])
  func oddInput(name: String, member: String) throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group("g", agent: stage.note)
    try stage.input("g", name, "{\"text\": \"one\", \(member)}")
    try stage.spool.drain()
    #expect(stage.texts == [["one"]], "\(stage.spool.tree)\n\(stage.spool.log)")
    #expect(
      stage.names("ipc/g/input").isEmpty
        && stage.names("errors").filter { !$0.hasPrefix("ipc") && $0 != "outbox" && $0 != "tasks" }.isEmpty)
  }

  @Test("thousands of messages in one group keep nothing from being filed away, and no other group waiting")
  func flood() throws {
    let stage = try MessageStage(["ann": "g", "ben": "h"])
    stage.makeIPC("g")
    try stage.group(
      "g", agent: stage.note + "; until test -e \(stage.spool.place.path)/go; do sleep 0.02; done")
    try stage.group("h", agent: stage.note)
    let runner = try stage.spool.start()
    try stage.say("m1", "one", id: "1")
    #expect(eventually { stage.texts.count == 1 })
    stage.spool.shell(
      "cd ipc/g/input && seq 10000 14999 | sed 's/.*/{\"text\": \"&\"}/' | split -l 1 -a 4 -d --additional-suffix=.json - n"
    )
    #expect(stage.names("ipc/g/input").count == 5000)
    stage.spool.shell("touch ipc/g/taken/n4999 ipc/g/taken/n2500")
    try stage.say("m2", "two", chat: "ben", id: "2")
    #expect(try stage.spool.ended("m2").isSuccess)
    #expect(eventually { stage.names("done/ipc/g") == ["input-n2500.json", "input-n4999.json"] })
    // They become jobs some at a time, each once.
    try stage.spool.replace("groups/g.paused", "")
    try stage.spool.place.write("go", "")
    try stage.spool.ended("m1")
    #expect(eventually { (try? stage.spool.names(.inbox).count) ?? 0 >= 600 })
    try stage.say("m3", "three", chat: "ben", id: "3")
    #expect(try stage.spool.ended("m3").isSuccess)
    runner.kill()
    let jobs = Set(stage.names("inbox"))
    let rest = Set(stage.names("ipc/g/input"))
    let filed = Set(stage.names("done/ipc/g"))
    // At a kill one may be both a job and not yet filed away.
    #expect(
      (0..<5000).allSatisfy { number in
        let name = "n" + String(repeating: "0", count: 4 - String(number).count) + "\(number)"
        return rest.contains(name + ".json")
          || filed.contains("input-\(name).json")
            && (jobs.contains("g.\(name).json") || number == 2500 || number == 4999)
      })
  }
}
