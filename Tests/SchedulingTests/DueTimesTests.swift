import Scheduling
import Testing

@Suite struct DueTimesTests {
  @Test("what is due comes out earliest first, and nothing comes out early")
  func order() {
    var times = DueTimes()
    times.set(4, due: 40)
    times.set(1, due: 10)
    times.set(3, due: 30)
    times.set(2, due: 10)
    #expect(times.nextDue == 10)
    #expect(times.popDue(now: 9) == nil)
    #expect(times.popDue(now: 30) == 1)
    #expect(times.popDue(now: 30) == 2)
    #expect(times.popDue(now: 30) == 3)
    #expect(times.popDue(now: 30) == nil)
    #expect(times.nextDue == 40)
  }

  @Test(
    "a new time replaces the old one, earlier or later", arguments: [(5, [2, 1]), (50, [1, 2])] as [(Int64, [Int32])])
  func replacing(due: Int64, expected: [Int32]) {
    var times = DueTimes()
    times.set(1, due: 20)
    times.set(2, due: 30)
    times.set(2, due: due)
    #expect(times.count == 2)
    #expect(times.due(2) == due)
    #expect([times.popDue(now: 99), times.popDue(now: 99)] == expected)
  }

  @Test("a time that was taken back never comes")
  func removing() {
    var times = DueTimes()
    for handle in Int32(0)..<100 { times.set(handle, due: Int64(handle)) }
    for handle in Int32(0)..<100 where handle % 3 != 0 { #expect(times.remove(handle) == true) }
    #expect(times.remove(1) == false)
    #expect(times.remove(1000) == false)
    #expect(times.due(1) == nil)
    var seen: [Int32] = []
    while let handle = times.popDue(now: .max) { seen.append(handle) }
    #expect(seen == (0..<100).filter { $0 % 3 == 0 })
    #expect(times.nextDue == nil)
  }

  @Test("100,000 times come out in order", .timeLimit(.minutes(60)))
  func many() {
    var numbers = Numbers(seed: 3)
    var times = DueTimes()
    for handle in Int32(0)..<100_000 { times.set(handle, due: Int64(numbers.below(1_000_000))) }
    var last = Int64.min
    var count = 0
    while let due = times.nextDue, times.popDue(now: .max) != nil {
      #expect(due >= last)
      last = due
      count += 1
    }
    #expect(count == 100_000)
  }
}
