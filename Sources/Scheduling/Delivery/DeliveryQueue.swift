import Jobs

/// What waits for one channel: the earliest arrival first, but never past an earlier one to the same address.
///
/// A message that waits for its next attempt holds up those behind it to its address; those to other addresses pass. So whoever
/// reads along at one address sees the order of arrival, and an address that does not answer holds up nobody else.
public struct DeliveryQueue: Sendable {
  private struct Item {
    let handle: Handle
    let arrival: Int64
    let name: JobID
    /// ns since 1970; `Int64.min`: at once.
    var due: Int64

    func precedes(_ other: Item) -> Bool {
      arrival != other.arrival ? arrival < other.arrival : name < other.name
    }
  }

  /// By bytes: two addresses that only look alike are two.
  private var lanes: [JobID: [Item]] = [:]
  private var addresses: [Handle: JobID] = [:]
  /// The earliest due time of the first in each lane; nil: to be found again.
  private var knownDue: Int64??

  /// Nothing waits.
  public init() {}

  /// How many wait.
  public var count: Int { addresses.count }

  /// Adds a message that does not wait here yet. O(log n of its address) where they come in order.
  ///
  /// - Parameters:
  ///   - arrival: ns since 1970; equal ones by name.
  ///   - due: not before this, ns since 1970.
  public mutating func add(_ handle: Handle, to address: String, arrival: Int64, name: JobID, due: Int64 = .min) {
    let item = Item(handle: handle, arrival: arrival, name: name, due: due)
    let address = JobID(unchecked: address)
    addresses[handle] = address
    knownDue = nil
    var (low, high) = (0, lanes[address, default: []].count)
    while low < high {
      let middle = (low + high) / 2
      if lanes[address, default: []][middle].precedes(item) { low = middle + 1 } else { high = middle }
    }
    lanes[address, default: []].insert(item, at: low)
  }

  /// Takes a message out, wherever it stands. Linear in those to its address.
  public mutating func remove(_ handle: Handle) {
    guard let address = addresses.removeValue(forKey: handle) else { return }
    knownDue = nil
    lanes[address]?.removeAll { $0.handle == handle }
    if lanes[address]?.isEmpty == true { lanes[address] = nil }
  }

  /// Another due time, ns since 1970.
  public mutating func setDue(_ handle: Handle, _ due: Int64) {
    guard let address = addresses[handle], let index = lanes[address]?.firstIndex(where: { $0.handle == handle }) else {
      return
    }
    lanes[address]?[index].due = due
    knownDue = nil
  }

  /// The earliest time at which one may be delivered, ns since 1970; nil: none waits. Linear in the addresses after a change.
  public mutating func nextDue() -> Int64? {
    if let knownDue { return knownDue }
    let due = lanes.values.compactMap { $0.first?.due }.min()
    knownDue = .some(due)
    return due
  }

  /// The one to deliver now; nil: none is due. It stays until it is removed. Linear in the addresses.
  public mutating func next(now: Int64) -> Handle? {
    guard let due = nextDue(), due <= now else { return nil }
    var best: Item?
    for lane in lanes.values {
      guard let first = lane.first, first.due <= now else { continue }
      if best.map({ first.precedes($0) }) ?? true { best = first }
    }
    return best?.handle
  }
}
