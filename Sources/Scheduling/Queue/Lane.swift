/// Names a lane: a small, dense number of the caller's. The queue keeps an array indexed by it.
public struct LaneID: Hashable, Sendable, RawRepresentable {
  /// 0 and up.
  public let rawValue: Int32

  /// The lane with that number.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// The one lane of all jobs without a group.
  public static let ungrouped = LaneID(rawValue: 0)
}

/// How many of a lane's jobs may run, in which order, and whether any may start now.
public struct LaneRules: Sendable, Equatable {
  /// Jobs of the lane that may run at a time; nil is no limit. Default for a group 1, for ``LaneID/ungrouped`` nil.
  public var slots: Int?
  /// Jobs start strictly in the lane's order, and one that is not ready blocks those behind it. Default false.
  public var ordered: Bool
  /// Nothing of the lane starts: a person stopped it (`groups/G.paused`). Default false.
  public var paused: Bool
  /// Nothing of the lane starts: why, as a stable code (say `group-settings-invalid`). Default nil.
  public var blockedReason: String?

  /// A group's defaults.
  public init(slots: Int? = 1, ordered: Bool = false, paused: Bool = false, blockedReason: String? = nil) {
    self.slots = slots
    self.ordered = ordered
    self.paused = paused
    self.blockedReason = blockedReason
  }
}

/// Why a job in the queue has not started.
public enum WaitingReason: Sendable, Equatable {
  /// It waits for something of its own that the caller knows (`after`, `notBefore`, a key).
  case notReady
  /// Its lane is paused by a person.
  case lanePaused
  /// Its lane is blocked; the code given with the lane's rules.
  case laneBlocked(reason: String)
  /// Its lane runs as many jobs as it may.
  case laneFull(running: Int, slots: Int)
  /// Its lane is ordered and the job at the head is not ready.
  case behind(Handle)
  /// It may start: others come first, or no slot of the runner is free.
  case turn
}

/// One lane inside the queue.
struct Lane: Sendable {
  var rules: LaneRules
  /// The jobs that may be picked: all ready ones; of an ordered lane also those that are not.
  var heap = HandleHeap()
  /// Jobs of this lane in the queue, ready or not.
  var waiting: Int32 = 0
  /// Jobs of this lane that run.
  var running: Int32 = 0
  /// When the lane was served last, counted in picks; 0 is never.
  var served: UInt64 = 0
  /// Its place among the lanes that can start something; nil when it cannot.
  var place: Int32?
  /// Copies of the head's keys, so that comparing lanes touches nothing else.
  var headPriority: Int16 = 0
  var headArrival: Int64 = 0

  /// Whether the rules and the running jobs let one more start.
  var isOpen: Bool {
    guard !rules.paused, rules.blockedReason == nil else { return false }
    guard let slots = rules.slots else { return true }
    return running < slots
  }
}

/// All lanes, and the order among those that can start something.
struct LaneTable: HandleOrder, Sendable {
  var lanes: [Lane] = []

  subscript(id: LaneID) -> Lane {
    get { lanes[Int(id.rawValue)] }
    _modify { yield &lanes[Int(id.rawValue)] }
  }

  /// Makes room for a lane that was not seen before, with the defaults of its kind.
  mutating func admit(_ id: LaneID) {
    precondition(id.rawValue >= 0, "lane numbers are not negative")
    while lanes.count <= Int(id.rawValue) {
      lanes.append(Lane(rules: LaneRules(slots: lanes.isEmpty ? nil : 1)))
    }
  }

  /// The higher head first; among equals the lane served longest ago, then the one whose head came first.
  func precedes(_ first: Handle, _ second: Handle) -> Bool {
    let a = lanes[Int(first)]
    let b = lanes[Int(second)]
    if a.headPriority != b.headPriority { return a.headPriority > b.headPriority }
    if a.served != b.served { return a.served < b.served }
    if a.headArrival != b.headArrival { return a.headArrival < b.headArrival }
    return first < second
  }

  mutating func moved(_ handle: Handle, to place: Int32?) {
    lanes[Int(handle)].place = place
  }
}
