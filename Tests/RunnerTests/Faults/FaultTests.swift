import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// A fault at every durable step of a run, one after the other, until a run has so few steps that none is left.
@Suite(.timeLimit(.minutes(60))) struct FaultTests {
  /// Three jobs, one that fails once and is tried again, one with a key, files and a value; and a retry by hand of a
  /// fourth, which has a history.
  private static let jobs = [
    "a": #"{"run": "echo a; touch left", "key": "k"}"#,
    "b": #"{"run": "echo b; echo 1 > $BOBBIN_RESULT", "rerun": true}"#,
    "c": #"{"run": "echo $BOBBIN_ATTEMPT; exit 1", "retry": {"attempts": 2, "delay": "1ms"}}"#,
    "d": #"{"run": "exit 1"}"#,
    "e": #"{"unknown": 1}"#,
  ]
  /// Of a runner that meets no fault: not all of them succeed.
  private static let end = ProcessEnd.Cause.exited(1)

  private func scenario() throws -> (spool: TestSpool, checker: SpoolChecker) {
    let spool = try TestSpool(["quiet": "\"10ms\"", "maxInterruptions": "0"])
    try spool.drop("d", Self.jobs["d"] ?? "")
    try spool.drain()
    #expect(try spool.result("d").attemptsTotal == 1)
    spool.shell("mv errors/d.json inbox/")
    for name in ["a", "b", "c", "e"] { try spool.drop(name, Self.jobs[name] ?? "") }
    return (spool, SpoolChecker(path: spool.path, dropped: Self.jobs))
  }

  private func checkEnd(_ spool: TestSpool, _ checker: SpoolChecker, _ fault: String) throws {
    let faults = try checker.faultsAtEnd()
    #expect(faults.isEmpty, "\(faults) after \(fault)\n\(spool.tree)\n\(spool.log)")
    let (a, c, d, e) = try (spool.result("a"), spool.result("c"), spool.result("d"), spool.result("e"))
    #expect(a.isSuccess && c.status == "failed" && d.status == "failed" && e.status == "refused", "after \(fault)")
    #expect(c.attempts.filter(\.counted).count == 2, "after \(fault)")
    #expect(d.attempts.filter(\.counted).count == 2, "the history of d after \(fault): \(d.attempts)")
  }

  /// The scenario with one fault, and another runner after it; true if the fault came to pass.
  private func play(_ fault: String) throws -> Bool {
    let (spool, checker) = try scenario()
    let wasMet = try spool.drain(fault: fault, end: Self.end)
    #expect(try checker.faults() == [], "\(fault)\n\(spool.tree)")
    if wasMet { try spool.drain() }
    try checkEnd(spool, checker, fault)
    return wasMet
  }

  @Test("whatever durable step SIGKILL comes in place of, every job ends with one home, its bytes and one whole result")
  func kill() throws {
    try FaultSteps(what: "kill", least: 40).each(play)
  }

  @Test(
    "a file whose name cannot be an id is refused and not run, whatever durable step SIGKILL comes in place of",
    arguments: [("-n", "-n"), (#"$(printf '\377')"#, "\u{FFFD}")])
  func killNameless(name: String, shown: String) throws {
    try FaultSteps(what: "kill", least: 6).each { fault in
      let spool = try TestSpool()
      let job = #"{"run": "echo >> \#(spool.place.path)/trace"}"#
      try spool.place.write("job", job)
      spool.shell(#"mv ../job "inbox/\#(name).json""#)
      let wasMet = try spool.drain(fault: fault, end: Self.end)
      if wasMet { try spool.drain() }
      #expect(try !spool.place.folder.has("trace"), "\(fault): it ran")
      let names = try spool.names(.errors)
      #expect(try names.count == 2 && spool.names(.done).isEmpty, "\(fault)\n\(spool.tree)")
      let refused = try #require(names.first)
      let result = try spool.result(String(refused.dropLast(5)))
      #expect(result.status == "refused" && result.code == "bad-name" && result.droppedAs == shown, "\(fault)")
      #expect(try spool.text("errors/\(refused)") == job)
      return wasMet
    }
  }

  @Test("after a SIGKILL during the recovery from a SIGKILL nothing is lost either", arguments: [8, 14, 20, 26, 32])
  func killTwice(first: Int) throws {
    try FaultSteps(what: "kill", least: 20).each { second in
      let (spool, checker) = try scenario()
      let wasMet = try spool.drain(fault: "kill@\(first)", end: Self.end)
      #expect(wasMet, "there is no step \(first)")
      let wasMetAgain = try spool.drain(fault: second, end: Self.end)
      #expect(try checker.faults() == [], "kill@\(first), then \(second)\n\(spool.tree)")
      if wasMetAgain { try spool.drain() }
      try checkEnd(spool, checker, "kill@\(first), then \(second)")
      return wasMetAgain
    }
  }

  @Test(
    "whatever durable step fails once, nothing is lost, and the runner goes on or another does",
    arguments: [
      ("EIO", 40), ("ENOSPC", 40), ("EIO:write", 6), ("ENOSPC:create", 6), ("EIO:sync", 8), ("EIO:rename", 10),
    ])
  func failsOnce(what: String, least: Int) throws {
    try FaultSteps(what: what, least: least).each(play)
  }

  @Test(
    "a disk that takes nothing for a while loses nothing, and the runner goes on when there is room again",
    arguments: [1, 10, 20, 30])
  func fullForAWhile(first: Int) throws {
    let (spool, checker) = try scenario()
    let fault = "ENOSPC:write@\(first / 5 + 1)-\(first / 5 + 6)"
    #expect(try spool.drain(fault: fault, end: Self.end), "\(fault) was not met")
    try spool.drain()
    try checkEnd(spool, checker, fault)
  }

  @Test("while no sync succeeds nothing is shown, and no more is started than before the first failure")
  func noSync() throws {
    let spool = try TestSpool(["slots": "2"])
    for number in 1...60 {
      try spool.drop("j\(number)", #"{"run": "echo >> \#(spool.place.path)/trace; exec sleep 0.05"}"#)
    }
    let runner = try spool.start(environment: ["BOBBIN_FAULT=EIO:sync@1-1000000"])
    // Each try writes a record to a new file.
    var tries = Set<Int64>()
    let tried = try eventually {
      // The first has the name; those that are to replace it get it when they are synced, and so never. One that is removed
      // may leave its inode's number to the next.
      for name in try spool.folder(.processing).names() where name.hasSuffix(".run.json.new") {
        if let status = try spool.folder(.processing).status(name) { tries.insert(status.changed) }
      }
      return tries.count > 20
    }
    #expect(tried)
    let started = try spool.place.text("trace").utf8.count
    #expect(started <= 8, "\(started) jobs were started")
    #expect(try spool.names(.done).isEmpty)
    runner.kill()
    try spool.drain()
    #expect(try spool.names(.done).count == 120)
  }

  @Test(
    "after failed syncs job file and long log are new files with the same bytes",
    arguments: [
      // The claim and its folders, while it runs; the job's new file before it has the name too; the end's alone; and then
      // the new file's.
      (1...1, true, true, false), (1...3, true, true, false), (1...5, true, true, false), (5...5, true, true, true),
      (5...6, true, true, true),
      // With `rerun: false` record, folder and job file are synced before the start.
      (1...1, false, false, false), (1...3, false, true, false),
    ])
  func newFiles(failures: ClosedRange<Int>, rerun: Bool, newJob: Bool, newLog: Bool) throws {
    let spool = try TestSpool(["slots": "1"])
    let job =
      #"{"run": "yes | head -c 300000; touch \#(spool.place.path)/$BOBBIN_ATTEMPT; sleep 0.8", "rerun": \#(rerun)}"#
    try spool.replace("held/x.json", job)
    spool.shell("chmod 0644 held/x.json; mv held/x.json inbox/")
    let inode = try spool.folder(.inbox).status("x.json")?.inode
    let plan = "EIO:sync@\(failures.lowerBound)-\(failures.upperBound)"
    let runner = try spool.start(environment: ["BOBBIN_FAULT=\(plan)"])
    try #require(try eventually { try spool.place.folder.has("1") })
    let log = try spool.folder(.jobLogs).status("x.out")?.inode
    let result = try spool.ended("x")
    #expect(result.isSuccess && result.attemptsTotal == 1)
    let file = try #require(try spool.folder(.done).status("x.json"))
    #expect(try (file.inode != inode) == newJob && file.mode == 0o644 && spool.text("done/x.json") == job)
    let text = try spool.text("logs/jobs/x.out")
    #expect(text.utf8.count == 300_000 && text.allSatisfy { $0 == "y" || $0.isNewline })
    #expect(try (spool.folder(.jobLogs).status("x.out")?.inode != log) == newLog)
    runner.kill()
  }

  @Test("a claim whose sync failed is brought to the disk while its job runs", arguments: [1, 2, 7])
  func claimAgain(failures: Int) throws {
    let spool = try TestSpool(["slots": "1"])
    let job = #"{"run": "while ! test -e \#(spool.place.path)/go; do sleep 0.02; done"}"#
    try spool.drop("x", job)
    let inode = try spool.folder(.inbox).status("x.json")?.inode
    let runner = try spool.start(environment: ["BOBBIN_FAULT=EIO:sync@1-\(failures)"])
    try #require(
      eventually {
        try spool.folder(.processing).status("x.json")?.inode != inode && spool.has("processing/x.run.json")
      })
    let failed = spool.logged("record-not-written")
    // Each try that fails has the same bytes in yet another file; the last one stays.
    #expect(try failed > 0 && spool.text("processing/x.json") == job)
    Command.shell("touch '\(spool.place.path)/go'")
    #expect(try spool.ended("x").isSuccess && spool.text("done/x.json") == job)
    #expect(try spool.names(.processing).isEmpty)
    runner.kill()
  }

  @Test(
    "a real disk that is full: what was claimed is kept and goes on when there is room, and so is what it printed meanwhile",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func realFullDisk() throws {
    let mount = try MountedFolder(size: "2m")
    let spool = try TestSpool()
    let moved = mount.path + "/spool"
    Command.shell("cp -a '\(spool.path)' '\(moved)'")
    let runner = try RunnerProcess(
      BobbinProgram.program(BobbinProgram.runner(moved, drain: false), environment: []),
      output: spool.place.path + "/out")
    func has(_ name: String) -> Bool { ((try? FileSystem.status(path: moved + "/" + name)) ?? nil) != nil }
    func isRunning() -> Bool {
      ProcessTable.all().contains { ProcessTable.environmentValue("BOBBIN_SPOOL", of: $0.pid) == moved }
    }
    #expect(eventually { has("state/runner.json") })
    Command.shell(
      "cd '\(moved)' && printf '%s' '{\"run\": \"echo hi; while ! test -e \(spool.place.path)/go; do sleep 0.01; done; echo there\"}' > t && mv t inbox/x.json"
    )
    #expect(eventually { isRunning() })
    Command.shell("dd if=/dev/zero of='\(moved)/fill' bs=4k 2>/dev/null; touch '\(spool.place.path)/go'")
    #expect(eventually { !isRunning() })
    #expect(has("processing/x.json") || has("done/x.json"))
    // Its result is tried twice a second, which shows nowhere on such a disk.
    _ = eventually(within: 1) { has("done/x.result.json") }
    Command.shell("rm '\(moved)/fill'")
    #expect(
      eventually { has("done/x.json") && has("done/x.result.json") },
      "\(Command.shell("cat '\(moved)'/logs/bobbin.log").text)")
    // Its log could not be written then: the result alone has it.
    let result = try JobRecord.decode(
      FileSystem.openForReading(path: moved + "/done/x.result.json").readAll(limit: 1 << 20))
    #expect(result.stdout?.text == "hi\nthere\n" && result.stdout?.truncated == false)
    runner.kill()
  }
}
