import Platform
import Testing

@Suite(.timeLimit(.minutes(60))) struct PatienceTests {
  @Test("what passes between two looks counts as a tenth of a second at most")
  func standstill() {
    var patience = Patience(nanoseconds: 150_000_000)
    Clock.wait(nanoseconds: 200_000_000)
    let isOver = patience.isOver()
    #expect(!isOver)
    Clock.wait(nanoseconds: 60_000_000)
    let ends = patience.isOver()
    #expect(ends)
  }

  @Test("none is over at the first look, and some comes to its end by looks alone")
  func ends() {
    var none = Patience(nanoseconds: 0)
    let isOver = none.isOver()
    #expect(isOver)
    let start = Clock.continuous()
    var some = Patience(nanoseconds: 20_000_000)
    while !some.isOver() {}
    #expect(Clock.continuous() - start >= 20_000_000)
  }
}
