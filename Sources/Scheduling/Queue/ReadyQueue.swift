/// Which job starts next (DESIGN §2, "Order").
///
/// Higher priority first. Among equals the lanes take turns, the one served longest ago first: each group is a lane, and
/// all jobs without a group are one together. Within a lane: priority, arrival, the bytes of the name. A lane that is
/// paused, blocked or full is passed over.
///
/// A pick costs O(log jobs of the lane + log lanes). An entry costs about 28 bytes and its name's bytes.
public struct ReadyQueue: Sendable {
  private var entries = EntryTable()
  private var lanes = LaneTable()
  /// The lanes whose head can start now.
  private var startable = HandleHeap()
  private var picks: UInt64 = 0

  /// An empty queue.
  public init() {}

  /// Jobs in the queue, ready or not.
  public var count: Int { entries.count }

  /// Jobs that wait for nothing of their own (their lane may still hold them).
  public var readyCount: Int { entries.readyCount }

  /// Whether `next()` would pick a job.
  public var canStart: Bool { !startable.isEmpty }

  /// Adds a job, or replaces the entry with the same handle. O(log n).
  public mutating func add(_ entry: QueueEntry) {
    remove(entry.handle)
    lanes.admit(entry.lane)
    entries.insert(entry)
    lanes[entry.lane].waiting += 1
    if entry.ready || lanes[entry.lane].rules.ordered {
      lanes[entry.lane].heap.push(entry.handle, in: &entries)
      refresh(entry.lane)
    }
  }

  /// Takes a job out that will not start (cancelled, held, expired). O(log n).
  ///
  /// - Returns: whether it was there.
  @discardableResult
  public mutating func remove(_ handle: Handle) -> Bool {
    guard entries.contains(handle) else { return false }
    let slot = entries[handle]
    let lane = LaneID(rawValue: slot.lane)
    if slot.place >= 0 { lanes[lane].heap.remove(at: slot.place, in: &entries) }
    lanes[lane].waiting -= 1
    entries.remove(handle)
    refresh(lane)
    return true
  }

  /// Says that a job's own conditions are met, or no longer are. Unknown handles are left alone. O(log n).
  public mutating func setReady(_ handle: Handle, _ ready: Bool = true) {
    guard entries.contains(handle) else { return }
    entries.setReady(handle, ready)
    let slot = entries[handle]
    let lane = LaneID(rawValue: slot.lane)
    if ready || lanes[lane].rules.ordered {
      if slot.place < 0 { lanes[lane].heap.push(handle, in: &entries) }
    } else if slot.place >= 0 {
      lanes[lane].heap.remove(at: slot.place, in: &entries)
    }
    refresh(lane)
  }

  /// The job that `next()` would pick; nil when none can start.
  public var head: Handle? {
    guard let first = startable.first else { return nil }
    return lanes[LaneID(rawValue: first)].heap.first
  }

  /// Picks the job that starts next, takes it out and counts it as running in its lane; nil when none can start.
  public mutating func next() -> QueueEntry? {
    guard let first = startable.first else { return nil }
    let id = LaneID(rawValue: first)
    guard let handle = lanes[id].heap.pop(in: &entries) else { return nil }
    let picked = entry(handle)
    entries.remove(handle)
    picks += 1
    lanes[id].served = picks
    lanes[id].waiting -= 1
    lanes[id].running += 1
    refresh(id)
    return picked
  }

  /// Counts a job as running that this queue did not pick: one found alive after a restart.
  public mutating func started(in lane: LaneID) {
    lanes.admit(lane)
    lanes[lane].running += 1
    refresh(lane)
  }

  /// Counts a job of the lane as ended, however it ended. One call for each `next()` or `started(in:)`.
  public mutating func finished(in lane: LaneID) {
    lanes.admit(lane)
    // Never below zero: a count that went wrong must not let a lane run more than its slots.
    lanes[lane].running = max(0, lanes[lane].running - 1)
    refresh(lane)
  }

  /// Gives a lane its rules. Linear in the queue when `ordered` changes, else O(log lanes).
  public mutating func setLane(_ lane: LaneID, _ rules: LaneRules) {
    lanes.admit(lane)
    let wasOrdered = lanes[lane].rules.ordered
    lanes[lane].rules = rules
    if wasOrdered != rules.ordered {
      for handle in entries.slots.indices.lazy.map(Handle.init) where entries[handle].lane == lane.rawValue {
        guard entries[handle].state == .notReady else { continue }
        if rules.ordered {
          lanes[lane].heap.push(handle, in: &entries)
        } else {
          lanes[lane].heap.remove(at: entries[handle].place, in: &entries)
        }
      }
    }
    refresh(lane)
  }

  /// Puts a lane among those that can start something, takes it out, or moves it, after anything about it changed.
  private mutating func refresh(_ id: LaneID) {
    let lane = lanes[id]
    guard lane.isOpen, let head = lane.heap.first, entries[head].state == .ready else {
      if let place = lane.place { startable.remove(at: place, in: &lanes) }
      return
    }
    lanes[id].headPriority = entries[head].priority
    lanes[id].headArrival = entries[head].arrival
    if let place = lane.place {
      startable.keyChanged(at: place, in: &lanes)
    } else {
      startable.push(id.rawValue, in: &lanes)
    }
  }

  private func entry(_ handle: Handle) -> QueueEntry {
    let slot = entries[handle]
    return QueueEntry(
      handle: handle, lane: LaneID(rawValue: slot.lane), priority: slot.priority, arrival: slot.arrival,
      name: entries.name(handle), ready: slot.state == .ready)
  }
}

extension ReadyQueue {
  /// Whether a job is in the queue.
  public func contains(_ handle: Handle) -> Bool { entries.contains(handle) }

  /// A job's entry as it stands; nil when it is not in the queue.
  public subscript(handle: Handle) -> QueueEntry? { entries.contains(handle) ? entry(handle) : nil }

  /// Jobs of a lane in the queue, ready or not.
  public func waiting(in lane: LaneID) -> Int { known(lane).map { Int($0.waiting) } ?? 0 }

  /// Jobs of a lane that run.
  public func running(in lane: LaneID) -> Int { known(lane).map { Int($0.running) } ?? 0 }

  /// What a job waits for; nil when it is not in the queue. O(1).
  public func waitingReason(_ handle: Handle) -> WaitingReason? {
    guard entries.contains(handle) else { return nil }
    let slot = entries[handle]
    let lane = lanes[LaneID(rawValue: slot.lane)]
    if slot.state == .notReady { return .notReady }
    if let reason = waitingReason(of: LaneID(rawValue: slot.lane)) { return reason }
    if lane.rules.ordered, let head = lane.heap.first, entries[head].state == .notReady { return .behind(head) }
    return .turn
  }

  /// Of an ordered lane the job that comes before this one and is not ready, so that this one cannot start though it were
  /// ready itself; nil when there is none. O(1).
  public func blocker(of handle: Handle) -> Handle? {
    guard entries.contains(handle) else { return nil }
    let lane = lanes[LaneID(rawValue: entries[handle].lane)]
    guard lane.rules.ordered, let head = lane.heap.first, head != handle, entries[head].state == .notReady else {
      return nil
    }
    return head
  }

  /// What keeps a lane from starting anything; nil when its rules let one more start.
  public func waitingReason(of lane: LaneID) -> WaitingReason? {
    guard let known = known(lane) else { return nil }
    if known.rules.paused { return .lanePaused }
    if let reason = known.rules.blockedReason { return .laneBlocked(reason: reason) }
    if let slots = known.rules.slots, known.running >= slots {
      return .laneFull(running: Int(known.running), slots: slots)
    }
    return nil
  }

  private func known(_ lane: LaneID) -> Lane? {
    lanes.lanes.indices.contains(Int(lane.rawValue)) ? lanes[lane] : nil
  }
}
