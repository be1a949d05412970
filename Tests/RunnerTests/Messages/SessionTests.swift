import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What an agent keeps of a conversation, `BOBBIN_SESSION`.
@Suite("Sessions", .timeLimit(.minutes(60))) struct SessionTests {
  /// A group whose agent runs on a ground, with a chat `talk` that is routed to it.
  private func stage(_ ground: JobGround, agent: String, session: String? = nil, more: String = "") throws
    -> GroundSpool
  {
    var keys = ["runtime": "\"\(ground.runtime)\""]
    keys["image"] = ground.image.map { "\"\($0)\"" }
    let members = keys.map { ", \"\($0.key)\": \($0.value)" }.sorted().joined()
    var group = ["agent": "{\"run\": \(GroundSpool.quoted(agent))\(members)\(more)}"]
    if !ground.isIsolated { group["host"] = "true" }
    group["session"] = session
    return try GroundSpool(
      ground, ["routes": #"[{"channel": "talk", "group": "g"}]"#, "tellFailures": "false"], group: group)
  }

  private func say(_ id: String, chat: String, _ stage: GroundSpool) throws -> JobRecord {
    try stage.spool.drop(id, #"{"message": {"channel": "talk", "chat": "\#(chat)", "text": "hi", "id": "\#(id)"}}"#)
    return try stage.spool.ended(id, within: 120)
  }

  private static let count =
    "echo x >> $BOBBIN_SESSION/log; wc -l < $BOBBIN_SESSION/log > $BOBBIN_RESULT; ls /bobbin/session /bobbin/group 2> /dev/null; echo $BOBBIN_SESSION; cat"
  private static let grounds = [JobGround.process] + RequestingJobTests.grounds

  @Test("each chat has a folder of its own that stays, and sees none of another's", arguments: grounds)
  func isolated(ground: JobGround) throws {
    let stage = try stage(ground, agent: Self.count)
    for (id, chat, value) in [("a1", "ann", "1"), ("b1", "ben", "1"), ("a2", "ann", "2"), ("a3", "ann", "3")] {
      let result = try say(id, chat: chat, stage)
      #expect(result.written == value, "\(id)\n\(result.story)")
      #expect(!result.text.contains(chat == "ann" ? "talk.ben" : "talk.ann"), "\(result.story)")
      #expect(!ground.isIsolated || result.text.contains("\n/bobbin/session\n"), "\(result.story)")
    }
    let names = try Folder(path: stage.spool.path + "/groups/g.sessions").names().sorted()
    #expect(names == ["talk:ann", "talk:ben"].map { SessionSettings.name(of: $0) })
    #expect(try stage.spool.text("groups/g.sessions/\(names[1])/log") == "x\n")
    // A job of the group that nobody's message started has none.
    try stage.spool.drop("own", stage.json("echo \"[$BOBBIN_SESSION]\"; ls -A /bobbin", ["group": "\"g\""]))
    let own = try stage.spool.ended("own", within: 120)
    #expect(own.text.hasPrefix("[]\n"), "\(own.story)")
    stage.finish()
  }

  @Test("with the context 'group' all of them have one", arguments: grounds)
  func shared(ground: JobGround) throws {
    let stage = try stage(ground, agent: Self.count, session: #"{"context": "group"}"#)
    for (id, chat, value) in [("a1", "ann", "1"), ("b1", "ben", "2")] {
      let result = try say(id, chat: chat, stage)
      #expect(result.written == value && result.text.contains(#""session":"group""#), "\(result.story)")
    }
    try stage.spool.drop("own", stage.json("wc -l < $BOBBIN_SESSION/log", ["group": "\"g\""]))
    let own = try stage.spool.ended("own", within: 120)
    #expect(own.text == "2\n", "\(own.story)")
    stage.finish()
  }

  @Test("a job that was made ready while every slot was taken has its group's session too")
  func madeReady() throws {
    let spool = try TestSpool(["slots": "1"])
    try spool.write(group: "g", ["host": "true", "slots": "2", "session": #"{"context": "group"}"#])
    let ids = (1...30).map { "j\($0)" }
    // While one runs the next is made ready, which counts for 20 ms.
    for id in ids { try spool.drop(id, #"{"run": "echo $BOBBIN_SESSION", "group": "g"}"#) }
    try spool.drain()
    for id in ids {
      #expect(try spool.result(id).stdout?.text.hasSuffix("/groups/g.sessions/group\n") == true, "\(id)")
    }
  }

  @Test("one that takes more than it may ends its job, for good, until a person makes room", arguments: grounds)
  func full(ground: JobGround) throws {
    let agent = """
      if test -e $BOBBIN_SESSION/quiet; then sleep 0.5; exit 0; fi
      i=0; while :; do echo x > $BOBBIN_SESSION/f$i; i=$((i+1)); done
      """
    let stage = try stage(
      ground, agent: agent, session: #"{"bytes": "1m"}"#, more: #", "retry": {"attempts": 5, "delay": "1ms"}"#)
    for id in ["a1", "a2"] {
      let result = try say(id, chat: "ann", stage)
      #expect(result.code == "session-full" && result.attemptsTotal == 1, "\(result.story)")
      #expect(result.outcome?.reason?.contains("groups/g.sessions/talk.ann.") == true)
      // The next one does not add to it, and is ended all the same.
      #expect(stage.spool.shell("cd groups/g.sessions/talk.ann.* && : > quiet").isSuccess)
    }
    let cleared = stage.spool.shell(
      "cd groups/g.sessions && mkdir old && find talk.ann.* -name 'f*' -exec mv -t old {} +")
    #expect(cleared.isSuccess, "\(cleared.text)")
    let last = try say("a3", chat: "ann", stage)
    #expect(last.isSuccess, "\(last.story)")
    stage.finish()
  }

  @Test("a link in the place of a session is not followed", arguments: grounds)
  func link(ground: JobGround) throws {
    let stage = try stage(ground, agent: "echo x > $BOBBIN_SESSION/planted")
    let name = SessionSettings.name(of: "talk:ann")
    stage.spool.shell("mkdir ../outside; mkdir -p groups/g.sessions; ln -s ../../../outside groups/g.sessions/\(name)")
    let result = try say("a1", chat: "ann", stage)
    #expect(result.code == "group-folder-unusable", "\(result.story)")
    #expect(try Folder(path: stage.spool.place.path + "/outside").names() == [])
    stage.finish()
  }
}

extension JobRecord {
  /// What it wrote to `BOBBIN_RESULT`.
  fileprivate var written: String? { outcome?.value.map { String(decoding: $0.bytes, as: UTF8.self) } }
}
