import Platform
import TestSupport
import Testing

@testable import Torture

/// The short form of `bobbin-torture steps`.
@Suite("Calls that go wrong", .timeLimit(.minutes(60))) struct StepTests {
  @Test(
    "whatever call of a command fails or is its last, nothing is lost, and the next runner puts all in order",
    arguments: StepScenario.all.map(\.name))
  func sampled(scenario: String) throws {
    var options = try StepOptions([
      "--scenario", scenario, "--every", ["submit": "8", "cut-short": "40"][scenario] ?? "80", "--at-once", "1",
      // Looking for earlier and for other processes reads some files of each one that the machine has.
      "--every-read", ["submit": "40", "cut-short": "1200", "cancels": "800"][scenario] ?? "250",
    ])
    options.seed = 1
    let search = StepSearch(options)
    let lines = Locked("")
    let report = try search.run { line in lines.withLock { $0 += line } }
    let told = lines.withLock { $0 }
    #expect(report.findings == 0, "\(told)")
    // A sample of some hundred calls, or of some tens for what is short; threads and scans make it now less, now more.
    #expect(report.calls >= 5, "\(told)")
  }

  @Test("a search that meets no call says so instead of finding nothing")
  func noLibrary() throws {
    let options = try StepOptions(["--scenario", "submit", "--library", "/none"])
    #expect(throws: TortureError.self) { try StepSearch(options).run { _ in } }
  }

  @Test("a search that counts no call of a command says so: it would meet none")
  func notLoaded() throws {
    let place = try TemporaryFolder()
    try place.write("none.so", "no library")
    let options = try StepOptions(["--scenario", "submit", "--library", place.path + "/none.so"])
    #expect(throws: TortureError.self) { try StepSearch(options).run { _ in } }
  }

  @Test("a search in which too little went wrong, or nothing of a fault, says so", arguments: [0, 5, 6, 10])
  func struck(count: Int) throws {
    let scenario = try #require(StepScenario.all.first)
    func make(_ fault: CallFault) -> StepCase {
      StepCase(scenario: scenario, fault: fault, number: 1, bobbin: "", library: "")
    }
    var tally = StepTally()
    for _ in 1...10 { tally.plan(make(.everyChange), isCounted: true) }
    for _ in 0..<count { tally.strike(make(.everyChange)) }
    #expect(tally.struck == count)
    let isEnough = (try? tally.judge([scenario])) != nil
    #expect(isEnough == (count * 100 >= 10 * scenario.leastStruck))
    for _ in 1...5 { tally.plan(make(CallFault("read", "EINTR")), isCounted: true) }
    #expect(throws: TortureError.self) { try tally.judge([scenario]) }
  }

  @Test(
    "what submit took and is another job, or the same twice, is found",
    arguments: ["echo '{\"run\": \"true\"}' > $1", "cp $1 inbox/job-z.json", "rm $1", "truncate -s 3 $1"])
  func submissions(line: String) throws {
    let place = try TemporaryFolder()
    let scenario = try #require(StepScenario.all.first { $0.name == "submit" })
    let one = StepCase(
      scenario: scenario, fault: CallFault("durable", "kill"), number: 0, bobbin: try StepOptions([]).program,
      library: "/none")
    let spool = place.path + "/spool"
    try one.make(spool, place.folder)
    try place.write("lines", scenario.input)
    let ids = Command.shell("cd '\(place.path)' && '\(one.bobbin)' submit - --spool '\(spool)' < lines").text
    var check = StepCheck(scenario: scenario, one.fault, spool: try Folder(path: spool))
    check.submitted = ids.split(separator: "\n").map(String.init)
    #expect(try check.submitted.count == 5 && check.midway().isEmpty)
    Command.shell("cd '\(spool)' && set -- $(ls inbox/job-*.json | head -1) && " + line)
    #expect(try !check.midway().isEmpty)
  }

  @Test(
    "a fault that no recovery could heal is found: a job that is removed, a result that is torn, a job in two places")
  func found() throws {
    let place = try TemporaryFolder()
    let scenario = try #require(StepScenario.all.first { $0.name == "deliveries" })
    let one = StepCase(
      scenario: scenario, fault: CallFault("durable", "kill"), number: 0, bobbin: try StepOptions([]).program,
      library: "/none")
    try one.make(place.path + "/spool", place.folder)
    let check = StepCheck(scenario: scenario, one.fault, spool: try Folder(path: place.path + "/spool"))
    #expect(try check.midway().isEmpty)
    Command.shell(
      "cd '\(place.path)/spool' && cp outbox/one.json errors/outbox/; rm outbox/odd.json; echo '{' > done/outbox/none.result.json"
    )
    #expect(Set(try check.midway().map(\.code)) == [.twoHomes, .jobLost, .torn])
    #expect(try check.atEnd(in: place.folder).contains { $0.code == .notRecovered })
  }
}
