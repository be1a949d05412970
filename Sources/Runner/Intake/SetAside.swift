import Platform

/// Files that cannot be moved while the disk and the machine are well: immutable ones, mounts, folders that their maker closed. They
/// stay where they are and keep no other from being taken; each is tried again at growing intervals.
struct SetAside {
  /// Before the next try, ns: doubled each time.
  private static let shortest: Int64 = 1_000_000_000
  private static let longest: Int64 = 60_000_000_000

  private struct Entry {
    var until: Int64
    var wait: Int64
    /// Its time is over, and it was handed out.
    var isOut = false
  }

  private var entries: [[UInt8]: Entry] = [:]

  /// Whether it is the file that refuses to be moved. A folder that its maker closed is one: rename(2) changes its entry `..`.
  static func isReason(_ error: SystemError, isFolder: Bool = false) -> Bool {
    error.isForbidden || error.isBusy || error.isTaken || (error.isNotPermitted && (isFolder || error.call == "open"))
  }

  /// Those that stay where they are.
  var names: [[UInt8]] { entries.filter { !$0.value.isOut }.map(\.key) }

  mutating func add(_ name: [UInt8], now: Int64) {
    let wait = entries[name].map { min($0.wait * 2, Self.longest) } ?? Self.shortest
    entries[name] = Entry(until: now + wait, wait: wait)
  }

  /// Listings pass it over.
  func holds(_ name: some Collection<UInt8>) -> Bool {
    !entries.isEmpty && entries[Array(name)].map { !$0.isOut } ?? false
  }

  /// Those whose time is over, once.
  mutating func takeDue(now: Int64) -> [[UInt8]] {
    if entries.isEmpty { return [] }
    // What was not set aside again for so long is gone, or well.
    entries = entries.filter { !$0.value.isOut || now - $0.value.until < 2 * Self.longest }
    let due = entries.filter { !$0.value.isOut && $0.value.until <= now }.map(\.key)
    for name in due { entries[name]?.isOut = true }
    return due
  }

  /// Somebody touched it.
  mutating func letGo(_ name: [UInt8]) {
    if !entries.isEmpty { entries[name]?.isOut = true }
  }
}
