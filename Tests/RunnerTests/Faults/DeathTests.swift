import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct DeathTests {
  @Test("TERM lets running jobs end for 'grace', then stops them into deferred, uncounted and due at once")
  func terminate() throws {
    let spool = try TestSpool(["grace": "\"3s\""])
    try spool.drop("quick", #"{"run": "\#(spool.untilLetGo); echo done"}"#)
    try spool.drop(
      "slow", #"{"run": "test $BOBBIN_ATTEMPT = 2 && exit 0; trap '' TERM; while :; do sleep 0.05; done"}"#)
    let runner = try spool.start()
    #expect(spool.begins("quick") && spool.begins("slow"))
    runner.signal(15)
    spool.letGo()
    try spool.drop("late", #"{"run": "true"}"#)
    #expect(runner.end() == .exited(0))
    #expect(try spool.result("quick").isSuccess)
    #expect(spool.has("inbox/late.json") && spool.processes.isEmpty)
    let record = try spool.record(.deferred, "slow")
    #expect(record.attempts.map(\.counted) == [false] && record.attempts.map(\.status) == ["stopped"])
    #expect(try spool.folder(.deferred).status("slow.run.json").map { $0.modified <= Clock.wall() } == true)
    try spool.drain()
    let result = try spool.result("slow")
    #expect(result.isSuccess && result.attemptsUsed == 1 && result.attemptsTotal == 2)
  }

  @Test("a second signal stops at once")
  func twice() throws {
    let spool = try TestSpool(["grace": "\"1h\""])
    try spool.drop("x", #"{"run": "trap '' TERM INT; while :; do sleep 0.05; done"}"#)
    let runner = try spool.start()
    #expect(eventually { spool.has("processing/x.run.json") })
    runner.signal(2)
    #expect(eventually { spool.logged("runner-stopping") == 1 })
    runner.signal(2)
    #expect(runner.end() == .exited(0))
    #expect(spool.has("deferred/x.json") && spool.processes.isEmpty)
  }

  @Test("a job whose runner was killed is ended before it is run again, and its history says so")
  func killed() throws {
    let spool = try TestSpool()
    let here = spool.place.path
    // The kernel's lock is held as long as anything of the first run lives.
    try spool.drop(
      "x",
      #"{"run": "exec 9> \#(here)/lock; flock -n 9 || echo overlap; echo run >> \#(here)/trace; setsid sleep 1000 & trap '' TERM; while :; do sleep 0.02; done"}"#
    )
    let runner = try spool.start()
    #expect(eventually { (try? spool.place.text("trace")) == "run\n" })
    runner.kill()
    #expect(spool.processes.count >= 2)
    let next = try spool.start()
    #expect(eventually { (try? spool.place.text("trace")) == "run\nrun\n" && spool.has("processing/x.run.json") })
    let record = try spool.record(.processing, "x")
    #expect(record.attempts.map(\.status) == ["interrupted"] && record.attempts.map(\.counted) == [false])
    spool.shell("touch processing/x.cancel")
    #expect(try spool.ended("x").stdout?.text == "")
    next.kill()
  }

  @Test("a cancel that was asked for while no runner lived is honoured before any rerun")
  func cancelledBetween() throws {
    let spool = try TestSpool()
    try spool.drop("x", #"{"run": "echo run >> \#(spool.place.path)/trace; sleep 1000"}"#)
    let runner = try spool.start()
    #expect(try eventually { try spool.place.folder.has("trace") })
    runner.kill()
    // It was about to leave something, too.
    spool.shell("touch processing/x.cancel && mkdir processing/x.files && touch processing/x.files/left")
    try spool.drain()
    #expect(try spool.result("x").status == "cancelled")
    #expect(try spool.place.text("trace") == "run\n" && spool.names(.processing).isEmpty && spool.processes.isEmpty)
  }

  @Test(
    "a cancel that came as a job was put off is honoured when the runner was killed just then",
    arguments: ["deferred", "processing"])
  func cancelledOnTheWay(home: String) throws {
    let spool = try TestSpool()
    let job = #"{"run": "echo run >> \#(spool.place.path)/trace; exit 75", "retry": {"attempts": 2, "delay": "1h"}}"#
    try spool.drop("x", job)
    let runner = try spool.start()
    #expect(eventually { spool.has("deferred/x.json") })
    runner.kill()
    #expect(
      spool.shell("rm ../trace; touch deferred/x.run.json processing/x.cancel; mv -n deferred/x.json \(home)/; true")
        .isSuccess)
    try spool.drain()
    #expect(try spool.result("x").status == "cancelled" && spool.names(.processing).isEmpty)
    #expect(try !spool.place.folder.has("trace"))
  }

  @Test("with \"rerun\": false a job that was cut short settles as interrupted")
  func noRerun() throws {
    let spool = try TestSpool()
    try spool.drop("x", #"{"run": "echo run >> \#(spool.place.path)/trace; sleep 1000", "rerun": false}"#)
    let runner = try spool.start()
    #expect(try eventually { try spool.place.folder.has("trace") })
    runner.kill()
    try spool.drain()
    let result = try spool.result("x")
    #expect(result.status == "interrupted" && result.code == "interrupted")
    #expect(try spool.place.text("trace") == "run\n")
  }

  @Test("after maxInterruptions in a row a job settles as interrupted")
  func often() throws {
    let spool = try TestSpool(["maxInterruptions": "2"])
    try spool.drop("x", #"{"run": "echo run >> \#(spool.place.path)/trace; sleep 1000", "retry": {"delay": 0}}"#)
    for times in 1...2 {
      let runner = try spool.start()
      #expect(eventually { (try? spool.place.text("trace"))?.utf8.count == 4 * times })
      runner.kill()
    }
    try spool.drain()
    let result = try spool.result("x")
    #expect(result.status == "interrupted" && result.attempts.map(\.status) == ["interrupted", "interrupted"])
    #expect(try spool.place.text("trace") == "run\nrun\n")
  }

  @Test("a job that is stopped by hand or hangs cannot survive its runner's successor")
  func stopped() throws {
    let spool = try TestSpool()
    try spool.drop(
      "x", #"{"run": "echo run >> \#(spool.place.path)/trace; test $BOBBIN_ATTEMPT = 2 || kill -STOP $$"}"#)
    let runner = try spool.start()
    #expect(try eventually { try spool.place.folder.has("trace") })
    runner.kill()
    try spool.drain()
    #expect(try spool.result("x").isSuccess && spool.processes.isEmpty)
  }

  @Test("a finished result has the same bytes after any number of restarts")
  func sameBytes() throws {
    let spool = try TestSpool()
    try spool.drop("x", #"{"run": "echo hi"}"#)
    try spool.drain()
    let before = try spool.text("done/x.result.json")
    for _ in 1...3 { try spool.drain() }
    #expect(try spool.text("done/x.result.json") == before)
  }

  @Test("a job claimed on another machine is left alone")
  func foreign() throws {
    let spool = try TestSpool()
    try spool.drop("x", #"{"run": "true"}"#, in: .processing)
    var record = JobRecord(id: JobID(unchecked: "x"))
    record.runner = RunnerMark(host: "elsewhere", machine: "another", boot: "b", pid: 7)
    try spool.replace("processing/x.run.json", String(decoding: record.encode(), as: UTF8.self))
    try spool.drain()
    #expect(spool.has("processing/x.json") && spool.has("processing/x.run.json"))
  }

  @Test(
    "killed at 20 random moments over 200 jobs, every job ends with one home and a whole result, and none ran twice at once"
  )
  func random() throws {
    let spool = try TestSpool(["slots": "4", "maxInterruptions": "0", "logLevel": "\"warn\""])
    let here = spool.place.path
    var dropped: [String: String] = [:]
    for number in 1...200 {
      let name = "j\(number)"
      let line =
        "exec 9> \(here)/lock-\(name); flock -n 9 || echo \(name) >> \(here)/overlaps; sleep 0.0\(number % 10)\(number % 7 == 0 ? "; exit 1" : "")"
      dropped[name] = #"{"run": "\#(line)", "retry": {"attempts": 2, "delay": "10ms"}}"#
      try spool.drop(name, dropped[name] ?? "")
    }
    let checker = SpoolChecker(path: spool.path, dropped: dropped)
    for _ in 1...20 {
      let runner = try spool.start()
      let finished = try spool.names(.done).count
      // Somewhere in the work: after a few more results and a random rest.
      _ = try eventually(within: 5) { try spool.names(.done).count > finished + 4 || !runner.isAlive }
      let moment = Clock.continuous() + Int64.random(in: 0...20_000_000)
      _ = eventually(within: 5) { Clock.continuous() >= moment }
      runner.kill()
      #expect(try checker.faults() == [])
    }
    try spool.drain(within: 120)
    #expect(try checker.faultsAtEnd() == [])
    #expect(try !spool.place.folder.has("overlaps"), "\((try? spool.place.text("overlaps")) ?? "")")
  }
}
