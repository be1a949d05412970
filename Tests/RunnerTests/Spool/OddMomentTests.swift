import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What people do to the folders at moments that nobody foresaw.
@Suite(.timeLimit(.minutes(60))) struct OddMomentTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool() }

  @Test(
    "a folder or a record with a time far off stops nobody",
    arguments: ["1905-01-01", "2262-05-01", "2290-01-01", "2400-01-01"])
  func farTimes(day: String) throws {
    try spool.drop("x", #"{"run": "exit 75", "retry": {"attempts": 9, "delay": "1h"}}"#)
    let runner = try spool.start()
    try #require(eventually { spool.has("deferred/x.json") })
    spool.shell("touch -d \(day) . inbox errors deferred done deferred/x.run.json")
    try spool.drop("a", #"{"run": "true"}"#)
    #expect(try spool.ended("a").isSuccess)
    spool.shell("touch -d \(day) . inbox errors deferred done")
    #expect(runner.goesRound() && runner.isAlive)
    try spool.drop("b", #"{"run": "true"}"#)
    #expect(try spool.ended("b").isSuccess)
    // A due time past what nanoseconds hold is far ahead, not long past.
    if !day.hasPrefix("19") { #expect(try spool.record(.deferred, "x").attemptsTotal == 1) }
  }

  @Test("a FIFO in place of the log costs its lines, nothing else")
  func fifoAsLog() throws {
    spool.shell("mkfifo logs/bobbin.log")
    try spool.drop("x", #"{"run": "true"}"#)
    try spool.drain()
    #expect(try spool.result("x").isSuccess)
  }

  @Test("an inbox that cannot be opened is waited for, not asked without pause")
  func noInbox() throws {
    let runner = try spool.start()
    try #require(eventually { spool.logged("runner-started") == 1 })
    runner.signal(19)  // SIGSTOP: both names change between two looks
    spool.shell("mv inbox elsewhere && ln -s elsewhere inbox")
    runner.signal(18)
    try #require(eventually { spool.logged("folder-missing") > 0 })
    spool.shell("echo '{\"run\": \"true\"}' > elsewhere/.x && mv elsewhere/.x elsewhere/x.json")
    let (lines, rests) = (spool.log.utf8.count { $0 == UInt8(ascii: "\n") }, runner.rests)
    #expect(runner.goesRound())
    // A look that fails says so at most once, and there is a rest after it.
    #expect(spool.log.utf8.count { $0 == UInt8(ascii: "\n") } - lines <= 2 * (runner.rests - rests))
    spool.shell("rm inbox && mv -T elsewhere inbox")
    #expect(try spool.ended("x").isSuccess)
  }

  @Test("a job that goes on running is not run a second time when its file is moved back to the inbox")
  func backToInbox() throws {
    try spool.drop(
      "x",
      #"{"run": "mkdir '\#(spool.place.path)/alone' && \#(spool.untilLetGo); rmdir '\#(spool.place.path)/alone'"}"#)
    let runner = try spool.start()
    defer { runner.kill() }
    try #require(spool.begins("x"))
    spool.shell("mv processing/x.json inbox/")
    #expect(runner.goesRound())
    spool.letGo()
    let result = try spool.ended("x")
    #expect(result.isSuccess && result.attempts.map(\.status) == ["succeeded", "succeeded"])
  }

  @Test("a running job whose file is moved to errors is cancelled, and has one result")
  func toErrors() throws {
    try spool.drop("x", #"{"run": ["sleep", "600"]}"#)
    let runner = try spool.start()
    defer { runner.kill() }
    try #require(spool.begins("x"))
    spool.shell("mv processing/x.json errors/")
    #expect(try spool.ended("x").status == "cancelled")
    #expect(try spool.result("x").attemptsTotal == 1 && spool.names(.done).isEmpty && spool.processes.isEmpty)
  }

  @Test("a cancel that comes too late ends no later run")
  func lateCancel() throws {
    try spool.drop("x", #"{"run": "sleep 0.3; exit 75", "retry": {"attempts": 2, "delay": "3s"}}"#)
    spool.shell("touch processing/new.cancel")
    let runner = try spool.start()
    defer { runner.kill() }
    try #require(eventually { spool.has("deferred/x.json") })
    spool.shell("touch processing/x.cancel processing/y.cancel")
    try spool.drop("y", #"{"run": "sleep 0.3"}"#)
    #expect(try spool.ended("x").attempts.map(\.status) == ["failed", "failed"])
    #expect(try spool.ended("y").isSuccess)
  }

  @Test("a verdict that cannot be carried out at once is not forgotten: no second run under a key, no run of a circle")
  func verdictsStay() throws {
    try spool.drop("a", #"{"run": "true", "key": "k"}"#)
    try spool.drain()
    let runner = try spool.start()
    try #require(eventually { spool.logged("runner-started") == 2 })
    runner.signal(19)  // SIGSTOP: nothing is to be seen in between
    spool.shell("rm -r errors && touch errors")
    try spool.drop("b", #"{"run": "true", "key": "k"}"#)
    try spool.drop("c", #"{"run": "true", "after": ["d"]}"#)
    try spool.drop("d", #"{"run": "true", "after": ["c"]}"#)
    runner.signal(18)
    // Stopped within a scan it goes on with the folder that is gone: then it is not the claim that fails but the result.
    try #require(eventually { spool.logged("claim-failed") + spool.logged("disk-failed") > 0 })
    spool.shell("rm errors; mkdir -p -m 700 errors")
    #expect(try spool.ended("b").outcome?.sameAs == JobID(unchecked: "a"))
    for name in ["c", "d"] { #expect(try spool.ended(name).attemptsTotal == 0) }
    runner.kill()
  }

  @Test("a job that was claimed and cannot be read for want of descriptors is read later")
  func noDescriptor() throws {
    try spool.replace("paused", "wait")
    try spool.drop("x", #"{"run": "true"}"#)
    let runner = try spool.start()
    try #require(eventually { spool.logged("paused") == 1 })
    // The lowest number that is free while it rests, and not in the middle of a look.
    var free = Int.max
    let rests = runner.rests
    #expect(
      eventually {
        free = min(
          free, (0...).first { ((try? FileSystem.status(path: "/proc/\(runner.pid)/fd/\($0)")) ?? nil) == nil } ?? 0)
        return runner.rests >= rests + 10
      })
    spool.shell("prlimit --pid \(runner.pid) --nofile=\(free):; rm paused")
    try #require(eventually { !spool.has("inbox/x.json") })
    #expect(runner.goesRound())
    #expect(spool.has("processing/x.json") && !spool.has("done/x.result.json"))
    spool.shell("prlimit --pid \(runner.pid) --nofile=1000:")
    #expect(try spool.ended("x").isSuccess)
    // It could not be told at the time either.
    #expect(eventually { spool.logged("log-lines-dropped") > 0 })
    runner.kill()
  }

  @Test(
    "a folder where a record has to go is set aside, and holds nobody up",
    arguments: [
      "processing/x.run.json", "processing/.x.run.json.new", "processing/x.cancel", "state/runner.json",
      "processing/none.run.json", "processing/none.cancel",
    ])
  func folderInTheWay(name: String) throws {
    spool.shell("mkdir -p '\(name)'")
    try spool.drop("x", #"{"run": "true"}"#)
    try spool.drop("y", #"{"run": "true"}"#)
    try spool.drain()
    #expect(try spool.result("x").isSuccess && spool.result("y").isSuccess)
  }

  @Test(
    "a name too long for a record beside it is left alone, and holds nobody up", arguments: ["processing", "deferred"])
  func tooLong(folder: String) throws {
    let name = String(repeating: "n", count: 245)
    spool.shell("echo '{\"run\": \"true\"}' > \(folder)/\(name).json")
    try spool.drop("y", #"{"run": "true"}"#)
    try spool.drain()
    #expect(try spool.result("y").isSuccess && spool.has("\(folder)/\(name).json"))
  }

  @Test(
    "settings that are no file are told by the commands as by the runner",
    arguments: ["mkfifo settings.json", "mkdir settings.json", "ln -s /dev/zero settings.json"])
  func oddSettings(make: String) throws {
    spool.shell("rm settings.json; \(make)")
    #expect(try spool.start().end() == .exited(78))
    #expect(BobbinProgram.run(["config", "--spool", spool.path]).end == .exited(78))
    #expect(BobbinProgram.run(["status", "--spool", spool.path]).text.contains("not a regular file"))
  }

  @Test("a runner whose parent ignores SIGCHLD hears of its children's ends all the same")
  func childSignalIgnored() throws {
    try spool.drop("a", #"{"run": "exit 3"}"#)
    let program = BobbinProgram.program(BobbinProgram.runner(spool.path, drain: true), environment: [])
    let words = (["env", "--ignore-signal=CHLD", BobbinProgram.path] + program.arguments.dropFirst())
      .map { "'\($0)'" }.joined(separator: " ")
    #expect(Command.shell("timeout -k 1 30 \(words)").end == .exited(1))
    #expect(try spool.result("a").outcome?.exitCode == 3)
  }
}
