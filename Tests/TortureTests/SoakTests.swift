import Platform
import TestSupport
import Testing

@testable import Torture

/// The short forms of `bobbin-torture soak`.
@Suite("Bad use, for long", .timeLimit(.minutes(60)), .serialized) struct SoakTests {
  /// Whatever is found is told on standard output; so is what has come about too rarely for anything to be found.
  private func soak(_ words: String...) throws -> SoakFigures {
    let place = try TemporaryFolder()
    let outcome = try Soak(SoakOptions(words + ["--folder", place.path])).run()
    #expect(outcome.findings.isEmpty, "\(outcome.findings)\n\(outcome.figures.text)")
    return outcome.figures
  }

  @Test("whatever is dropped, moved and removed while runners are killed, a ledger outside agrees at the end")
  func soak() throws {
    let figures = try soak("--seconds", "15", "--slots", "4")
    #expect(figures.ends[SoakLedger.givenUp] == nil && figures.givenUp == 0)
  }

  @Test("with maxInterruptions 3 jobs are given up after the third kill in a row, and no others")
  func interruptions() throws {
    let figures = try soak("--seconds", "20", "--max-interruptions", "3", "--kill-after", "200")
    #expect(figures.givenUp > 0)
  }

  @Test(
    "a disk that is filled and freed loses nothing that was dropped",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func disk() throws {
    let figures = try soak("--seconds", "20", "--disk", "48M")
    #expect(figures.fillings > 0)
  }

  @Test("a soak in which too little comes about is a finding")
  func idle() {
    let missing = SoakFigures().missing(in: 60, maxInterruptions: 3, hasDisk: true, hasIsolation: true)
    let words = ["kills", "drops", "runs", "bad files", "hold", "cancel", "remove", "discard", "retry"]
    for word in words + ["full disks", "runs in isolation", "overflows", "runs cut by a kill"] {
      #expect(missing.contains { $0.hasPrefix("0 \(word), expected") }, "\(word)")
    }
    let other = SoakFigures().missing(in: 60, maxInterruptions: 3, hasDisk: false, hasIsolation: true)
    #expect(other.contains("0 given-up, expected 1"))
  }
}
