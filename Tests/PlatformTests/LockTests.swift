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

  /// ThreadSanitizer, under which CI runs it too, has to see that they come one after the other.
  @Test("what threads change at the same time they change one after the other, and it goes when its lock does")
  func locked() throws {
    final class Witness: Sendable {}
    weak var witness: Witness?
    do {
      let value = Box()
      witness = value.state.withLock { $0.witness }
      let workers = try (0..<4).map { try Worker(name: "w\($0)") }
      for worker in workers {
        worker.submit { for number in 0..<5_000 { value.state.withLock { $0.numbers.append(number) } } }
      }
      for worker in workers { worker.finish() }
      let numbers = value.state.withLock { $0.numbers }
      #expect(numbers.count == 20_000 && numbers.reduce(0, +) == 4 * 5_000 * 4_999 / 2)
      #expect(witness != nil)
    }
    #expect(witness == nil)

    final class Box: Sendable {
      struct State {
        var numbers: [Int] = []
        let witness = Witness()
      }
      let state = Locked(State())
    }
  }

  @Test("an error of what has the lock gives it back")
  func thrown() {
    let value = Locked(1)
    #expect(throws: SystemError.self) {
      try value.withLock { number throws(SystemError) in
        number = 2
        throw SystemError(call: "read", code: 5)
      }
    }
    #expect(value.withLock { $0 } == 2)
  }
}
