/// A job that waits to start, as the queue sees it.
public struct QueueEntry: Sendable, Equatable {
  /// The caller's number for the job. Small, dense, reused; see ``Handle``.
  public var handle: Handle
  /// Where it takes turns: its group's lane, or ``LaneID/ungrouped``.
  public var lane: LaneID
  /// −100…100, higher first; default 0 (DESIGN §3).
  public var priority: Int16
  /// Nanoseconds since 1970: the ctime of the dropped file. Earlier first among equal priorities of a lane.
  public var arrival: Int64
  /// The job's id, compared as UTF-8 bytes among equal arrivals (the kernel stamps ctime with a clock of about 4 ms,
  /// so ties are common). At most 255 bytes count; ids have at most 200.
  public var name: String
  /// False while it waits for something of its own (`after`, `notBefore`, a key); see ``ReadyQueue/setReady(_:_:)``.
  public var ready: Bool

  /// Makes an entry; priority 0, ready.
  public init(
    handle: Handle, lane: LaneID = .ungrouped, priority: Int16 = 0, arrival: Int64, name: String, ready: Bool = true
  ) {
    self.handle = handle
    self.lane = lane
    self.priority = priority
    self.arrival = arrival
    self.name = name
    self.ready = ready
  }
}
