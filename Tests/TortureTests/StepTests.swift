import Platform
import Synchronization
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
      "--scenario", scenario, "--every", scenario == "submit" ? "8" : "80", "--at-once", "1",
    ])
    options.seed = 1
    let search = StepSearch(options)
    let lines = Mutex("")
    let isClean = try search.run { line in lines.withLock { $0 += line } }
    let told = lines.withLock { $0 }
    #expect(isClean, "\(told)")
    #expect(told.contains("calls went wrong") && !told.contains("\n0 calls"), "\(told)")
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
