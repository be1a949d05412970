import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// A fault at every durable step while messages are worked on, fail, and are said to a running job.
@Suite(.timeLimit(.minutes(60))) struct MessageFaultTests {
  /// Of a runner that meets no fault: one message's work fails.
  private static let end = ProcessEnd.Cause.exited(1)

  private func scenario() throws -> MessageStage {
    let stage = try MessageStage(["*": "g"], ["quiet": "\"10ms\"", "maxInterruptions": "0"])
    stage.makeIPC("g")
    // The job's own message is the last one: what is said before it is context, and may have failed.
    try stage.group(
      "g", agent: stage.note + "; case \"$in\" in *'\"text\":\"@bob bad\"'*) exit 1;; esac",
      #""trigger": "@bob", "slots": 2"#)
    try stage.say("m1", "one", chat: "ben", id: "1")
    try stage.say("m2", "@bob bad", chat: "ann", id: "2")
    try stage.say("m3", "@bob three", chat: "ben", id: "3")
    try stage.input("g", "a.json", #"{"text": "said"}"#)
    try stage.input("g", "b.json", #"{"text": "taken"}"#)
    stage.spool.shell("touch ipc/g/taken/b")
    return stage
  }

  /// - Parameter wasKilled: between a result and the note that its chat was answered: what was answered may be told once more.
  private func check(_ stage: MessageStage, _ fault: String, wasKilled: Bool = false) throws {
    let lines = try stage.lines()
    #expect(
      !lines.isEmpty && lines.allSatisfy { $0.job == "m2" }, "\(fault): the chat was told \(lines)\n\(stage.spool.log)")
    #expect(Set(lines.map(\.id)).count == 1 && lines.filter { $0.attempt == 1 }.count <= 1, "\(fault): \(lines)")
    #expect(try stage.lines("ben").isEmpty, "\(fault)")
    let texts = stage.texts
    #expect(texts.contains(["@bob bad"]) && texts.contains(["said"]), "\(fault): \(texts)\n\(stage.spool.log)")
    // Which of the two comes first is not said; the context is that of those that were before.
    #expect(texts.contains { $0.last == "@bob three" }, "\(fault): \(texts)")
    #expect(!texts.contains { $0.contains("taken") }, "\(fault): \(texts)")
    #expect(try stage.spool.result("m1").code == "no-trigger" && stage.spool.result("m2").status == "failed")
    #expect(try stage.spool.result("m3").isSuccess && stage.spool.result("g.a").isSuccess, "\(fault)")
    #expect(stage.names("ipc/g/input").isEmpty && stage.names("ipc/g/taken").isEmpty, "\(fault)")
    #expect(stage.names("done/ipc/g") == ["input-a.json", "input-b.json"], "\(fault)")
    for folder in ["inbox", "processing/outbox", "deferred", "outbox", "errors/outbox"] {
      #expect(stage.names(folder).isEmpty, "\(fault): \(folder) has \(stage.names(folder))")
    }
    #expect(stage.names("processing").filter { $0 != "outbox" && $0 != "ipc" }.isEmpty, "\(fault)")
    // Nothing that was answered is told again.
    try stage.say("n1", "@bob last", chat: "ben", id: "9")
    try stage.spool.drain()
    #expect(stage.texts.last?.last == "@bob last", "\(fault)")
    if !wasKilled { #expect(stage.texts.last?.contains("@bob three") == false, "\(fault)") }
  }

  @Test("whatever durable step SIGKILL comes in place of, each message is worked on or told, and none is lost")
  func kill() throws {
    try FaultSteps(what: "kill", least: 70).each { fault in
      let stage = try scenario()
      let wasMet = try stage.spool.drain(fault: fault, end: Self.end)
      if wasMet { try stage.spool.drain() }
      try check(stage, fault, wasKilled: wasMet)
      return wasMet
    }
  }

  @Test(
    "whatever durable step fails once, each message is worked on or told, and none is lost",
    arguments: [("EIO:write", 12), ("ENOSPC:create", 12), ("EIO:sync", 16), ("EIO:rename", 20)])
  func failsOnce(what: String, least: Int) throws {
    try FaultSteps(what: what, least: least).each { fault in
      let stage = try scenario()
      let wasMet = try stage.spool.drain(fault: fault, end: Self.end)
      if wasMet { try stage.spool.drain() }
      try check(stage, fault)
      return wasMet
    }
  }
}
