import Testing

@testable import Jobs

@Suite("Messages from outside are read as jobs of the group that their chat belongs to")
struct MessageReadingTests {
  /// A message with `rest` beside what it needs.
  private static func text(_ rest: String, beside: String = "") -> String {
    #"{"message": {"channel": "tg", "chat": "42", "text": "hi"\#(rest)}\#(beside)}"#
  }

  private static func message(_ rest: String = "") throws(Refusal) -> IncomingMessage {
    let job = try Job.read(utf8(text(rest)))
    return job.message ?? IncomingMessage(channel: "", chat: "", text: "")
  }

  @Test("every key of a message is taken")
  func everyKey() throws {
    let message = try Self.message(
      #", "from": "Ann", "at": "2026-11-20T10:00:00+01:00", "id": "7", "files": ["/a", "/b c"]"#)
    #expect(message.channel == "tg" && message.chat == "42" && message.text == "hi" && message.from == "Ann")
    #expect(message.at == Timestamp(rfc3339: "2026-11-20T09:00:00Z"))
    #expect(message.id == "7" && message.files == ["/a", "/b c"] && message.address == "tg:42")
    let least = try Self.message()
    #expect(least.from == nil && least.at == nil && least.id == nil && least.files.isEmpty)
    #expect(try Job.read(utf8(#"{"message": {"channel": "c", "chat": "1", "text": ""}}"#)).message?.text == "")
  }

  @Test(
    "what is wrong in a message is refused with its key",
    arguments: [
      (#"{"channel": "c", "chat": "1"}"#, .missingKey, "message"),
      (#"{"channel": "c", "text": ""}"#, .missingKey, "message"),
      (#"{"chat": "1", "text": ""}"#, .missingKey, "message"), ("{}", .missingKey, "message"),
      ("[]", .wrongType, "message"), (#""hi""#, .wrongType, "message"), ("null", .wrongType, "message"),
      (#"{"channel": "", "chat": "1", "text": ""}"#, .badName, "message.channel"),
      (#"{"channel": "a:b", "chat": "1", "text": ""}"#, .badName, "message.channel"),
      (#"{"channel": 1, "chat": "1", "text": ""}"#, .wrongType, "message.channel"),
      (#"{"channel": "c", "chat": "", "text": ""}"#, .outOfRange, "message.chat"),
      (#"{"channel": "c", "chat": 42, "text": ""}"#, .wrongType, "message.chat"),
      // An answer to it could never be sent: an address has no control characters.
      (#"{"channel": "c", "chat": "a\nb", "text": ""}"#, .badValue, "message.chat"),
      (#"{"channel": "c", "chat": "1", "text": null}"#, .wrongType, "message.text"),
      (#"{"channel": "c", "chat": "1", "text": "", "from": ""}"#, .outOfRange, "message.from"),
      (#"{"channel": "c", "chat": "1", "text": "", "at": "yesterday"}"#, .badValue, "message.at"),
      (#"{"channel": "c", "chat": "1", "text": "", "at": 5}"#, .wrongType, "message.at"),
      (#"{"channel": "c", "chat": "1", "text": "", "id": ""}"#, .outOfRange, "message.id"),
      (#"{"channel": "c", "chat": "1", "text": "", "id": 9}"#, .wrongType, "message.id"),
      (#"{"channel": "c", "chat": "1", "text": "", "files": "/a"}"#, .wrongType, "message.files"),
      (#"{"channel": "c", "chat": "1", "text": "", "files": ["a"]}"#, .badValue, "message.files[0]"),
      (#"{"channel": "c", "chat": "1", "txt": ""}"#, .unknownKey, "message.txt"),
      (#"{"channel": "c", "chat": "1", "text": "", "x-a": ""}"#, .unknownKey, "message.x-a"),
      (#"{"channel": "c", "chat": "1", "chat": "2", "text": ""}"#, .duplicateKey, "message.chat"),
    ] as [(String, RefusalCode, String)])
  func refuses(_ text: String, _ code: RefusalCode, _ key: String) {
    let refusal = refusal { () throws(Refusal) in try Job.read(utf8("{\"message\": \(text)}")) }
    #expect(refusal?.code == code && refusal?.key == key, "\(refusal.map { "\($0)" } ?? "taken")")
    #expect(refusal?.line == 1)
  }

  @Test("texts have their lengths, in bytes", arguments: ["from", "chat", "id"])
  func lengths(key: String) {
    func text(_ count: Int) -> String {
      let rest = key == "chat" ? "" : #", "chat": "1""#
      return
        #"{"message": {"channel": "c", "text": "", "\#(key)": "\#(String(repeating: "é", count: count))"\#(rest)}}"#
    }
    #expect(refusal { () throws(Refusal) in try Job.read(utf8(text(256))) } == nil)
    #expect(refusal { () throws(Refusal) in try Job.read(utf8(text(257))) }?.code == .outOfRange)
  }

  @Test("a message has at most 20 files")
  func files() {
    func text(_ count: Int) -> String {
      Self.text(", \"files\": [" + (0..<count).map { "\"/\($0)\"" }.joined(separator: ",") + "]")
    }
    #expect(refusal { () throws(Refusal) in try Job.read(utf8(text(20))) } == nil)
    #expect(refusal { () throws(Refusal) in try Job.read(utf8(text(21))) }?.key == "message.files")
  }

  @Test("a channel may be called what a group may not")
  func reservedNames() throws {
    #expect(try Job.read(utf8(#"{"message": {"channel": "done", "chat": "1", "text": ""}}"#)).message != nil)
  }

  @Test("beside a message stands only when it is worked on, and what it is called")
  func companions() throws {
    let job = try Job.read(
      utf8(
        Self.text(
          "",
          beside:
            #", "notBefore": "2026-11-20T10:00:00Z", "expires": "1h", "priority": 3, "labels": {"a": "b"}, "description": "d", "x-y": 1"#
        )))
    #expect(job.notBefore != nil && job.expires == .within(.seconds(3600)) && job.priority == 3)
    #expect(job.labels == [Label("a", "b")] && job.description == "d")
  }

  @Test(
    "every other key beside a message is refused",
    arguments: [
      #""runtime": "process""#, #""image": "i""#, #""user": 1"#, #""privileged": true"#, #""group": "g""#,
      #""stdin": "s""#, #""stdinFile": "/s""#, #""env": {}"#, #""directory": "/""#, #""timeout": 1"#, #""grace": 1"#,
      #""retry": 1"#, #""rerun": true"#, #""after": "a""#, #""key": "k""#, #""limits": {}"#, #""mounts": []"#,
      #""secrets": []"#, #""network": "none""#, #""origin": "ipc""#, #""task": "t""#,
      #""scheduledFor": "2026-11-20T10:00:00Z""#, #""run": "true""#,
    ])
  func strangers(_ member: String) {
    let key = member.dropFirst().prefix { $0 != "\"" }
    for text in [Self.text("", beside: ", " + member), "{\(member), " + Self.text("").dropFirst()] {
      let refusal = refusal { () throws(Refusal) in try Job.read(utf8(text)) }
      #expect(refusal?.code == .conflictingKeys, "\(text)")
      #expect(refusal?.key == String(key) || key == "run" && refusal?.key == "message", "\(text)")
    }
  }

  @Test("a message that is written out and read again is the same")
  func roundTrip() throws {
    for rest in ["", #", "from": "a\"\\\n\u0001é", "id": "\u20ac", "at": "2026-11-20T10:00:00.123Z", "files": ["/f"]"#]
    {
      var job = try Job.read(utf8(Self.text(rest, beside: #", "priority": 0, "labels": {"a": ""}"#)))
      #expect(try Job.read(job.encode()) == job)
      job.message?.text = "\u{7F}\u{2028} \u{FFFF}"
      #expect(try Job.read(job.encode()) == job)
    }
    let told = [
      ToldMessage(try Self.message(), attempt: 0),
      ToldMessage(try Self.message(#", "id": "1", "from": "f""#), attempt: 7),
    ]
    #expect(try ToldMessage.readAll(ToldMessage.encode(told)) == told)
    #expect(try ToldMessage.readAll(ToldMessage.encode([])) == [])
    #expect(try ToldMessage.readAll(utf8(#"[{"text": "", "chat": "1", "channel": "c"}]"#)).map(\.attempt) == [0])
  }

  // MARK: keys

  @Test("a message without an id has no key; others have a key of at most 256 bytes that a job may have")
  func keyLength() throws {
    #expect(try Self.message().key == nil)
    for count in [1, 200, 240, 250, 300, 512] {
      let key = try #require(try Self.message(", \"id\": \"\(String(repeating: "i", count: count))\"").key)
      #expect((1...Job.maxKeyBytes).contains(key.utf8.count))
    }
  }

  @Test("no two messages have the same key, wherever the colons are and however long they are")
  func keysDiffer() {
    var keys: Set<String> = []
    var count = 0
    for channel in ["a", "b"] {
      // Many channels count their messages anew in each chat.
      for chat in ["1", "1:2", "2", String(repeating: "c", count: 500), String(repeating: "c", count: 501)] {
        for id in ["1", "2:1", "2", "1:2:1", String(repeating: "i", count: 511), String(repeating: "i", count: 512)] {
          var message = IncomingMessage(channel: channel, chat: chat, text: "t")
          message.id = id
          count += 1
          if let key = message.key { keys.insert(key) }
        }
      }
    }
    #expect(keys.count == count)
  }

  @Test("the text, the time and the sender are not of the key: an edited message is the same")
  func sameKey() throws {
    let first = try Self.message(#", "id": "1""#)
    var second = first
    (second.text, second.from, second.at) = ("other", "f", Timestamp(nanoseconds: 0))
    #expect(first.key == second.key)
  }

  // MARK: routes

  @Test(
    "the first route that fits says the group, one without a chat fits every chat of its channel",
    arguments: [
      ("tg", "1", "one"), ("tg", "2", "rest"), ("tg", "", "rest"), ("mail", "a@b", "mail"), ("mail", "A@b", nil),
      ("irc", "1", nil), ("TG", "1", nil), ("tg", "\u{E9}", "nfc"), ("tg", "e\u{301}", "rest"),
    ] as [(String, String, String?)])
  func routes(_ channel: String, _ chat: String, _ group: String?) throws {
    let settings = try Settings.read(
      utf8(
        #"""
        { "routes": [
            { "channel": "tg", "chat": "1", "group": "one" },
            { "channel": "tg", "chat": "1", "group": "never" },
            { "channel": "tg", "chat": "\#u{E9}", "group": "nfc" },
            { "channel": "tg", "group": "rest" }, // whoever else
            { "channel": "tg", "chat": "3", "group": "never" },
            { "channel": "mail", "chat": "a@b", "group": "mail" },
        ] }
        """#))
    var job = Job(run: .shell(""))
    job.message = IncomingMessage(channel: channel, chat: chat, text: "")
    job.message?.id = "7"
    do throws(Refusal) {
      let routed = try job.routed(by: settings.routes)
      #expect(routed.group?.text == group && routed.key == job.message?.key)
    } catch { #expect(group == nil && error.code == .noRoute && error.key == "message.chat") }
  }

  @Test("what is said to a group itself needs no route, and other jobs are left as they are")
  func groupChannel() throws {
    var job = Job(run: .shell("a"))
    #expect(try job.routed(by: []) == job)
    job.message = IncomingMessage(channel: "group", chat: "g", text: "")
    #expect(try job.routed(by: []).group?.text == "g")
    job.message?.chat = "no group"
    #expect(refusal { () throws(Refusal) in try job.routed(by: []) }?.code == .badName)
  }

  @Test(
    "bad routes are refused",
    arguments: [
      (#"{}"#, .wrongType, "routes"), (#"[1]"#, .wrongType, "routes[0]"),
      (#"[{"channel": "c"}]"#, .missingKey, "routes[0]"), (#"[{"group": "g"}]"#, .missingKey, "routes[0]"),
      (#"[{"channel": "c d", "group": "g"}]"#, .badName, "routes[0].channel"),
      (#"[{"channel": "c", "group": "errors"}]"#, .badName, "routes[0].group"),
      (#"[{"channel": "c", "group": "g", "chat": ""}]"#, .outOfRange, "routes[0].chat"),
      (#"[{"channel": "c", "group": "g"}, {"channel": "c", "group": "g", "to": ""}]"#, .unknownKey, "routes[1].to"),
    ] as [(String, RefusalCode, String)])
  func badRoutes(_ text: String, _ code: RefusalCode, _ key: String) {
    let refusal = refusal { () throws(Refusal) in try Settings.read(utf8("{\"routes\": \(text)}")) }
    #expect(refusal?.code == code && refusal?.key == key, "\(refusal.map { "\($0)" } ?? "taken")")
  }

  // MARK: triggers and agents

  @Test(
    "a trigger is found in whatever case and form, and only whole",
    arguments: [
      ("@Bob", "hey @bob, you", true), ("@bob", "@BOB", true), ("@bob", "bob", false), ("@bob", "@bobby", true),
      ("Jörg", "frag JÖRG bitte", true), ("Jörg", "frag jo\u{308}rg", true), ("Jörg", "frag jorg", false),
      ("ΣΑΣ", "σασ", true), ("Я", "я", true), ("@bob", "", false), ("@bob", "\r\n@bob\r\n", true),
      ("a b", "A  B", false),
    ])
  func trigger(_ trigger: String, _ text: String, _ isTriggered: Bool) throws {
    let group = try GroupSettings.read(utf8("{\"trigger\": \"\(trigger)\"}"))
    #expect(group.isTriggered(by: text) == isTriggered)
    #expect(GroupSettings().isTriggered(by: text))
  }

  @Test(
    "an agent is a job without what its message gives",
    arguments: [
      (#""a""#, .wrongType, "agent"), ("{}", .missingKey, "agent"), (#"{"run": ""}"#, .outOfRange, "agent.run"),
      (#"{"run": "a", "rnu": 1}"#, .unknownKey, "agent.rnu"),
      (#"{"run": "a", "message": {}}"#, .conflictingKeys, "agent.message"),
      (#"{"run": "a", "group": "g"}"#, .conflictingKeys, "agent.group"),
      (#"{"run": "a", "after": "x"}"#, .conflictingKeys, "agent.after"),
      (#"{"run": "a", "key": "x"}"#, .conflictingKeys, "agent.key"),
      (#"{"run": "a", "stdin": 1}"#, .conflictingKeys, "agent.stdin"),
      (#"{"run": "a", "stdinFile": "/a"}"#, .conflictingKeys, "agent.stdinFile"),
      (#"{"run": "a", "origin": "ipc"}"#, .conflictingKeys, "agent.origin"),
      (#"{"run": "a", "task": "x"}"#, .conflictingKeys, "agent.task"),
      (#"{"run": "a", "scheduledFor": "x"}"#, .conflictingKeys, "agent.scheduledFor"),
      (#"{"run": "a", "notBefore": "x"}"#, .conflictingKeys, "agent.notBefore"),
      (#"{"run": "a", "expires": 1}"#, .conflictingKeys, "agent.expires"),
    ] as [(String, RefusalCode, String)])
  func badAgents(_ text: String, _ code: RefusalCode, _ key: String) {
    let refusal = refusal { () throws(Refusal) in try GroupSettings.read(utf8("{\"agent\": \(text)}")) }
    #expect(refusal?.code == code && refusal?.key == key, "\(refusal.map { "\($0)" } ?? "taken")")
  }

  @Test("the work of a message is its group's agent, with what was said before on its standard input")
  func asWork() throws {
    let group = try GroupSettings.read(
      utf8(#"{"agent": {"run": ["a"], "env": {"A": "1"}, "timeout": 5, "priority": 7, "retry": 3}}"#))
    let agent = try #require(group.agent)
    var job = try Job.read(utf8(Self.text(#", "id": "2", "from": "f""#, beside: #", "expires": "1h""#)))
    job.group = try GroupName(validating: "g")
    job.key = "k"
    var old = IncomingMessage(channel: "tg", chat: "42", text: "\"old\"")
    old.id = "1"
    let work = job.asWork(of: agent, after: [ToldMessage(old, attempt: 1)], session: "s", attempt: 4)
    #expect(work.run == .arguments(["a"]) && work.env == agent.env && work.timeout == .seconds(5))
    #expect(work.retry == agent.retry && work.group == job.group && work.key == "k" && work.expires == job.expires)
    #expect(work.priority == 7 && work.stated == [.priority, .retry])
    guard case .json(let input) = work.stdin else {
      Issue.record("\(work.stdin)")
      return
    }
    #expect(
      string(input)
        == #"{"messages":[{"id":"1","attempt":1,"text":"\"old\"","chat":"42","channel":"tg"},{"id":"2","attempt":4,"text":"hi","from":"f","chat":"42","channel":"tg"}],"channel":"tg","chat":"42","session":"s"}"#
    )
    job.priority = -1
    job.stated = [.priority]
    #expect(job.asWork(of: agent, after: [], session: "s", attempt: 1).priority == -1)
    let other = Job(run: .shell("b"))
    #expect(other.asWork(of: agent, after: [], session: "s", attempt: 1) == other)
  }

  @Test(
    "what was said to a running job and not taken is read as long as it has a text",
    arguments: [
      (#"{"text": "t"}"#, "n", nil), (#"{"text": "", "id": "1", "from": "f", "chat": "c", "x": 1}"#, "1", "f"),
      (#"{"text": "t", "id": 1, "from": {}}"#, "n", nil), (#"{"text": "t", "id": "", "from": ""}"#, "n", nil),
    ] as [(String, String, String?)])
  func input(_ text: String, _ id: String, _ from: String?) throws {
    let group = try GroupName(validating: "g")
    let message = try IncomingMessage.read(saidTo: group, utf8(text), named: "n", routes: [])
    #expect(message.id == id && message.from == from && message.address == "group:g")
    let long = String(repeating: "i", count: 600)
    let other = try IncomingMessage.read(
      saidTo: group, utf8(#"{"text": "", "id": "\#(long)"}"#), named: "n", routes: [])
    #expect(other.id?.utf8.count == 32)
    for (bad, code) in [("{}", RefusalCode.missingKey), ("[]", .wrongType), (#"{"text": 1}"#, .wrongType)] {
      let refusal = refusal { () throws(Refusal) in
        try IncomingMessage.read(saidTo: group, utf8(bad), named: "n", routes: [])
      }
      #expect(refusal?.code == code)
    }
  }

  @Test(
    "what names a chat that no job may name is said to the group itself, also under a route for all chats",
    arguments: ["", "a\\nb", String(repeating: "c", count: 513), "c"])
  func inputOfNoChat(_ chat: String) throws {
    let group = try GroupName(validating: "g")
    let said = utf8(#"{"text": "t", "channel": "tg", "chat": "\#(chat)"}"#)
    let message = try IncomingMessage.read(
      saidTo: group, said, named: "n", routes: [Route(channel: "tg", chat: nil, group: group)])
    #expect(message.address == (chat == "c" ? "tg:c" : "group:g"))
    // The job that comes of it is one that can be read.
    var work = Job(run: .shell(""))
    work.message = message
    #expect(try Job.read(work.encode()).message == message)
  }

  @Test("conversations have names that read well and end in a hash, each its own, and no other than a file may have")
  func sessions() throws {
    let addresses = [
      "tg:1", "tg:2", "t:g1", "tg:1 ", "mail:1", "tg:-1", "mail:a/../b", "mail:" + String(repeating: "é", count: 250),
    ]
    let names = addresses.map { SessionSettings.name(of: $0) }
    #expect(Set(names).count == addresses.count)
    #expect(names[0].hasPrefix("tg.1.") && names[6].hasPrefix("mail.a----b."))
    for name in names {
      #expect(name.wholeMatch(of: #/[A-Za-z0-9.-]{1,40}\.[0-9a-f]{16}/#) != nil && !name.contains(".."))
    }
  }

  @Test("mutated messages, kept ones, routes and groups are read or refused, and read again as the same")
  func fuzz() {
    let seeds = [
      Self.text(#", "from": "A\u00e9", "at": "2026-11-20T10:00:00+01:00", "id": "7", "files": ["/a", "/b"]"#),
      #"[{"id": "1", "attempt": 3, "text": "t", "chat": "1", "channel": "c", "files": ["/f"]}, {"text": "", "chat": "1", "channel": "c"}]"#,
      #"{"routes": [{"channel": "c", "chat": "1", "group": "g"}, {"channel": "c", "group": "g"}], "tellFailures": false}"#,
      #"{"id": "1", "from": "f", "text": "t", "more": [1]}"#,
      #"{"agent": {"run": ["a"], "retry": 2, "env": {"A": "b"}}, "trigger": "@b", "host": true}"#,
    ]
    var random = SeededGenerator(seed: 11)
    var (jobs, told, heard) = (0, 0, 0)
    for round in 0..<6000 {
      var bytes = utf8(seeds[round % seeds.count])
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[place] = utf8("\"\\{}[]:,0-9\u{0}\n").randomElement(using: &random) ?? 0
        case 2 where bytes.count > 1: bytes.remove(at: place)
        default: bytes.insert(bytes.randomElement(using: &random) ?? 0, at: place)
        }
      }
      if let job = try? Job.read(bytes) {
        jobs += 1
        #expect((try? Job.read(job.encode())) == job)
        #expect((job.message?.key?.utf8.count ?? 0) <= Job.maxKeyBytes)
        _ = try? job.routed(by: [])
      }
      if let kept = try? ToldMessage.readAll(bytes) {
        told += 1
        #expect((try? ToldMessage.readAll(ToldMessage.encode(kept))) == kept)
      }
      if let group = try? GroupName(validating: "g"),
        let said = try? IncomingMessage.read(saidTo: group, bytes, named: "n", routes: [])
      {
        heard += 1
        var job = Job(run: .shell(""))
        job.message = said
        #expect((try? Job.read(job.encode()))?.message == said)
      }
      _ = try? Settings.read(bytes)
      _ = try? GroupSettings.read(bytes)
    }
    #expect(jobs > 50 && told > 5 && heard > 50, "\(jobs) \(told) \(heard)")
  }
}
