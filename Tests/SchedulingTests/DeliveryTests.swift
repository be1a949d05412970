import Jobs
import Scheduling
import Testing

@Suite("Deliveries") struct DeliveryTests {
  private let second: Int64 = 1_000_000_000

  // MARK: the rate

  private func take(_ times: [Int64], from bucket: inout TokenBucket) -> [Bool] { times.map { bucket.take(now: $0) } }

  @Test("a bucket lets one go at its start, then one each time a token has come back")
  func bucketBegins() {
    var bucket = TokenBucket(DeliveryRate(count: 30, period: .seconds(60)), now: 0)
    #expect(bucket.nextToken(now: 0) == 0)
    #expect(take([0, 0], from: &bucket) == [true, false])
    #expect(bucket.nextToken(now: 0) == 2 * second)
    #expect(take([2 * second - 1, 2 * second, 2 * second], from: &bucket) == [false, true, false])
  }

  @Test("after a rest as many go at once as the rate says, and no more")
  func bucketFills() {
    var bucket = TokenBucket(DeliveryRate(count: 3, period: .seconds(1)), now: 0)
    for now in [3600 * second, 7200 * second] {
      #expect(take([now, now, now, now], from: &bucket) == [true, true, true, false])
    }
  }

  @Test("over any time no more go than were saved and have come back", arguments: [1, 7, 30])
  func bucketHolds(count: Int) {
    var bucket = TokenBucket(DeliveryRate(count: count, period: .seconds(60)), now: 0)
    var taken = 0
    for step in 0...600 where bucket.take(now: Int64(step) * second) { taken += 1 }
    #expect(taken <= count * 10 + 1 && taken >= count * 10 - 1)
  }

  @Test("a clock that goes back or far on breaks nothing")
  func bucketClocks() {
    var bucket = TokenBucket(DeliveryRate(count: 2, period: .seconds(1)), now: 100 * second)
    #expect(take([100 * second, 0, .max, .max, .max], from: &bucket) == [true, false, true, true, false])
  }

  @Test("another rate gives no fresh burst, and the same one changes nothing")
  func bucketChanges() {
    let rate = DeliveryRate(count: 2, period: .seconds(1))
    var bucket = TokenBucket(rate, now: 0)
    #expect(bucket.changed(to: rate, now: 5) == bucket)
    #expect(take([0], from: &bucket) == [true])
    var other = bucket.changed(to: DeliveryRate(count: 100, period: .seconds(1)), now: 0)
    #expect(take([0, second / 100], from: &other) == [false, true])
  }

  // MARK: the order

  private func queue(_ items: [(Handle, String, Int64, Int64)]) -> DeliveryQueue {
    var queue = DeliveryQueue()
    for (handle, address, arrival, due) in items {
      queue.add(handle, to: address, arrival: arrival, name: JobID(unchecked: "m\(handle)"), due: due)
    }
    return queue
  }

  private func order(_ queue: DeliveryQueue, now: Int64) -> [Handle] {
    var queue = queue
    var order: [Handle] = []
    while let next = queue.next(now: now) {
      order.append(next)
      queue.remove(next)
    }
    return order
  }

  @Test("the earliest arrival goes first, equal ones by name")
  func arrivals() {
    #expect(order(queue([(3, "a", 9, 0), (2, "b", 5, 0), (1, "a", 5, 0)]), now: 0) == [1, 2, 3])
  }

  @Test("one that waits for its next attempt holds up those behind it to its address, and nobody else")
  func addresses() {
    let queue = queue([(1, "a", 1, 100), (2, "a", 2, 0), (3, "b", 3, 0), (4, "", 4, 0)])
    #expect(order(queue, now: 99) == [3, 4])
    #expect(order(queue, now: 100) == [1, 2, 3, 4])
    var changed = queue
    func due() -> Int64? { changed.nextDue() }
    func next(_ now: Int64) -> Handle? { changed.next(now: now) }
    #expect(due() == 0)
    changed.remove(3)
    changed.remove(4)
    #expect(due() == 100)
    changed.setDue(1, 7)
    #expect(due() == 7)
    #expect(next(7) == 1)
    changed.remove(1)
    #expect(next(7) == 2)
    #expect(changed.count == 1)
    changed.remove(2)
    #expect(due() == nil)
    #expect(next(.max) == nil)
  }

  @Test("one that comes back keeps its place")
  func comesBack() {
    var queue = queue([(2, "a", 2, 0), (3, "a", 3, 0)])
    queue.add(1, to: "a", arrival: 1, name: JobID(unchecked: "z"), due: 50)
    #expect(order(queue, now: 49).isEmpty)
    #expect(order(queue, now: 50) == [1, 2, 3])
  }

  @Test("addresses that only look alike are two")
  func bytes() {
    #expect(order(queue([(1, "\u{e9}", 1, 100), (2, "e\u{301}", 2, 0)]), now: 0) == [2])
  }

  // MARK: Retry-After

  /// 1994-11-06T08:49:37Z
  private static let known = Timestamp(seconds: 784_111_777)

  @Test(
    "Retry-After is seconds or a date in any of HTTP's forms, held within a day",
    arguments: [
      ("0", 0), ("120", 120), (" 120 ", 120), ("86400", 86_400), ("86401", 86_400), ("99999999999999999999", 86_400),
      ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sunday, 06-Nov-94 08:50:37 GMT", 60), ("Sun Nov  6 08:50:37 1994", 60),
      ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
      ("Tue, 06 Dec 1994 00:00:00 GMT", 86_400),
      ("Saturday, 06-Nov-93 08:49:37 GMT", 0),
    ])
  func retryAfter(_ text: String, _ seconds: Int64) {
    #expect(RetryAfter.parse(text, now: Self.known) == .seconds(seconds))
  }

  @Test(
    "what is neither is nothing",
    arguments: [
      "", "-1", "1.5", "soon", "1e3", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 006 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
    ])
  func noRetryAfter(_ text: String) { #expect(RetryAfter.parse(text, now: Self.known) == nil) }
}
