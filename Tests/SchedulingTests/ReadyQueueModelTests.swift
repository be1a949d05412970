import Scheduling
import Testing

@Suite struct ReadyQueueModelTests {
  @Test("whatever happens in whatever order, the pick is the one a plain search finds", arguments: 1...20)
  func agreesWithPlainSearch(seed: UInt64) {
    var numbers = Numbers(seed: seed)
    var queue = ReadyQueue()
    var plain = PlainQueue()
    for _ in 0..<2000 {
      let handle = Int32(numbers.below(40))
      let lane = LaneID(rawValue: Int32(numbers.below(5)))
      switch numbers.below(12) {
      case 0...3:
        let entry = QueueEntry(
          handle: handle, lane: lane, priority: Int16(numbers.below(3)), arrival: Int64(numbers.below(4)),
          name: "n\(numbers.below(30))", ready: numbers.below(3) > 0)
        queue.add(entry)
        plain.entries[handle] = entry
      case 4:
        #expect(queue.remove(handle) == (plain.entries.removeValue(forKey: handle) != nil))
      case 5, 6:
        let ready = numbers.below(3) > 0
        queue.setReady(handle, ready)
        plain.entries[handle]?.ready = ready
      case 7:
        let rules = LaneRules(
          slots: numbers.below(3) == 0 ? nil : numbers.below(3), ordered: numbers.below(2) == 0,
          paused: numbers.below(4) == 0, blockedReason: numbers.below(6) == 0 ? "x" : nil)
        queue.setLane(lane, rules)
        plain.rules[lane] = rules
      case 8, 9:
        queue.finished(in: lane)
        plain.running[lane] = max(0, plain.running[lane, default: 0] - 1)
      default:
        let head = queue.head
        let picked = queue.next()
        #expect(picked == plain.next())
        #expect(head == picked?.handle)
      }
      #expect(queue.count == plain.entries.count)
      #expect(queue.readyCount == plain.entries.values.count { $0.ready })
      #expect(queue.running(in: lane) == plain.running[lane, default: 0])
    }
  }
}

/// The rules of the queue once more, without any cleverness.
private struct PlainQueue {
  var entries: [Handle: QueueEntry] = [:]
  var rules: [LaneID: LaneRules] = [:]
  var running: [LaneID: Int] = [:]
  var served: [LaneID: Int] = [:]
  var picks = 0

  func precedes(_ a: QueueEntry, _ b: QueueEntry) -> Bool {
    if a.priority != b.priority { return a.priority > b.priority }
    if a.arrival != b.arrival { return a.arrival < b.arrival }
    if a.name != b.name { return a.name.utf8.lexicographicallyPrecedes(b.name.utf8) }
    return a.handle < b.handle
  }

  func head(_ lane: LaneID) -> QueueEntry? {
    let rules = rules[lane] ?? LaneRules(slots: lane == .ungrouped ? nil : 1)
    guard !rules.paused, rules.blockedReason == nil, running[lane, default: 0] < rules.slots ?? .max else {
      return nil
    }
    let head = entries.values.filter { $0.lane == lane && ($0.ready || rules.ordered) }.min(by: precedes)
    return head?.ready == true ? head : nil
  }

  mutating func next() -> QueueEntry? {
    let heads = (0..<5).compactMap { head(LaneID(rawValue: $0)) }
    let best = heads.min { a, b in
      let (left, right) = (served[a.lane, default: 0], served[b.lane, default: 0])
      if a.priority != b.priority { return a.priority > b.priority }
      if left != right { return left < right }
      return a.arrival != b.arrival ? a.arrival < b.arrival : a.lane.rawValue < b.lane.rawValue
    }
    guard let best else { return nil }
    picks += 1
    served[best.lane] = picks
    running[best.lane, default: 0] += 1
    entries[best.handle] = nil
    return best
  }
}
