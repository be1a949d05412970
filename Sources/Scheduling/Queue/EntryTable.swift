/// The waiting jobs themselves: 24 bytes each by handle, and their names' bytes in one array.
///
/// Names are kept as bytes rather than `String`s: a `String` of 28 bytes costs an allocation of 80.
struct EntryTable: HandleOrder, Sendable {
  struct Slot: Sendable {
    var arrival: Int64 = 0
    var nameStart: UInt32 = 0
    var lane: Int32 = 0
    /// In its lane's heap; −1 when it is not in one. (An optional would cost the slot eight bytes.)
    var place: Int32 = -1
    var priority: Int16 = 0
    var nameLength: UInt8 = 0
    var state: State = .free
  }

  enum State: UInt8, Sendable { case free, notReady, ready }

  private(set) var slots: [Slot] = []
  private var names: [UInt8] = []
  /// Bytes in `names` that belong to entries which left.
  private var spent = 0
  private(set) var count = 0
  private(set) var readyCount = 0

  func contains(_ handle: Handle) -> Bool {
    slots.indices.contains(Int(handle)) && slots[Int(handle)].state != .free
  }

  subscript(handle: Handle) -> Slot { slots[Int(handle)] }

  mutating func insert(_ entry: QueueEntry) {
    precondition(entry.handle >= 0, "handles are not negative")
    while slots.count <= Int(entry.handle) { slots.append(Slot()) }
    // Four gigabytes of names are some 20 million jobs: those beyond are ordered by handle rather than refused.
    let room = names.count <= Int(UInt32.max)
    let bytes = entry.name.utf8.prefix(room ? Int(UInt8.max) : 0)
    slots[Int(entry.handle)] = Slot(
      arrival: entry.arrival, nameStart: UInt32(truncatingIfNeeded: names.count), lane: entry.lane.rawValue,
      priority: entry.priority,
      nameLength: UInt8(bytes.count), state: entry.ready ? .ready : .notReady)
    names.append(contentsOf: bytes)
    count += 1
    if entry.ready { readyCount += 1 }
  }

  mutating func remove(_ handle: Handle) {
    let slot = slots[Int(handle)]
    spent += Int(slot.nameLength)
    count -= 1
    if slot.state == .ready { readyCount -= 1 }
    slots[Int(handle)] = Slot()
    if count == 0 {
      self = EntryTable()
    } else if spent > 4096, spent > names.count / 2 {
      compactNames()
    }
  }

  mutating func setReady(_ handle: Handle, _ ready: Bool) {
    readyCount += (ready ? 1 : 0) - (slots[Int(handle)].state == .ready ? 1 : 0)
    slots[Int(handle)].state = ready ? .ready : .notReady
  }

  func name(_ handle: Handle) -> String {
    String(decoding: names[range(slots[Int(handle)])], as: UTF8.self)
  }

  /// Priority, then arrival, then the bytes of the name; the handle only where two have the same name.
  func precedes(_ first: Handle, _ second: Handle) -> Bool {
    let a = slots[Int(first)]
    let b = slots[Int(second)]
    if a.priority != b.priority { return a.priority > b.priority }
    if a.arrival != b.arrival { return a.arrival < b.arrival }
    let (left, right) = (range(a), range(b))
    for (i, j) in zip(left, right) where names[i] != names[j] { return names[i] < names[j] }
    if left.count != right.count { return left.count < right.count }
    return first < second
  }

  mutating func moved(_ handle: Handle, to place: Int32?) {
    slots[Int(handle)].place = place ?? -1
  }

  private func range(_ slot: Slot) -> Range<Int> {
    Int(slot.nameStart)..<Int(slot.nameStart) + Int(slot.nameLength)
  }

  /// Copies the names that are still needed: linear, and paid for by the removals that made it necessary.
  private mutating func compactNames() {
    var kept: [UInt8] = []
    kept.reserveCapacity(names.count - spent)
    for index in slots.indices where slots[index].state != .free {
      let bytes = names[range(slots[index])]
      slots[index].nameStart = UInt32(kept.count)
      kept.append(contentsOf: bytes)
    }
    names = kept
    spent = 0
  }
}
