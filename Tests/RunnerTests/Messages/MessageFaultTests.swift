import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// A fault at every durable step while messages are worked on, fail, and are said to a running job.
@Suite(.timeLimit(.minutes(60))) struct MessageFaultTests {
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
    var step = 0
    while true {
      step += 1
      let stage = try scenario()
      let end = try stage.spool.start(drain: true, environment: ["BOBBIN_FAULT=kill@\(step)"]).end(within: 30)
      try stage.spool.drain()
      try check(stage, "SIGKILL at \(step)", wasKilled: end == .signalled(9))
      if end != .signalled(9) {
        #expect(step > 20, "no fault was injected: is this a debug build?")
        return
      }
    }
  }

  @Test(
    "whatever durable step fails once, each message is worked on or told, and none is lost",
    arguments: ["EIO:write", "ENOSPC:create", "EIO:sync", "EIO:rename"])
  func failsOnce(what: String) throws {
    var step = 0
    var quiet = 0
    // The runner of a plan that is past its last step meets no fault; which that is only its log tells.
    while quiet < 2, step < 60 {
      step += 1
      let stage = try scenario()
      let end = try stage.spool.start(drain: true, environment: ["BOBBIN_FAULT=\(what)@\(step)"]).end(within: 30)
      #expect(end != nil, "\(what)@\(step): the runner hangs\n\(stage.spool.tree)\n\(stage.spool.log)")
      let told = stage.spool.log.split(separator: "\n").contains {
        $0.contains("\"error\"") || $0.contains("\"warn\"") && !$0.contains("job-")
      }
      quiet = told || end != .exited(0) && end != .exited(1) ? 0 : quiet + 1
      try stage.spool.drain()
      try check(stage, "\(what)@\(step)")
    }
  }
}
