import Testing

@testable import Runner

@Suite("How long the loop sleeps")
struct LoopSleepTests {
  private var sleep = LoopSleep()

  private mutating func isBroken(by dues: Int64...) -> [Bool] { dues.map { sleep.isBroken(by: $0) } }

  @Test("until what is due, or not at all")
  mutating func length() {
    let lengths = [100, 40, .min].map { sleep.begin(until: $0, now: 40) }
    #expect(lengths == [60, 0, 0])
  }

  @Test("what it sleeps for anyway does not wake it, what comes earlier does, once")
  mutating func woken() {
    _ = sleep.begin(until: 100, now: 40)
    let answers = isBroken(by: 101, 100, 99, 98, .min)
    #expect(answers == [false, false, true, false, false])
  }

  @Test("one that is awake is not woken")
  mutating func awake() {
    var answers = isBroken(by: 0)
    _ = sleep.begin(until: 100, now: 40)
    sleep.end()
    answers += isBroken(by: 0)
    _ = sleep.begin(until: .min, now: 40)
    answers += isBroken(by: 0)
    #expect(answers == [false, false, false])
  }
}
