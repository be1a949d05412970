/// When something about a job can next change by itself: `notBefore`, a deferred attempt's due time, `expires`.
///
/// One time a handle: give the earliest moment that matters and look again when it comes. 20 bytes a handle.
public struct DueTimes: Sendable {
  private var times = Times()
  private var heap = HandleHeap()

  /// No times.
  public init() {}

  /// Number of handles that have a time.
  public var count: Int { heap.count }

  /// The earliest time, in nanoseconds since 1970; nil when there is none. This is how long a runner may sleep.
  public var nextDue: Int64? { heap.first.map { times.slots[Int($0)].due } }

  /// The time of a handle, in nanoseconds since 1970; nil when it has none.
  public func due(_ handle: Handle) -> Int64? {
    guard let slot = times.slot(handle), slot.place >= 0 else { return nil }
    return slot.due
  }

  /// Sets the time of a handle, in nanoseconds since 1970; replaces an earlier one. O(log n).
  public mutating func set(_ handle: Handle, due: Int64) {
    precondition(handle >= 0, "handles are not negative")
    while times.slots.count <= Int(handle) { times.slots.append(Times.Slot()) }
    times.slots[Int(handle)].due = due
    let place = times.slots[Int(handle)].place
    if place >= 0 {
      heap.keyChanged(at: place, in: &times)
    } else {
      heap.push(handle, in: &times)
    }
  }

  /// Forgets the time of a handle. O(log n).
  ///
  /// - Returns: whether it had one.
  @discardableResult
  public mutating func remove(_ handle: Handle) -> Bool {
    guard let slot = times.slot(handle), slot.place >= 0 else { return false }
    heap.remove(at: slot.place, in: &times)
    if heap.isEmpty { times = Times() }
    return true
  }

  /// Takes out one handle whose time is `now` or earlier, the earliest first, equal times by handle.
  ///
  /// - Parameter now: nanoseconds since 1970.
  public mutating func popDue(now: Int64) -> Handle? {
    guard let first = heap.first, times.slots[Int(first)].due <= now else { return nil }
    remove(first)
    return first
  }
}

private struct Times: HandleOrder, Sendable {
  struct Slot: Sendable {
    var due: Int64 = 0
    var place: Int32 = -1
  }

  var slots: [Slot] = []

  func slot(_ handle: Handle) -> Slot? {
    slots.indices.contains(Int(handle)) ? slots[Int(handle)] : nil
  }

  func precedes(_ first: Handle, _ second: Handle) -> Bool {
    let (a, b) = (slots[Int(first)].due, slots[Int(second)].due)
    return a != b ? a < b : first < second
  }

  mutating func moved(_ handle: Handle, to place: Int32?) {
    slots[Int(handle)].place = place ?? -1
  }
}
