import Scheduling
import Testing

/// Lanes by letter: `-` is no group, `a`, `b`, `c` are groups.
private func lane(_ letter: Character) -> LaneID {
  letter == "-" ? .ungrouped : LaneID(rawValue: Int32(letter.asciiValue ?? 0) - 96)
}

extension ReadyQueue {
  /// Adds jobs written as `a1`: lane `a`, name `a1`; arrival in the order written, from `arrival` on.
  fileprivate mutating func add(_ names: [String], priority: Int16 = 0, arrival: Int64 = 0, ready: Bool = true) {
    for (index, name) in names.enumerated() {
      add(
        QueueEntry(
          handle: Int32(count), lane: lane(name.first ?? "-"), priority: priority, arrival: arrival + Int64(index),
          name: name, ready: ready))
    }
  }

  /// Starts all that can start; each ends before the next begins.
  fileprivate mutating func drain() -> [String] {
    var names: [String] = []
    while let entry = next() {
      names.append(entry.name)
      finished(in: entry.lane)
    }
    return names
  }
}

@Suite struct ReadyQueueTests {
  @Test("three groups and the jobs without a group take turns, however many each of them dropped first")
  func lanesTakeTurns() {
    var queue = ReadyQueue()
    queue.add(["-1", "-2", "-3", "-4", "-5", "a1", "a2", "a3", "b1", "b2", "c1"])
    #expect(queue.drain() == ["-1", "a1", "b1", "c1", "-2", "a2", "b2", "-3", "a3", "-4", "-5"])
  }

  @Test("a group that comes later gets the next turn and no more than its share")
  func lateLaneGetsOneTurn() {
    var queue = ReadyQueue()
    queue.add(["a1", "a2", "a3", "a4"])
    #expect(queue.next()?.name == "a1")
    queue.finished(in: lane("a"))
    queue.add(
      QueueEntry(handle: 10, lane: lane("b"), arrival: 100, name: "b1"))
    queue.add(QueueEntry(handle: 11, lane: lane("b"), arrival: 101, name: "b2"))
    #expect(queue.drain() == ["b1", "a2", "b2", "a3", "a4"])
  }

  @Test("a higher priority starts first, in whichever lane it waits")
  func priorityAcrossLanes() {
    var queue = ReadyQueue()
    queue.add(["a1", "b1"])
    queue.add(["a2", "c2"], priority: 5, arrival: 50)
    queue.add(["b0"], priority: -100, arrival: -9)
    queue.add(["b9"], priority: 100, arrival: 90)
    #expect(queue.drain() == ["b9", "a2", "c2", "b1", "a1", "b0"])
  }

  @Test(
    "within a lane: priority, then arrival, then the bytes of the name",
    arguments: [
      (["x", "y"], [0, 0], [2, 1], ["y", "x"]),
      (["x", "y"], [0, 1], [1, 2], ["y", "x"]),
      (["b", "a", "ab"], [0, 0, 0], [1, 1, 1], ["a", "ab", "b"]),
      // é in one scalar is C3 A9, in two 65 CC 81: equal as strings, different as names.
      (["\u{e9}", "e\u{301}"], [0, 0], [1, 1], ["e\u{301}", "\u{e9}"]),
      (["job-00010", "job-00009"], [0, 0], [1, 1], ["job-00009", "job-00010"]),
    ] as [([String], [Int16], [Int64], [String])])
  func orderInLane(names: [String], priorities: [Int16], arrivals: [Int64], expected: [String]) {
    var queue = ReadyQueue()
    for index in names.indices {
      queue.add(
        QueueEntry(
          handle: Int32(index), priority: priorities[index], arrival: arrivals[index], name: names[index]))
    }
    #expect(queue.drain().map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  @Test("a group runs one job at a time, the jobs without a group as many as there are")
  func capacity() {
    var queue = ReadyQueue()
    queue.add(["a1", "a2", "-1", "-2", "-3"])
    var names: [String] = []
    while let entry = queue.next() { names.append(entry.name) }
    #expect(names == ["a1", "-1", "-2", "-3"])
    #expect(queue.waitingReason(1) == .laneFull(running: 1, slots: 1))
    #expect(!queue.canStart)
    queue.finished(in: lane("a"))
    #expect(queue.next()?.name == "a2")
  }

  @Test("a group with three slots runs three, and fewer when its settings are lowered while they run")
  func slotsChange() {
    var queue = ReadyQueue()
    queue.setLane(lane("a"), LaneRules(slots: 3))
    queue.add(["a1", "a2", "a3", "a4", "a5"])
    for _ in 0..<3 { #expect(queue.next() != nil) }
    #expect(queue.next() == nil)
    queue.setLane(lane("a"), LaneRules(slots: 1))
    queue.finished(in: lane("a"))
    queue.finished(in: lane("a"))
    #expect(queue.next() == nil)
    queue.finished(in: lane("a"))
    #expect(queue.next()?.name == "a4")
  }

  @Test("a job found alive after a restart takes its group's slot")
  func startedElsewhere() {
    var queue = ReadyQueue()
    queue.started(in: lane("a"))
    queue.add(["a1"])
    #expect(queue.next() == nil)
    queue.finished(in: lane("a"))
    #expect(queue.next()?.name == "a1")
  }

  @Test("a paused or blocked group is passed over and says why; afterwards it goes on")
  func pausedAndBlocked() {
    var queue = ReadyQueue()
    queue.add(["a1", "b1", "c1"])
    queue.setLane(lane("a"), LaneRules(paused: true))
    queue.setLane(lane("b"), LaneRules(blockedReason: "group-settings-invalid"))
    #expect(queue.drain() == ["c1"])
    #expect(queue.waitingReason(0) == .lanePaused)
    #expect(queue.waitingReason(1) == .laneBlocked(reason: "group-settings-invalid"))
    queue.setLane(lane("a"), LaneRules())
    queue.setLane(lane("b"), LaneRules())
    #expect(queue.drain() == ["a1", "b1"])
    #expect(queue.waitingReason(0) == nil)
  }

  @Test("a job that is not ready does not block its group")
  func notReadyDoesNotBlock() {
    var queue = ReadyQueue()
    queue.add(["a1"], ready: false)
    queue.add(["a2"], arrival: 5)
    #expect(queue.waitingReason(0) == .notReady)
    #expect(queue.readyCount == 1)
    #expect(queue.drain() == ["a2"])
    queue.setReady(0)
    #expect(queue.drain() == ["a1"])
  }

  @Test("in an ordered group a job that is not ready blocks those behind it, and nobody else")
  func orderedBlocks() {
    var queue = ReadyQueue()
    queue.setLane(lane("a"), LaneRules(slots: 2, ordered: true))
    queue.add(["a1"])
    queue.add(["a2"], arrival: 1, ready: false)
    queue.add(["a3", "b1"], arrival: 2)
    #expect(queue.drain() == ["a1", "b1"])
    #expect(queue.waitingReason(2) == .behind(1) && queue.blocker(of: 2) == 1)
    queue.setReady(2, false)
    #expect(queue.blocker(of: 2) == 1 && queue.blocker(of: 1) == nil, "also of one that is not ready itself")
    queue.setReady(2)
    queue.setReady(1)
    #expect(queue.waitingReason(2) == .turn && queue.blocker(of: 2) == nil)
    #expect(queue.drain() == ["a2", "a3"])
  }

  @Test("making a group ordered, and undoing it, takes hold of the jobs that already wait")
  func orderedChanges() {
    var queue = ReadyQueue()
    queue.add(["a1"], ready: false)
    queue.add(["a2", "a3"], arrival: 1)
    queue.setLane(lane("a"), LaneRules(ordered: true))
    #expect(queue.drain().isEmpty)
    queue.setLane(lane("a"), LaneRules(ordered: false))
    #expect(queue.drain() == ["a2", "a3"])
    #expect(queue.count == 1)
  }

  @Test("a job that was ready and no longer is does not start")
  func readyTakenBack() {
    var queue = ReadyQueue()
    queue.add(["a1", "a2"])
    queue.setReady(0, false)
    #expect(queue.drain() == ["a2"])
  }

  @Test("a job taken out of the queue is not started, and taking it out twice does nothing")
  func removal() {
    var queue = ReadyQueue()
    queue.add(["a1", "a2", "b1", "-1"])
    #expect(queue.remove(0) == true)
    #expect(queue.remove(0) == false)
    #expect(queue.remove(77) == false)
    #expect(!queue.contains(0))
    #expect(queue.waiting(in: lane("a")) == 1)
    #expect(queue.drain() == ["a2", "b1", "-1"])
    #expect(queue.count == 0)
  }

  @Test("adding with a handle that is in the queue replaces the entry")
  func replacing() {
    var queue = ReadyQueue()
    queue.add(QueueEntry(handle: 3, lane: lane("a"), arrival: 1, name: "old"))
    queue.add(QueueEntry(handle: 3, lane: lane("b"), priority: 7, arrival: 2, name: "new"))
    #expect(queue[3] == QueueEntry(handle: 3, lane: lane("b"), priority: 7, arrival: 2, name: "new"))
    #expect(queue.waiting(in: lane("a")) == 0)
    #expect(queue.drain() == ["new"])
  }

  @Test("names stay right while thousands of jobs come and go")
  func namesSurviveCompaction() {
    var queue = ReadyQueue()
    for handle in Int32(0)..<3000 {
      queue.add(QueueEntry(handle: handle, arrival: 0, name: "a-rather-long-name-\(10_000 + handle)"))
    }
    for handle in Int32(0)..<3000 where handle % 10 != 0 { queue.remove(handle) }
    #expect(queue.drain() == (0..<300).map { "a-rather-long-name-\(10_000 + $0 * 10)" })
  }

  @Test("200,000 jobs of 50 groups are added and started, each once", .timeLimit(.minutes(60)))
  func manyJobs() {
    var queue = ReadyQueue()
    var numbers = Numbers(seed: 7)
    for handle in Int32(0)..<200_000 {
      queue.add(
        QueueEntry(
          handle: handle, lane: LaneID(rawValue: Int32(numbers.below(51))), priority: Int16(numbers.below(3)),
          arrival: Int64(numbers.below(1000)), name: "job-\(handle)"))
    }
    var seen = [Bool](repeating: false, count: 200_000)
    var last = Int16.max
    while let entry = queue.next() {
      #expect(!seen[Int(entry.handle)])
      #expect(entry.priority <= last)
      seen[Int(entry.handle)] = true
      last = entry.priority
      queue.finished(in: entry.lane)
    }
    #expect(seen.allSatisfy { $0 })
  }
}
