import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// Deaths and faults at every step of a delivery: each message is delivered at least once, a repeat has a higher attempt, and
/// none is ever lost, torn or in two places.
@Suite("Deliveries through deaths", .timeLimit(.minutes(60))) struct OutboxDeathTests {
  /// Of a runner that meets no fault: messages are no jobs.
  private static let end = ProcessEnd.Cause.exited(0)

  private static let messages = [
    "good": #"{"to": "ops:a", "text": "good"}"#,
    "later": #"{"to": "ops:a", "text": "later", "id": "own-id"}"#,
    "never": #"{"to": "ops:b", "text": "never"}"#,
    "bad": #"{"to": "ops", "txt": "bad"}"#,
    "again": #"{"to": "ops:c", "text": "again"}"#,
  ]

  /// One that is delivered, one that is at the second attempt, one that never is, one that is refused; and one that failed
  /// before and is tried again by hand.
  private func stage() throws -> OutboxStage {
    let stage = try OutboxStage(
      [
        "ops": OutboxStage.shell(
          "case $m in *never*) exit 65;; *later*) test $BOBBIN_ATTEMPT != 1 || exit 1;; *again*) test -e HERE/mended || exit 65;; esac",
          OutboxStage.quickRetry)
      ], ["quiet": "\"10ms\""])
    try drop("again", stage)
    try stage.spool.drain()
    #expect(try stage.result("again").status == .failed)
    try stage.spool.place.write("mended", "")
    stage.spool.shell("mv errors/outbox/again.json outbox/")
    for name in ["good", "later", "never", "bad"] { try drop(name, stage) }
    return stage
  }

  private func drop(_ name: String, _ stage: OutboxStage) throws {
    try stage.spool.replace("outbox/\(name).json", Self.messages[name] ?? "")
  }

  /// What is wrong at any moment.
  private func faults(_ stage: OutboxStage) throws -> [String] {
    var faults: [String] = []
    for (name, text) in Self.messages {
      let homes = ["outbox", "processing/outbox", "done/outbox", "errors/outbox"].filter {
        stage.spool.has("\($0)/\(name).json")
      }
      if homes.count != 1 { faults.append("\(name) is in \(homes)") }
      for home in homes where try stage.spool.text("\(home)/\(name).json") != text {
        faults.append("\(name) has other bytes")
      }
      for home in ["done/outbox", "errors/outbox"] where stage.spool.has("\(home)/\(name).result.json") {
        let bytes = Array(try stage.spool.text("\(home)/\(name).result.json").utf8)
        if (try? MessageRecord.decode(bytes))?.status.isFinal != true {
          faults.append("the result of \(name) is not whole")
        }
      }
    }
    return faults
  }

  /// What is wrong at the end.
  private func checkEnd(_ stage: OutboxStage, _ fault: String) throws {
    let faults = try faults(stage)
    #expect(faults.isEmpty, "\(faults) after \(fault)\n\(stage.tree)\n\(stage.spool.log)")
    for (name, status) in [
      ("good", MessageRecord.Status.delivered), ("later", .delivered), ("never", .failed), ("bad", .refused),
      ("again", .delivered),
    ] {
      let result = try stage.result(name)
      #expect(result.status == status, "\(name) after \(fault): \(result.reason ?? "")\n\(stage.spool.log)")
      let home = status == .delivered ? "done/outbox" : "errors/outbox"
      #expect(
        stage.spool.has("\(home)/\(name).json") && stage.spool.has("\(home)/\(name).result.json"), "after \(fault)")
    }
    #expect(
      try stage.spool.names(.outbox).isEmpty && stage.spool.names(.sending).isEmpty, "after \(fault)\n\(stage.tree)")
    let got = try stage.got()
    for id in ["good", "own-id", "never", "again"] {
      let attempts = got.filter { $0.id == id }.map(\.attempt)
      #expect(
        !attempts.isEmpty && attempts == Array(Set(attempts)).sorted(), "\(id) came as \(attempts) after \(fault)")
    }
    #expect(got.filter { $0.id == "again" }.allSatisfy { $0.attempt == 1 } == false)
    let history = try stage.result("again").attempts.map(\.number)
    #expect(history == Array(1...max(1, history.count)), "the history of again after \(fault): \(history)")
  }

  @Test("whatever durable step SIGKILL comes in place of, each message is delivered, and a repeat says that it is one")
  func kill() throws {
    try FaultSteps(what: "kill", least: 60).each { fault in
      let stage = try stage()
      let wasMet = try stage.spool.drain(fault: fault, end: Self.end)
      #expect(try faults(stage) == [], "\(fault)\n\(stage.tree)")
      if wasMet { try stage.spool.drain() }
      try checkEnd(stage, fault)
      return wasMet
    }
  }

  @Test(
    "a message whose name cannot be kept is refused and not delivered, whatever durable step SIGKILL comes in place of",
    arguments: [("-n", "-n"), (#"$(printf '\377')"#, "\u{FFFD}")])
  func killNameless(name: String, shown: String) throws {
    try FaultSteps(what: "kill", least: 6).each { fault in
      let stage = try OutboxStage(["ops": OutboxStage.shell("exit 0")])
      stage.spool.shell("printf '%s' '\(Self.messages["good"] ?? "")' > t && mv t \"outbox/\(name).json\"")
      let wasMet = try stage.spool.drain(fault: fault, end: .exited(0))
      if wasMet { try stage.spool.drain() }
      let left = try stage.spool.names(.failedMessages)
      #expect(try left.count == 2 && stage.got().isEmpty, "\(fault)\n\(stage.tree)")
      let refused = try #require(left.first)
      let result = try stage.result(String(refused.dropLast(5)))
      #expect(result.status == .refused && result.droppedAs == shown, "\(fault)")
      #expect(try stage.spool.names(.outbox).isEmpty && stage.spool.names(.sending).isEmpty, "\(fault)")
      return wasMet
    }
  }

  @Test("whatever durable step fails once, nothing is lost", arguments: [("EIO", 60), ("ENOSPC:write", 8)])
  func failsOnce(what: String, least: Int) throws {
    try FaultSteps(what: what, least: least).each { fault in
      let stage = try stage()
      let wasMet = try stage.spool.drain(fault: fault, end: Self.end)
      if wasMet { try stage.spool.drain() }
      try checkEnd(stage, fault)
      return wasMet
    }
  }

  @Test("of the delivery of a runner that is killed nothing is alive when the next makes another attempt")
  func killed() throws {
    let stage = try OutboxStage([
      "ops": OutboxStage.shell(
        "test $BOBBIN_ATTEMPT = 2 && { grep -q '^[^)]*) [^Z]' /proc/$(cat HERE/child)/stat 2>&- && touch HERE/overlap; exit 0; }; "
          + "setsid sleep 1000 & echo $! > HERE/child; echo $$ > HERE/pid; wait")
    ])
    try stage.drop("x", "ops")
    let runner = try stage.spool.start()
    #expect(eventually { (try? stage.spool.place.text("pid"))?.hasSuffix("\n") == true })
    runner.kill()
    func pid(_ file: String) throws -> Int32 {
      try #require(Int32(stage.spool.place.text(file).split(separator: "\n").first ?? ""))
    }
    let (shell, child) = (try pid("pid"), try pid("child"))
    #expect(eventually { ProcessTable.facts(shell)?.isZombie != false })
    // What a shell started does not die with it.
    #expect(ProcessTable.facts(child)?.isZombie == false)
    try stage.spool.drain()
    #expect(ProcessTable.facts(child)?.isZombie != false)
    #expect(try !stage.spool.place.folder.has("overlap"))
    let result = try stage.result("x")
    #expect(result.attempts.map(\.status) == ["interrupted", "delivered"] && result.attemptsUsed == 1)
    #expect(try stage.got().map(\.attempt) == [1, 2])
  }

  @Test("TERM lets the delivery under way end, and takes no more")
  func terminated() throws {
    let stage = try OutboxStage(
      ["ops": OutboxStage.shell("until test -e HERE/go; do sleep 0.02; done")], ["grace": "\"60s\""])
    try stage.drop("a", "ops")
    try stage.drop("b", "ops")
    let runner = try stage.spool.start()
    #expect(try eventually { try stage.got().count == 1 })
    runner.signal(SignalNumber.terminate)
    #expect(eventually { stage.spool.logged("runner-stopping") == 1 })
    stage.spool.shell("touch '\(stage.path)/go'")
    #expect(runner.end(within: 50) == .exited(0))
    #expect(try stage.result("a").status == .delivered)
    #expect(stage.spool.has("outbox/b.json") && !stage.spool.has("outbox/b.run.json"))
  }

  @Test("one that does not end by the grace is stopped, and goes back uncounted and due at once")
  func stopped() throws {
    let stage = try OutboxStage(
      ["ops": OutboxStage.shell("test $BOBBIN_ATTEMPT = 2 && exit 0; trap '' TERM; while :; do sleep 0.05; done")],
      ["grace": "\"200ms\""])
    try stage.drop("x", "ops")
    let runner = try stage.spool.start()
    #expect(try eventually { try stage.got().count == 1 })
    runner.signal(SignalNumber.terminate)
    #expect(runner.end(within: 50) == .exited(0))
    let waiting = try #require(try stage.waiting("x"), "\(stage.tree)\n\(stage.spool.log)")
    #expect(waiting.attempts.map(\.status) == ["stopped"] && waiting.attempts.map(\.counted) == [false])
    try stage.spool.drain()
    #expect(try stage.result("x").attempts.map(\.number) == [1, 2] && stage.result("x").attemptsUsed == 1)
  }

  @Test("a drop of the name of one that waits for its next attempt is another message, with another id")
  func nameTaken() throws {
    let stage = try OutboxStage([
      "ops": OutboxStage.shell(
        "case $m in *first*) until test -e HERE/go; do sleep 0.02; done; test $BOBBIN_ATTEMPT = 2 || exit 1;; esac",
        #", "retry": {"attempts": 2, "delay": "300ms"}"#)
    ])
    try stage.drop("x", "ops:a", "first")
    let runner = try stage.spool.start()
    #expect(try eventually { try stage.got().count == 1 })
    try stage.drop("x", "ops:a", "second")
    #expect(eventually { stage.spool.has("outbox/x.json") })
    stage.spool.shell("touch '\(stage.path)/go'")
    #expect(try eventually(within: 60) { try stage.got().count == 3 })
    // The second one waits for the first, as it is to the same address, and its id is another.
    #expect(
      try stage.got().map { "\($0.text) \($0.id) \($0.attempt)" } == ["first x 1", "first x 2", "second x~2 1"])
    runner.signal(SignalNumber.terminate)
    #expect(runner.end(within: 50) == .exited(0))
    #expect(try stage.spool.names(.outbox).isEmpty, "\(stage.tree)")
  }

  @Test("of the two renames back to the outbox a power loss may leave the second alone: the message keeps its record")
  func halfBack() throws {
    let stage = try OutboxStage(
      ["ops": OutboxStage.shell("test -e HERE/mended || exit 1", #", "retry": {"attempts": 9, "delay": "1h"}"#)])
    try stage.drop("x", "ops:a")
    let runner = try stage.spool.start()
    try #require(eventually { stage.spool.has("outbox/x.json") && stage.spool.has("outbox/x.run.json") })
    runner.kill()
    stage.spool.shell("mv outbox/x.json processing/outbox/ && touch outbox/x.run.json")
    let next = try stage.spool.start()
    // Back where it was, with what is known of it.
    try #require(eventually { stage.spool.has("outbox/x.json") })
    #expect(eventually { stage.spool.has("outbox/x.run.json") && !stage.spool.has("processing/outbox/x.run.json") })
    next.kill()
    try stage.spool.place.write("mended", "")
    stage.spool.shell("touch outbox/x.run.json")
    try stage.spool.drain()
    #expect(try stage.result("x").attemptsTotal == 2)
    #expect(stage.spool.shell("ls outbox processing/outbox").text.contains("x.") == false)
  }
}
