import Platform
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(60))) struct LockTests {
  @Test("one that waits comes before one that takes it again and again")
  func order() throws {
    let lock = Lock()
    let turns = Atomic(0)
    let isOver = Atomic(false)
    let greedy = try Worker(name: "greedy")
    greedy.submit {
      while !isOver.load(ordering: .relaxed) {
        lock.withLock {
          turns.add(1, ordering: .relaxed)
          let end = Clock.continuous() + 2_000_000
          while Clock.continuous() < end {}
        }
      }
    }
    while turns.load(ordering: .relaxed) == 0 {}
    var waited: [Int] = []
    for _ in 0..<21 {
      let before = turns.load(ordering: .relaxed)
      let now = lock.withLock { turns.load(ordering: .relaxed) }
      waited.append(now - before)
      while turns.load(ordering: .relaxed) == now {}
    }
    isOver.store(true, ordering: .relaxed)
    greedy.finish()
    // One more may begin between the question and the wait.
    #expect(waited.sorted()[10] <= 1, "\(waited)")
  }
}
