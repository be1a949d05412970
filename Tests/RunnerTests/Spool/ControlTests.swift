import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct ControlTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool() }

  // MARK: again

  @Test(
    "mv errors/x.json inbox/ runs it again under its id, with its history, a new budget, and without its old result")
  func retry() throws {
    let flag = spool.place.path + "/flag"
    try spool.drop("x", #"{"run": "echo $BOBBIN_ATTEMPT; test -e \#(flag)", "retry": {"attempts": 2, "delay": 0}}"#)
    try spool.drain()
    #expect(try spool.result("x").attemptsTotal == 2)
    spool.shell("touch '\(flag)'; mv errors/x.json inbox/")
    try spool.drain()
    let result = try spool.result("x")
    #expect(result.isSuccess && result.attempts.map(\.status) == ["failed", "failed", "succeeded"])
    #expect(result.stdout?.text == "3\n" && result.attemptsUsed == 1 && result.budgetStartedAt != nil)
    #expect(try spool.names(.errors).isEmpty && spool.names(.done) == ["x.json", "x.result.json"])
  }

  @Test("mv done/x.json inbox/ runs what has succeeded again")
  func again() throws {
    try spool.drop("x", #"{"run": "echo $BOBBIN_ATTEMPT; touch file"}"#)
    try spool.drain()
    spool.shell("mv done/x.json inbox/")
    try spool.drain()
    #expect(try spool.result("x").stdout?.text == "2\n" && spool.result("x").files == "x.2.files")
    #expect(spool.has("done/x.2.files/file") && spool.has("done/x.files/file"))
  }

  @Test("a refused file that is repaired and moved back runs under its id")
  func repaired() throws {
    try spool.drop("x", #"{"run": "true", "timout": 5}"#)
    try spool.drain()
    spool.shell("sed -i s/timout/timeout/ errors/x.json && mv errors/x.json inbox/")
    try spool.drain()
    #expect(try spool.result("x").isSuccess && spool.names(.errors).isEmpty)
  }

  @Test("a job that expired runs when it is retried by hand")
  func expired() throws {
    try spool.drop("x", #"{"run": "true", "expires": "2001-01-01T00:00:00Z"}"#)
    try spool.drain()
    #expect(try spool.result("x").status == "expired")
    spool.shell("mv errors/x.json inbox/")
    try spool.drain()
    #expect(try spool.result("x").isSuccess)
  }

  @Test("cp instead of mv gives a new id, and both results stand")
  func copied() throws {
    try spool.drop("x", #"{"run": "exit 1"}"#)
    try spool.drain()
    spool.shell("cp errors/x.json inbox/")
    try spool.drain()
    let second = try spool.result("x~2")
    #expect(second.droppedAs == "x" && second.attemptsTotal == 1)
    #expect(try spool.result("x").attemptsTotal == 1)
  }

  @Test("1,000 drops of one name, each after the last was claimed, become x, x~2 … x~1000")
  func thousand() throws {
    try spool.write(["slots": "4", "logLevel": "\"silent\""])
    let runner = try spool.start()
    let inbox = try spool.folder(.inbox)
    for _ in 1...1000 {
      try inbox.create("t").write(Array(#"{"run": ["true"]}"#.utf8))
      try inbox.move("t", to: inbox, as: "x.json")
      try #require(try eventually { try !inbox.has("x.json") })
    }
    try spool.ended("x~1000")
    #expect(eventually { ((try? spool.names(.done)) ?? []).count == 2000 })
    for number in [2, 3, 500, 999] { #expect(try spool.result("x~\(number)").droppedAs == "x") }
    #expect(!spool.has("done/x~1001.json") && !spool.has("done/x~1.json"))
    runner.kill()
  }

  // MARK: aside

  @Test("mv to held puts a job aside, and back lets it run")
  func held() throws {
    try spool.drop("x", #"{"run": "true"}"#, in: .held)
    try spool.drain()
    #expect(spool.has("held/x.json"))
    spool.shell("mv held/x.json inbox/")
    try spool.drain()
    #expect(try spool.result("x").isSuccess)
  }

  @Test("mv inbox/x.json errors/ cancels a job that waits: it gets a result that says so")
  func cancelled() throws {
    try spool.drop("x", #"{"run": "true", "notBefore": "2199-01-01T00:00:00Z"}"#)
    let runner = try spool.start()
    try spool.drop("other", #"{"run": "true"}"#)
    try spool.ended("other")
    spool.shell("mv inbox/x.json errors/")
    let result = try spool.ended("x")
    #expect(result.status == "cancelled" && result.attemptsTotal == 0)
    runner.kill()
  }

  @Test(
    "a second job of a name that is moved to errors has an id and a result of its own there, whatever becomes of the first",
    arguments: ["exit 0", "exit 1"])
  func cancelledNamesake(end: String) throws {
    let runner = try spool.start()
    defer { runner.kill() }
    let go = spool.place.path + "/go"
    try spool.drop("x", "{\"run\": \"until test -e '\(go)'; do sleep 0.02; done; \(end)\"}")
    try #require(spool.begins("x"))
    let second = #"{"run": "true", "notBefore": "2199-01-01T00:00:00Z"}"#
    try spool.drop("x", second)
    spool.shell("mv inbox/x.json errors/")
    // While the first still runs.
    let result = try spool.ended("x~2")
    #expect(result.status == "cancelled" && result.droppedAs == "x" && result.attemptsTotal == 0)
    #expect(try spool.text("errors/x~2.json") == second && spool.has("processing/x.json"))
    #expect(!spool.has("errors/x.json") && !spool.has("errors/x.result.json"))
    spool.shell("touch '\(go)'")
    #expect(try spool.ended("x").isSuccess == (end == "exit 0"))
    if end == "exit 0" {
      // Nor does one in `done` share its id.
      try spool.drop("x", second)
      spool.shell("mv inbox/x.json errors/")
      #expect(try spool.ended("x~3").status == "cancelled")
    }
    #expect(spool.shell("find . -name 'x*.displaced-*'").text == "")
  }

  @Test("500 jobs that are moved to errors get their results with a handful of syncs")
  func manyToErrors() throws {
    for number in 1...500 { try spool.drop("x\(number)", #"{"run": "true"}"#) }
    spool.shell("mv inbox/*.json errors/")
    // One sync for all of them and one of the folder: a twentieth would fail.
    let runner = try spool.start(environment: ["BOBBIN_FAULT=EIO:sync@20-1000000"])
    for number in 1...500 { #expect(try spool.ended("x\(number)").status == "cancelled") }
    #expect(spool.logged("disk-failed") == 0 && spool.logged("scan-failed") == 0)
    #expect(eventually { spool.logged("job-cancelled") == 500 })
    runner.kill()
    #expect(try spool.names(.errors).count == 1000 && spool.names(.processing).isEmpty)
  }

  @Test("a job that is taken back from errors at once runs, with one home and one result")
  func takenBack() throws {
    let runner = try spool.start()
    for number in 1...30 {
      try spool.drop("x", #"{"run": "true", "notBefore": "2100-01-01T00:00:00Z"}"#)
      spool.shell(
        "mv inbox/x.json errors/; echo '{\"run\": \"true\"}' > .x; mv .x errors/x.json; mv errors/x.json inbox/")
      #expect(eventually { spool.has("done/x.json") && spool.has("done/x.result.json") }, "\(number)\n\(spool.tree)")
      #expect(eventually { !spool.has("errors/x.json") && !spool.has("errors/x.result.json") }, "\(spool.tree)")
      #expect(
        eventually { spool.shell("find errors -type f").text == "" }, "\(spool.shell("find errors -type f").text)")
      spool.shell("rm -f done/x.*")
    }
    runner.kill()
  }

  @Test("mv deferred/x.json errors/ cancels a job between its attempts, and its history stays")
  func cancelledBetween() throws {
    try spool.drop("x", #"{"run": "exit 1", "retry": {"attempts": 2, "delay": "1h", "maxDelay": "1h"}}"#)
    let runner = try spool.start()
    #expect(eventually { spool.has("deferred/x.json") })
    spool.shell("mv deferred/x.json errors/")
    let result = try spool.ended("x")
    #expect(result.status == "cancelled" && result.attemptsTotal == 1)
    #expect(eventually { !spool.has("deferred/x.run.json") })
    runner.kill()
  }

  @Test("touch processing/x.cancel ends a running job and all of it; it is not tried again")
  func cancel() throws {
    try spool.drop("x", #"{"run": "setsid sleep 1000 & sleep 1000", "retry": 5}"#)
    let runner = try spool.start()
    #expect(spool.begins("x") && eventually { spool.has("processing/x.run.json") })
    spool.shell("touch processing/x.cancel")
    let result = try spool.ended("x")
    #expect(result.status == "cancelled" && result.attemptsTotal == 1)
    #expect(try spool.names(.processing).isEmpty)
    #expect(spool.processes.isEmpty)
    runner.kill()
  }

  @Test("a cancel is heard of a job that a dead runner had put off by half")
  func putOffByHalf() throws {
    try spool.drop("x", #"{"run": "exit 75", "retry": {"delay": "1h"}}"#)
    let runner = try spool.start()
    try #require(eventually { spool.has("deferred/x.json") })
    runner.kill()
    spool.shell("mv deferred/x.json processing/ && touch processing/x.cancel")
    try spool.drain()
    let result = try spool.result("x")
    #expect(result.status == "cancelled" && result.attempts.map(\.status) == ["failed"], "\(spool.tree) \(spool.log)")
    #expect(try spool.names(.processing).isEmpty && spool.names(.deferred).isEmpty)
  }

  @Test("a request to cancel that finds no run is taken away at once, and ends no run that comes after it")
  func cancelOfNothing() throws {
    try spool.write(["scanInterval": "\"1h\"", "slots": "2"])
    let runner = try spool.start()
    #expect(eventually { spool.logged("runner-started") == 1 })
    spool.shell("touch processing/x.cancel")
    #expect(eventually { !spool.has("processing/x.cancel") })
    // A backlog, so that x is looked at ahead of its claim; the request comes while it waits.
    for number in 1...6 { try spool.drop("a\(number)", #"{"run": "\#(spool.untilLetGo)", "priority": 1}"#) }
    try spool.drop("x", #"{"run": "sleep 0.3"}"#)
    spool.shell("touch processing/x.cancel")
    spool.letGo()
    #expect(try spool.ended("x").isSuccess && spool.names(.processing).isEmpty)
    runner.kill()
  }

  @Test("the cancel command is seen at once, however rare the scans, also when it is said again")
  func cancelCommand() throws {
    try spool.write(["scanInterval": "\"1h\""])
    let runner = try spool.start()
    for id in ["x", "y"] {
      try spool.drop(id, #"{"run": "sleep 1000"}"#)
      #expect(eventually { spool.has("processing/\(id).run.json") })
      // A request that woke nobody, as one that was made by a rename.
      if id == "y" { spool.shell(": > state/y && mv state/y processing/y.cancel") }
      let said = BobbinProgram.run(["cancel", id, "--spool", spool.path])
      #expect(said.isSuccess, "\(said.text)")
      #expect(try spool.ended(id).status == "cancelled")
    }
    runner.kill()
  }

  @Test(
    "a cancel that comes as an attempt ends leaves one whole result and no request behind",
    arguments: ["exit 0", "exit 1"])
  func cancelRace(end: String) throws {
    let runner = try spool.start()
    for number in 1...20 {
      try spool.drop(
        "x\(number)",
        #"{"run": "touch \#(spool.path)/processing/x\#(number).cancel; sleep 0.00\#(number % 10); \#(end)", "retry": {"attempts": 2, "delay": "100ms"}}"#
      )
    }
    for number in 1...20 {
      #expect(["cancelled", "succeeded", "failed"].contains(try spool.ended("x\(number)").status))
    }
    #expect(eventually { ((try? spool.names(.processing)) ?? [""]).isEmpty }, "\(spool.tree)")
    runner.kill()
  }

  @Test("a cancel that comes as a job is being put off keeps its next attempt from beginning")
  func cancelOnTheWay() throws {
    // No look comes between the request and the end of the attempt.
    try spool.write(["scanInterval": "\"1h\"", "notifications": "false"])
    let trace = spool.place.path + "/trace"
    try spool.drop(
      "x",
      #"{"run": "echo >> \#(trace); touch \#(spool.path)/processing/x.cancel; exit 75", "retry": {"delay": "1ms"}}"#)
    try spool.drain()
    let result = try spool.result("x")
    #expect(result.status == "cancelled" && result.attempts.map(\.status) == ["failed"])
    #expect(try spool.place.text("trace") == "\n" && spool.names(.processing).isEmpty && spool.names(.deferred).isEmpty)
  }

  @Test("touch deferred/x.run.json makes the next attempt due now", arguments: [true, false])
  func touched(notifications: Bool) throws {
    try spool.write(["notifications": "\(notifications)"])
    let flag = spool.place.path + "/flag"
    try spool.drop(
      "x",
      #"{"run": "test -e \#(flag) || { touch \#(flag); exit 1; }", "retry": {"attempts": 2, "delay": "1h", "maxDelay": "1h"}}"#
    )
    let runner = try spool.start()
    #expect(eventually { spool.has("deferred/x.json") })
    spool.shell("touch deferred/x.run.json")
    let result = try spool.ended("x")
    #expect(result.isSuccess && result.attemptsTotal == 2)
    runner.kill()
  }

  @Test("a deferred job's due time is its record's content time, and holds over a restart")
  func due() throws {
    try spool.drop("x", #"{"run": "exit 1", "retry": {"attempts": 2, "delay": "1h", "maxDelay": "1h", "jitter": 0}}"#)
    let runner = try spool.start()
    #expect(eventually { spool.has("deferred/x.json") })
    runner.kill()
    let modified = try spool.folder(.deferred).status("x.run.json")?.modified ?? 0
    #expect(abs(modified - Clock.wall() - 3_600_000_000_000) < 60_000_000_000)
    let next = try spool.start()
    try spool.drop("other", #"{"run": "true"}"#)
    try spool.ended("other")
    #expect(spool.has("deferred/x.json"))
    spool.shell("touch -d '1 hour ago' deferred/x.run.json")
    #expect(try spool.ended("x").attemptsTotal == 2)
    next.kill()
  }
}
