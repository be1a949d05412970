import Jobs
import Platform
import TestSupport
import Testing

/// That nothing of a job outlives it, however it is ended.
@Suite(.timeLimit(.minutes(60))) struct ContainerStubbornTests {
  /// A number of seconds that is nobody else's, by which a sleeper is found on the machine.
  static func word() -> String { "1000.\(UInt32.random(in: 1_000_000 ... .max))" }

  /// Every way out at once: sessions of their own, double forks, no ear for SIGTERM, stopped.
  private static func stubborn(_ word: String) -> String {
    """
    setsid sh -c 'trap "" TERM HUP INT; sleep \(word) & sleep \(word)' & (setsid sh -c 'trap "" TERM; sleep \(word)' &)
    (sh -c 'kill -STOP $$; sleep \(word)' &); trap '' TERM; sleep \(word); sleep \(word)
    """
  }

  @Test("a timeout and a cancel end everything of a job, whatever it does against it", arguments: JobGround.all)
  func ended(ground: JobGround) throws {
    let stage = try GroundSpool(ground, ["slots": "2"])
    let (late, cancelled) = (Self.word(), Self.word())
    try stage.warm()
    try stage.drop("late", Self.stubborn(late), ["timeout": "\"400ms\"", "grace": "\"200ms\""])
    let result = try stage.spool.ended("late")
    #expect(result.status == "timed-out" && result.code == "timed-out", "\(result.story)")
    #expect(!AttackedSpool.isAlive(late), "when its result shows")
    try stage.drop("cancelled", "echo so far; " + Self.stubborn(cancelled), ["grace": "\"200ms\""])
    #expect(eventually { AttackedSpool.isAlive(cancelled) })
    stage.spool.shell("touch processing/cancelled.cancel")
    let second = try stage.spool.ended("cancelled")
    #expect(second.status == "cancelled" && second.text == "so far\n", "\(second.story)")
    #expect(!AttackedSpool.isAlive(cancelled), "when its result shows")
    let after = try stage.run("echo well")
    #expect(after.text == "well\n", "\(after.story)")
    stage.finish()
  }

  @Test("who is asked to end has its grace also when the first process ends at once", arguments: JobGround.all)
  func grace(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let wasUp = try withMoreTime { time in
      let result = try stage.run(
        """
        sh -c 'trap "sleep 0.4; echo x > saved; exit" TERM; echo up; while :; do sleep 0.02; done' & exec sleep 1000
        """, ["timeout": "\"\(time)ms\"", "grace": "\"30s\""])
      #expect(result.status == "timed-out", "\(result.story)")
      guard result.text.hasPrefix("up\n") else { return false }
      #expect(stage.spool.has("errors/\(result.id.text).files/saved"))
      #expect(
        (result.runSeconds ?? .zero) < .milliseconds(time + 25_000), "it did not wait for all of the grace")
      return true
    }
    #expect(wasUp)
    stage.finish()
  }

  @Test("what a job leaves running is counted and ended before it settles", arguments: JobGround.all)
  func leftover(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let word = Self.word()
    let result = try stage.run(
      "setsid sleep \(word) & (sleep \(word) &) ; sh -c 'trap \"echo told\" TERM; echo up; sleep \(word)' & while ! [ -e up ]; do [ -s out ] || :; sleep 0.1; : > up; done; exit 0"
    )
    #expect(result.isSuccess && (3...5).contains(result.leftover ?? 0), "\(result.leftover ?? 0) \(result.story)")
    #expect(!AttackedSpool.isAlive(word))
    let none = try stage.run("sleep 0.01 & wait")
    #expect(none.isSuccess && none.leftover == nil, "\(none.story)")
    stage.finish()
  }

  @Test("a job that kills all it can ends itself, and no other job", arguments: JobGround.isolated)
  func killer(ground: JobGround) throws {
    let stage = try GroundSpool(ground, ["slots": "2"], group: ground.isKept ? ["slots": "2"] : [:])
    let word = Self.word()
    try stage.drop("quiet", "sleep \(word)")
    #expect(eventually { AttackedSpool.isAlive(word) })
    let all = try stage.run("trap '' TERM; kill -9 -1; kill -9 1; kill -TERM 1; kill -9 0; exit 4", ["retry": "1"])
    #expect(all.status == "failed" && all.outcome?.signal == "SIGKILL", "\(all.story)")
    #expect(AttackedSpool.isAlive(word) && stage.runner.isAlive)
    let after = try stage.run("echo well")
    #expect(after.text == "well\n", "\(after.story)")
    stage.spool.shell("touch processing/quiet.cancel")
    #expect(try stage.spool.ended("quiet").code == "cancelled")
    stage.finish()
  }

  @Test(
    "a cancel is heard before the start, while the container is made, and while the job runs", arguments: JobGround.all)
  func cancelled(ground: JobGround) throws {
    let stage = try GroundSpool(ground, ["slots": "1"])
    try stage.warm()
    let word = Self.word()
    try stage.drop("running", "sleep \(word)")
    #expect(eventually { AttackedSpool.isAlive(word) })
    try stage.drop("waiting", "touch /bobbin/job/ran")
    #expect(eventually { stage.spool.has("inbox/waiting.json") })
    stage.spool.shell("mv inbox/waiting.json errors/ && touch processing/running.cancel")
    for id in ["waiting", "running"] { #expect(try stage.spool.ended(id).code == "cancelled") }
    #expect(!AttackedSpool.isAlive(word))
    // A box that stays is there already: one with other limits has to be made first.
    for (index, keys) in [[:], ["limits": #"{"scratch": "8m"}"#]].enumerated() {
      let id = "made-\(index)"
      try stage.drop(id, "sleep \(word)", keys)
      #expect(eventually { stage.spool.has("processing/\(id).json") })
      stage.spool.shell("touch processing/\(id).cancel")
      let result = try stage.spool.ended(id)
      #expect(result.status == "cancelled", "\(result.story)")
      #expect(!AttackedSpool.isAlive(word))
    }
    let after = try stage.run("echo well")
    #expect(after.text == "well\n", "\(after.story)")
    stage.finish()
  }
}
