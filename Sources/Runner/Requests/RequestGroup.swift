import Jobs
import Platform
import Spool

/// What waits of one group's requests, and how much it may ask for. Touches no file.
final class RequestGroup {
  /// Names beyond the number that may wait which one listing takes in to be refused.
  static let mostRefused = 1000

  private struct Key: Hashable {
    let name: [UInt8]
    let kind: Request.Kind
  }

  private struct Unsettled {
    var status: FileStatus
    /// Since when it is unchanged, continuous clock.
    var since: Int64
  }

  let name: GroupName
  private var waitingNames: [Key] = []
  private var known: Set<Key> = []
  private var unsettled: [Key: Unsettled] = [:]
  private var policies: [Request.Kind: ScanPolicy] = [:]
  private var inodes: [Request.Kind: UInt64] = [:]
  private var counts: [Request.Kind: Int] = [:]
  /// Requests that may be made now, and when they were counted; full at first.
  private var tokens: Double?
  private var countedAt: Int64 = 0

  init(_ name: GroupName) { self.name = name }

  var hasWork: Bool { !waitingNames.isEmpty }

  /// Whether a name is looked at: it ends in `.json` and does not start with a dot.
  static func isRequest(_ name: some Collection<UInt8>) -> Bool {
    name.count > 5 && name.first != UInt8(ascii: ".") && name.suffix(5).elementsEqual(".json".utf8)
  }

  // MARK: names

  /// A notification. True: there is something to be looked at.
  func hint(_ name: [UInt8], _ kind: Request.Kind) -> Bool {
    guard Self.isRequest(name) else { return false }
    counts[kind, default: 0] += 1
    add(name, kind)
    return true
  }

  func add(_ name: [UInt8], _ kind: Request.Kind) {
    let key = Key(name: name, kind: kind)
    guard unsettled[key] == nil, known.insert(key).inserted else { return }
    waitingNames.append(key)
  }

  func next() -> (name: [UInt8], kind: Request.Kind)? {
    guard !waitingNames.isEmpty else { return nil }
    let key = waitingNames.removeFirst()
    known.remove(key)
    return (key.name, key.kind)
  }

  func forget(_ name: [UInt8], _ kind: Request.Kind) {
    unsettled[Key(name: name, kind: kind)] = nil
    gone(kind)
  }

  /// How many lie in a folder, as far as is known.
  func waiting(_ kind: Request.Kind) -> Int { counts[kind] ?? 0 }
  func gone(_ kind: Request.Kind) { counts[kind] = max(0, waiting(kind) - 1) }

  // MARK: files that are not whole

  func wait(for name: [UInt8], _ kind: Request.Kind, _ status: FileStatus, now: Int64) {
    let key = Key(name: name, kind: kind)
    let since = unsettled[key].map { $0.status.sameContent(as: status) ? $0.since : now } ?? now
    unsettled[key] = Unsettled(status: status, since: since)
  }

  func isQuiet(_ name: [UInt8], _ kind: Request.Kind, _ status: FileStatus, now: Int64, quiet: Int64) -> Bool {
    guard let before = unsettled[Key(name: name, kind: kind)] else { return false }
    return before.status.sameContent(as: status) && now - before.since >= quiet
  }

  func nextLook(quiet: Int64) -> Int64? { unsettled.values.map { $0.since + quiet }.min() }

  /// Names those that have been quiet long enough. True: there are some.
  func lookAgain(now: Int64, quiet: Int64) -> Bool {
    var any = false
    for (key, file) in unsettled where now - file.since >= quiet && known.insert(key).inserted {
      waitingNames.append(key)
      any = true
    }
    return any
  }

  // MARK: listing

  func doubt() { policies.removeAll() }

  /// Whether a folder is another than the last time, and has to be watched.
  func isOther(_ status: FileStatus, _ kind: Request.Kind) -> Bool {
    defer { inodes[kind] = status.inode }
    return inodes[kind] != status.inode
  }

  func shouldList(_ kind: Request.Kind, _ status: FileStatus, continuous: Int64, wall: Int64) -> Bool {
    (policies[kind] ?? ScanPolicy()).shouldList(status, continuous: continuous, wall: wall)
  }

  func listed(_ kind: Request.Kind, _ status: FileStatus, count: Int, at continuous: Int64, took: Int64) {
    counts[kind] = count
    policies[kind, default: ScanPolicy()].listed(status, at: continuous, took: took)
  }

  // MARK: how much it may ask for

  /// Takes one of the requests that may be made now; else answers when there is one again. A minute's worth may come at
  /// once.
  func takeToken(perMinute: Int, now: Int64) -> Duration? {
    let most = Double(perMinute)
    let perNanosecond = most / 60e9
    var left = min(most, (tokens ?? most) + Double(max(0, now - countedAt)) * perNanosecond)
    countedAt = now
    defer { tokens = left }
    if left >= 1 {
      left -= 1
      return nil
    }
    return .nanoseconds(Int64((1 - left) / perNanosecond)) + .milliseconds(1)
  }

  func giveTokenBack() { tokens = (tokens ?? 0) + 1 }
}
