import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// Engines of one suite alone, whose daemon it may do anything to.
struct OwnEngines: SuiteTrait, TestScoping {
  /// Their folder, and what a program needs to mean them.
  struct Place: Sendable {
    let path: String
    var environment: [String] {
      [
        "CONTAINERS_CONF=\(path)/containers.conf", "CONTAINERS_STORAGE_CONF=\(path)/storage.conf",
        "DOCKER_HOST=unix://\(path)/docker.sock",
      ]
    }

    /// `Tests/engines VERB`.
    func call(_ verb: String, _ more: String = "") throws {
      let called = Command.shell("'\(Self.script)' \(verb) '\(path)' \(more)")
      try #require(called.isSuccess, "\(called.text)")
    }

    /// A signal for dockerd itself.
    func signalDaemon(_ name: String) {
      #expect(Command.shell("kill -\(name) $(cat '\(path)/docker.pid')").text == "")
    }

    private static let script =
      #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/engines"
  }

  @TaskLocal static var place: Place?

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    // A plain and short path: sockets lie in it.
    let place = Place(path: "/tmp/bobbin-own-\(UInt32.random(in: 0 ... .max))")
    defer { try? place.call("down") }
    try place.call("up")
    try await Self.$place.withValue(place) { try await function() }
  }
}

/// A daemon that dies or hangs while its containers run.
@Suite(.serialized, .timeLimit(.minutes(60)), .enabled(if: Need.docker, "\(Need.dockerSays)"), OwnEngines())
struct ContainerDaemonTests {
  private let engines: OwnEngines.Place
  private let stage: GroundSpool
  private let word = ContainerStubbornTests.word()

  init() throws {
    engines = try #require(OwnEngines.place)
    stage = try GroundSpool(.docker, ["slots": "3"], environment: engines.environment)
  }

  /// Lets a job go on that sleeps.
  private func wake() {
    for process in ProcessTable.all() where AttackedSpool.line(of: process) == "sleep \(word)" {
      ProcessTable.signal(process, SignalNumber.terminate)
    }
  }

  private func startJob(_ keys: [String: String] = [:]) throws {
    try stage.drop("x", "echo one; sleep \(word); echo two; echo '[3]' > $BOBBIN_RESULT; exit 3", keys)
    #expect(eventually { AttackedSpool.isAlive(word) }, "\(stage.spool.log)")
  }

  /// - Parameter attempts: that it may have taken.
  private func expectResult(attempts: ClosedRange<Int> = 1...1) throws {
    let result = try stage.spool.ended("x")
    #expect(result.text == "one\ntwo\n" && result.outcome?.exitCode == 3, "\(result.story)")
    #expect(result.outcome?.value != nil && attempts.contains(result.attemptsTotal))
    #expect(result.attempts.dropLast().allSatisfy { $0.signal == "SIGKILL" }, "\(result.attempts)")
  }

  @Test("a daemon that is killed and comes back while a job runs: the result is the job's own")
  func killed() throws {
    try startJob(["retry": #"{"attempts": 2, "delay": 0}"#])
    try engines.call("daemon-stop", "KILL")
    #expect(AttackedSpool.isAlive(word))
    try stage.spool.drop("y", #"{"run": "echo ok"}"#)
    #expect(try stage.spool.ended("y").isSuccess)
    try engines.call("daemon-start")
    // docker 20.10 itself ends what was started with `--rm` when it begins again, also where "live-restore" is on; the job
    // then runs a second time. Whether it did is to be seen only afterwards.
    #expect(
      eventually {
        wake()
        return (try? stage.spool.resultIfAny("x")) ?? nil != nil
      })
    try expectResult(attempts: 1...2)
    stage.finish()
  }

  @Test(
    "a job ends, and another is cancelled, while the daemon is dead: both are told, and nothing is left when it is back"
  )
  func endedMeanwhile() throws {
    try startJob()
    let other = ContainerStubbornTests.word()
    try stage.drop("z", "trap '' TERM; sleep \(other); sleep \(other)", ["grace": "\"200ms\""])
    #expect(eventually { AttackedSpool.isAlive(other) })
    try engines.call("daemon-stop", "KILL")
    wake()
    stage.spool.shell("touch processing/z.cancel")
    try expectResult()
    #expect(try stage.spool.ended("z").code == "cancelled")
    #expect(!AttackedSpool.isAlive(other))
    // And one that comes now waits for it.
    try stage.drop("late", "echo late")
    #expect(eventually { stage.spool.has("deferred/late.run.json") }, "\(stage.spool.tree) \(stage.spool.log)")
    #expect(try stage.spool.record(.deferred, "late").attemptsUsed == 0)
    try engines.call("daemon-start")
    #expect(try stage.spool.ended("late").text == "late\n")
    #expect(eventually { stage.containers.isEmpty })
    stage.finish()
  }

  @Test("a daemon that hangs holds up no other job, and no cancel")
  func frozen() throws {
    try startJob()
    let other = ContainerStubbornTests.word()
    try stage.drop("z", "sleep \(other)")
    #expect(eventually { AttackedSpool.isAlive(other) })
    engines.signalDaemon("STOP")
    defer { engines.signalDaemon("CONT") }
    wake()
    stage.spool.shell("touch processing/z.cancel")
    #expect(eventually { !AttackedSpool.isAlive(other) && !AttackedSpool.isAlive(word) })
    try stage.spool.drop("y", #"{"run": "echo ok"}"#)
    #expect(try stage.spool.ended("y").isSuccess)
    engines.signalDaemon("CONT")
    try expectResult()
    #expect(try stage.spool.ended("z").code == "cancelled")
    stage.finish()
  }

  @Test("after a crash of runner and daemon a job waits until it is known that nothing of it runs")
  func crashedBoth() throws {
    try startJob()
    try engines.call("daemon-stop", "KILL")
    stage.runner.kill()
    try stage.startAgain()
    try stage.spool.drop("y", #"{"run": "echo ok"}"#)
    #expect(try stage.spool.ended("y").isSuccess)
    #expect(stage.spool.has("processing/x.json") && stage.spool.logged("engine-silent") >= 1, "\(stage.spool.log)")
    try engines.call("daemon-start")
    #expect(eventually { AttackedSpool.isAlive(word) })
    wake()
    let result = try stage.spool.ended("x")
    #expect(
      result.text == "one\ntwo\n" && result.attempts.map(\.status) == ["interrupted", "failed"], "\(result.story)")
    stage.finish()
  }
}
