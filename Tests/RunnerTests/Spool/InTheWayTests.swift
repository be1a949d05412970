import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What stands in the way of one job holds up no other, and loses nothing.
@Suite(.timeLimit(.minutes(60))) struct InTheWayTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool() }

  @Test(
    "a file of the inbox that cannot be moved stays, and the others run",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"), arguments: ["a job", "a folder"])
  func immovable(kind: String) throws {
    if kind == "a job" {
      try spool.drop("x", #"{"run": "true", "priority": 100}"#)
      spool.shell("mount --bind inbox/x.json inbox/x.json")
    } else {
      spool.shell("mkdir inbox/x.json && mount -t tmpfs none inbox/x.json")
    }
    defer { spool.shell("umount inbox/x.json") }
    for name in ["a", "b"] { try spool.drop(name, #"{"run": "true"}"#) }
    let runner = try spool.start(drain: true)
    #expect(runner.end() == .exited(0))
    #expect(try spool.result("a").isSuccess && spool.result("b").isSuccess)
    #expect(spool.has("inbox/x.json") && runner.text.contains("x.json"), "\(runner.text)")
  }

  @Test(
    "messages that cannot be moved stay, and the others go out, also those that came later",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func immovableMessages() throws {
    let stage = try OutboxStage(["c": OutboxStage.shell("true")])
    try stage.drop("x", "c")
    try stage.spool.replace("outbox/bad.json", "{")
    for name in ["x", "bad"] { stage.spool.shell("mount --bind outbox/\(name).json outbox/\(name).json") }
    for name in ["a", "b"] { try stage.drop(name, "c") }
    try stage.spool.replace("outbox/worse.json", "[]")
    let runner = try stage.spool.start(drain: true)
    #expect(runner.end() == .exited(0))
    #expect(try Set(stage.got().map(\.id)) == ["a", "b"] && stage.resultIfAny("worse")?.status == .refused)
    #expect(runner.text.contains("outbox/x.json") && runner.text.contains("outbox/bad.json"), "\(runner.text)")
    for name in ["x", "bad"] { stage.spool.shell("umount outbox/\(name).json") }
    try stage.spool.drain()
    #expect(try stage.got().map(\.id).last == "x" && stage.resultIfAny("bad")?.status == .refused)
  }

  @Test("files under a running job's names in 'deferred' are set aside when it comes there", arguments: [false, true])
  func inDeferred(recovered: Bool) throws {
    let line = "[ $BOBBIN_ATTEMPT = 2 ] || { \(spool.untilLetGo); exit 75; }"
    try spool.drop("x", #"{"run": "\#(line)", "retry": {"delay": 0}}"#)
    let runner = try spool.start()
    try #require(spool.begins("x"))
    spool.shell("echo hello > deferred/x.json; mkdir deferred/x.run.json")
    if recovered {
      runner.kill()
      try spool.drain()
    } else {
      try spool.drop("y", #"{"run": "true"}"#)
      #expect(try spool.ended("y").isSuccess)
      spool.letGo()
      #expect(try spool.ended("x").isSuccess)
      runner.kill()
    }
    #expect(try spool.result("x").isSuccess && spool.result("x").attemptsTotal == 2)
    #expect(
      spool.shell("cat deferred/x.json.displaced-1; ls deferred").text
        == "hello\nx.json.displaced-1\nx.run.json.displaced-1\n")
  }

  @Test("after a runner's death the job that had the key has it still, and one that came later waits")
  func keyAfterDeath() throws {
    try spool.drop("a", #"{"run": "sleep 1", "key": "k"}"#)
    let runner = try spool.start()
    try #require(spool.begins("a") && eventually { spool.shell("ls keys").text != "" })
    runner.kill()
    try spool.drop("b", #"{"run": "true", "key": "k"}"#)
    try spool.drain()
    #expect(try spool.result("a").isSuccess && spool.result("b").code == "key-reused", "\(spool.tree)")
  }

  @Test(
    "a job that cannot be put in order yet has its key and its place in its group",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func placeInDisorder() throws {
    try spool.replace("groups/g.json", #"{"ordered": true, "host": true}"#)
    let job = { (name: String) in
      #"{"group": "g", "key": "k", "run": "echo \#(name) >> '\#(spool.place.path)/order'"}"#
    }
    // It came after the one that is to be put in order, and before that was claimed.
    try spool.drop("b", #"{"group": "g", "run": "echo b >> '\#(spool.place.path)/order'"}"#)
    // Put off, and the runner died between the two renames.
    for (id, text) in [("a", job("a")), ("u", #"{"key": "u", "run": "true"}"#)] {
      try spool.replace("processing/\(id).json", text)
      try spool.replace(
        "deferred/\(id).run.json",
        #"{"id": "\#(id)", "status": "deferred", "submittedAt": "2026-11-28T12:00:00Z"}"#)
      spool.shell("mount --bind processing/\(id).json processing/\(id).json")
    }
    defer { spool.shell("umount processing/a.json processing/u.json") }
    let runner = try spool.start()
    try #require(eventually { spool.logged("recovery-failed") == 2 }, "\(spool.log)")
    // Whether by the key or by the group, neither goes before it; one that has nothing to do with it does.
    try spool.drop("c", #"{"key": "k", "run": "true"}"#)
    try spool.drop("v", #"{"key": "u", "run": "true"}"#)
    try spool.drop("d", #"{"group": "g", "key": "k", "run": "false"}"#)
    try spool.drop("e", #"{"run": "true"}"#)
    #expect(try spool.ended("c").isSuccess && spool.ended("e").isSuccess)  // keys are a group's own
    #expect(try !spool.has("done/b.json") && !spool.place.folder.has("order"), "\(spool.log)")
    spool.shell("umount processing/a.json processing/u.json")
    #expect(
      try spool.ended("u").outcome?.sameAs == nil && spool.ended("v").outcome?.sameAs?.text == "u", "\(spool.tree)")
    #expect(try spool.ended("a").isSuccess && spool.ended("b").isSuccess)
    #expect(try spool.ended("d").code == "key-reused", "\(spool.tree)")
    #expect(try spool.place.text("order") == "a\nb\n")
    runner.kill()
  }

  @Test("after a runner's death an ordered group goes on with the job that was cut short")
  func orderAfterDeath() throws {
    try spool.replace("groups/g.json", #"{"ordered": true, "host": true}"#)
    let job = { (name: String, line: String) in
      #"{"group": "g", "run": "echo \#(name) >> '\#(spool.place.path)/order'; \#(line)"}"#
    }
    try spool.drop("a", job("a", "[ $BOBBIN_ATTEMPT = 2 ] || sleep 100"))
    let runner = try spool.start()
    try #require(eventually { spool.has("processing/a.json") && spool.shell("cat ../order").text == "a\n" })
    try spool.drop("b", job("b", "true"))
    runner.kill()
    try spool.drain()
    #expect(spool.shell("cat ../order").text == "a\na\nb\n")
  }

  @Test("a waiting job that is written anew where it lies is not claimed before that is whole")
  func rewritten() throws {
    let folder = try spool.folder(.inbox)
    try spool.write(["slots": "1"])
    try spool.drop("first", #"{"run": "while [ ! -e '\#(spool.place.path)/go' ]; do sleep 0.01; done"}"#)
    let runner = try spool.start()
    defer { runner.kill() }
    try #require(spool.begins("first"))
    try spool.drop("x", #"{"run": "echo old"}"#)
    try spool.drop("y", #"{"run": "true", "priority": -1}"#)
    try #require(
      eventually {
        runner.signal(10)  // SIGUSR1: what it knows goes to the log
        return spool.log.contains("2 waiting")
      })
    do {
      let writer = try folder.update("x.json")
      spool.shell(": > inbox/x.json")
      try writer.write(Array(#"{"run": "#.utf8))
      spool.shell("touch ../go")
      #expect(try spool.ended("y").isSuccess)
      #expect(spool.has("inbox/x.json"), "\(spool.tree)")
      try writer.write(Array(#""echo new"}"#.utf8))
    }
    #expect(try spool.ended("x").stdout?.text == "new\n")
  }

  @Test("a deferred job that the disk takes half out of its folder keeps its history", arguments: 2...6)
  func halfResumed(rename: Int) throws {
    try spool.drop("x", #"{"run": "exit $((BOBBIN_ATTEMPT < 3))", "retry": {"attempts": 3, "delay": "1h"}}"#)
    let first = try spool.start()
    try #require(eventually { spool.has("deferred/x.json") && spool.has("deferred/x.run.json") })
    first.kill()
    spool.shell("touch deferred/x.run.json")
    let runner = try spool.start(
      environment: ["BOBBIN_FAULT=ENOSPC:rename@\(rename)", "BOBBIN_FAULT_NOTES=\(spool.place.path)"])
    defer { runner.kill() }
    // The second attempt, whichever rename was refused before it; the first of all is of `state/runner.json`, and ends it.
    try #require(eventually { (try? spool.record(.deferred, "x"))?.attemptsTotal == 2 }, "\(spool.tree)\n\(spool.log)")
    #expect(try spool.record(.deferred, "x").attemptsUsed == 2)
    #expect(eventually { spool.faultsMet == 1 }, "there is no rename \(rename)")
  }

  @Test("a retry that was taken back while it was claimed keeps its history")
  func takenBackAtOnce() throws {
    try spool.drop("x", #"{"run": "exit 3"}"#)
    try spool.drain()
    spool.shell("touch paused")
    let runner = try spool.start()
    defer { runner.kill() }
    try #require(eventually { spool.logged("runner-started") == 2 })
    // As it is between the two renames of a claim, and the job's file away again.
    spool.shell("mv errors/x.json .x && mv errors/x.result.json processing/x.run.json && mv .x errors/x.json")
    #expect(try spool.ended("x").status == "cancelled")
    #expect(try spool.result("x").attemptsTotal == 1)
    #expect(eventually { !spool.has("processing/x.run.json") })
  }
}
