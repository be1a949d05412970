import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What others wait for is taken away by a person.
@Suite(.timeLimit(.minutes(60))) struct AfterLostTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool(["slots": "4", "afterTimeout": "\"500ms\""]) }

  private static let later = #"{"run": "true", "notBefore": "2199-01-01T00:00:00Z"}"#

  /// A runner that has read a job `x` which waits for `a`, and waited for longer than afterTimeout.
  private func startWaiting() throws -> RunnerProcess {
    let runner = try spool.start()
    try spool.drop("x", #"{"run": "true", "after": "a"}"#)
    try spool.drop("marker", #"{"run": "true", "after": "nobody"}"#)
    #expect(try spool.ended("marker").status == "dependency-missing")
    #expect(spool.has("inbox/x.json"))
    return runner
  }

  /// A job `a` that was tried once and waits for its next attempt.
  private func deferA() throws {
    try spool.drop("a", #"{"run": "exit 1", "retry": {"attempts": 2, "delay": "1h", "maxDelay": "1h"}}"#)
    let runner = try spool.start()
    #expect(eventually(within: 30) { spool.has("deferred/a.json") })
    runner.kill()
  }

  @Test(
    "one that waited for its next attempt and was deleted is missed, also when that was while nobody ran",
    arguments: [true, false])
  func deferred(isRunning: Bool) throws {
    try deferA()
    var runner = try startWaiting()
    if !isRunning { runner.kill() }
    spool.shell("rm deferred/a.*")
    if !isRunning { runner = try spool.start() }
    #expect(try spool.ended("x").status == "dependency-missing")
    runner.kill()
  }

  @Test("one that waited for its next attempt and was moved to errors has failed, and to held is waited for")
  func deferredMoved() throws {
    try deferA()
    let runner = try startWaiting()
    spool.shell("mv deferred/a.json held/")
    try spool.drop("again", #"{"run": "true", "after": "nobody"}"#)
    #expect(try spool.ended("again").status == "dependency-missing")
    #expect(spool.has("inbox/x.json"))
    spool.shell("mv held/a.json errors/")
    #expect(try spool.ended("x").status == "dependency-failed")
    runner.kill()
  }

  @Test("one that was put aside has failed when it is cancelled, and is missed when it is deleted")
  func held() throws {
    for (line, status) in [("mv held/a.json errors/", "dependency-failed"), ("rm held/a.json", "dependency-missing")] {
      try spool.drop("a", Self.later, in: .held)
      let runner = try startWaiting()
      spool.shell(line)
      #expect(try spool.ended("x").status == status)
      runner.kill()
      spool.shell("rm errors/*.json")
    }
  }

  @Test(
    "a drop that is cancelled has failed, also where an earlier job holds its name",
    arguments: ["errors/a~2.json", "errors/"])
  func numbered(target: String) throws {
    try spool.drop("a", #"{"run": "true"}"#)
    try spool.drain()
    try spool.drop("a", Self.later)
    let runner = try startWaiting()
    spool.shell("mv inbox/a.json '\(target)'")
    #expect(try spool.ended("x").status == "dependency-failed")
    #expect(try spool.result("a~2").status == "cancelled" && spool.result("a").isSuccess)
    runner.kill()
  }

  @Test("one that is replaced while it waits is still waited for")
  func replaced() throws {
    try spool.drop("a", Self.later)
    let runner = try startWaiting()
    try spool.drop("a", #"{"run": "true"}"#)
    #expect(try spool.ended("x").isSuccess)
    runner.kill()
  }
}
