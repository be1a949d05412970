import Scheduling
import Testing

@Suite struct KeyTableTests {
  private let key = KeyTable.Key(group: "g", key: "invoice-7")

  private func threeJobs() -> KeyTable {
    var keys = KeyTable()
    #expect(keys.claim(key, by: 1, work: "w") == .holds)
    #expect(keys.claim(key, by: 2, work: "w") == .waits(for: 1))
    #expect(keys.claim(key, by: 3, work: "w") == .waits(for: 1))
    return keys
  }

  @Test("of jobs with the same key one runs and the others wait; asking again changes nothing")
  func oneRuns() {
    var keys = threeJobs()
    #expect(keys.claim(key, by: 1, work: "w") == .holds)
    #expect(keys.claim(key, by: 2, work: "w") == .waits(for: 1))
    #expect(keys.waiters(for: key) == [2, 3])
  }

  @Test("when it succeeds the others settle as the same, and the key is free")
  func success() {
    var keys = threeJobs()
    #expect(keys.settled(key, by: 1, succeeded: true) == .same([2, 3]))
    #expect(keys.count == 0)
  }

  @Test("when it fails the next runs, and so on to the last")
  func failure() {
    var keys = threeJobs()
    #expect(keys.settled(key, by: 1, succeeded: false) == .next(2))
    #expect(keys.holder(of: key) == 2)
    #expect(keys.settled(key, by: 2, succeeded: false) == .next(3))
    #expect(keys.settled(key, by: 3, succeeded: false) == .nobody)
    #expect(keys.count == 0)
  }

  @Test("the same key with other work is refused while it is in flight")
  func otherWork() {
    var keys = threeJobs()
    #expect(keys.claim(key, by: 4, work: "v") == .reused(by: 1))
    #expect(keys.settled(key, by: 4, succeeded: false) == .nobody)
    #expect(keys.waiters(for: key) == [2, 3])
  }

  @Test(
    "keys of other groups, of no group and with other bytes are other keys",
    arguments: [("h", "invoice-7"), (nil, "invoice-7"), ("g", "invoice-8"), ("", "invoice-7")] as [(String?, String)])
  func otherKeys(group: String?, name: String) {
    var keys = threeJobs()
    #expect(keys.claim(KeyTable.Key(group: group, key: name), by: 9, work: "v") == .holds)
    #expect(KeyTable.Key(group: nil, key: "\u{e9}") != KeyTable.Key(group: nil, key: "e\u{301}"))
  }

  @Test("a waiter that is taken away is passed over")
  func waiterGoes() {
    var keys = threeJobs()
    #expect(keys.withdraw(key, by: 2) == .nobody)
    #expect(keys.settled(key, by: 1, succeeded: false) == .next(3))
  }

  @Test("a holder that is taken away before it ran lets the next one run")
  func holderGoes() {
    var keys = threeJobs()
    #expect(keys.withdraw(key, by: 1) == .next(2))
    #expect(keys.withdraw(key, by: 9) == .nobody)
  }
}
