import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What an earlier runner's table told is known to each that follows, for as long as it matters.
@Suite(.timeLimit(.minutes(60))) struct EarlierNotesTests {
  /// Jobs of the table of runs; nil: there is none.
  private func noted(_ spool: TestSpool) throws -> [String]? {
    try RunTable.read(folder: spool.folder(.processing))?.runs.map(\.id.text)
  }

  @Test("that a run was cut short is told also if the next runner's disk failed until it was killed itself")
  func cutShortTwice() throws {
    let spool = try TestSpool(["slots": "1"])
    let first = try spool.start()
    let line = "touch \(spool.place.path)/$BOBBIN_ATTEMPT; [ $BOBBIN_ATTEMPT != 1 ] || exec sleep 1000"
    try spool.drop("x", #"{"run": "\#(line)"}"#)
    try #require(try eventually { try spool.place.folder.has("1") })
    first.kill()
    spool.shell("rm -f processing/x.run.json")  // of a run that had gone on for long
    // With a disk that takes nothing it does not come as far as its first job; with one that failed once it would try again.
    #expect(try spool.start(environment: ["BOBBIN_FAULT=EIO:write@1-1000000"]).end() == .exited(74))
    #expect(try noted(spool) == ["x"])
    let next = try spool.start(environment: ["BOBBIN_FAULT=EIO:write@1-1"])
    try #require(eventually { spool.logged("disk-failed") > 0 && spool.logged("runner-started") > 1 })
    #expect(try noted(spool) == ["x"])
    next.kill()
    let last = try spool.start()
    #expect(try spool.ended("x").attempts.map(\.status) == ["interrupted", "succeeded"])
    #expect(try eventually { try noted(spool) == [] })
    last.kill()
  }

  @Test(
    "a run whose end was seen and could not be written is told by the next runner, and not counted after a planned end",
    arguments: [SignalNumber.kill, SignalNumber.terminate])
  func unwritten(signal: Int32) throws {
    let spool = try TestSpool(["slots": "1", "maxInterruptions": "1"])
    let runner = try spool.start()
    let line = "echo $BOBBIN_ATTEMPT >> \(spool.place.path)/ran; \(spool.untilLetGo)"
    try spool.drop("x", #"{"run": "\#(line)"}"#)
    try #require(spool.begins("x"))
    spool.shell("rm -f processing/x.run.json")  // of a run that had gone on for long
    // No descriptor for anything more, so that nothing can be written.
    spool.shell("prlimit --pid \(runner.pid) --nofile=3:")
    spool.letGo()
    try #require(
      try eventually {
        try RunTable.read(folder: spool.folder(.processing))?.run(of: JobID(unchecked: "x"))?.state == .ended
      })
    #expect(runner.goesRound() && spool.has("processing/x.json") && spool.processes.isEmpty)
    runner.signal(signal)
    #expect(runner.end() != nil && !spool.has("done/x.result.json"))
    try spool.drain()
    let result = try spool.result("x")
    if signal == SignalNumber.kill {
      // As one that was cut short: what it does may be what kills the runner.
      #expect(result.attempts.map(\.status) == ["interrupted"] && result.status == "interrupted")
      #expect(try spool.place.text("ran") == "1\n")
    } else {
      #expect(result.attempts.map(\.status) == ["stopped", "succeeded"] && result.attemptsUsed == 1)
      #expect(try spool.place.text("ran") == "1\n2\n")
    }
    #expect(try noted(spool) == [])
  }

  @Test("what another machine claimed is left alone by each runner, until one is to take it over")
  func elsewhere() throws {
    let spool = try TestSpool()
    try spool.replace("processing/x.json", #"{"run": "echo >> \#(spool.place.path)/ran"}"#)
    let table = try RunTable(folder: spool.folder(.processing), slots: 1)
    var bytes = try spool.folder(.processing).open(".runs").readAll(limit: 1 << 20)
    // The machine's name lies behind the file's mark and its length.
    bytes.replaceSubrange(8..<17, with: [7, 0] + Array("another".utf8))
    try spool.folder(.processing).remove(".runs")
    try spool.folder(.processing).create(".runs").write(bytes)
    func drain(_ name: String, _ more: [String] = []) throws -> ProcessEnd.Cause? {
      try RunnerProcess(
        BobbinProgram.program(BobbinProgram.runner(spool.path, drain: true, more: more), environment: []),
        output: spool.place.path + "/" + name
      ).end()
    }
    for round in 1...3 {
      #expect(try drain("out\(round)") == .exited(0) && spool.has("processing/x.json"), "round \(round)")
    }
    #expect(try !spool.place.folder.has("ran"))
    #expect(try drain("over", ["--take-over"]) == .exited(0))
    #expect(try spool.result("x").attempts.map(\.status) == ["interrupted", "succeeded"])
    #expect(try spool.place.text("ran") == "\n")
    withExtendedLifetime(table) {}
  }
}
