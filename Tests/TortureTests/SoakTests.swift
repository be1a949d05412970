import Platform
import TestSupport
import Testing

@testable import Torture

/// The short form of `bobbin-torture soak`.
@Suite("Bad use, for long", .timeLimit(.minutes(60))) struct SoakTests {
  @Test("whatever is dropped, moved and removed while runners are killed, a ledger outside agrees at the end")
  func soak() throws {
    let place = try TemporaryFolder()
    #expect(try Soak(SoakOptions(["--seconds", "15", "--slots", "4", "--folder", place.path])).run())
  }

  @Test("a ledger finds what is lost, doubled, never ran, or ran again without a reason")
  func ledger() throws {
    let place = try TemporaryFolder()
    Command.shell("cd '\(place.path)' && mkdir inbox held processing deferred done errors keys tasks")
    var ledger = SoakLedger()
    for number in 1...4 {
      ledger.drops[number] = SoakLedger.Drop(bytes: Array("{\"d\": \(number)}".utf8), isGood: true)
    }
    Command.shell(
      """
      cd '\(place.path)'; for n in 2 3 4; do printf '{"d": %s}' $n > done/j$n.json; echo '{"status": "succeeded"}' > done/j$n.result.json; done
      cp done/j2.json errors/
      """)
    let trace = "4 1000000000000\n4 9000000000000\n"
    let found = try ledger.report(place.folder, trace: Array(trace.utf8), overlap: false).findings
    #expect(found.map(\.code) == [.jobLost, .twoHomes, .notRecovered, .ranAgain], "\(found)")
    ledger.kills = [5_000_000_000_000]
    #expect(try ledger.report(place.folder, trace: Array(trace.utf8), overlap: false).findings.count == 3)
    // In isolation nobody sees it run: that it printed what it does shows it.
    ledger.drops = [3: SoakLedger.Drop(bytes: Array("{\"d\": 3}".utf8), isGood: true, isIsolated: true)]
    #expect(try ledger.report(place.folder, trace: [], overlap: false).findings.map(\.code) == [.notRecovered])
    Command.shell(
      "cd '\(place.path)' && echo '{\"status\": \"succeeded\", \"stdout\": \"\(SoakLedger.word(3))\"}' > done/j3.result.json"
    )
    #expect(try ledger.report(place.folder, trace: [], overlap: false).findings.isEmpty)
  }
}
