import Jobs
import Platform
import Spool

/// What waits of one group's requests, and how much it may ask for. Touches no file.
final class RequestGroup {
  /// Names beyond the number that may wait which one listing takes in to be refused.
  static let mostRefused = 1000
  /// Names that notifications may add to those that wait: what is beyond is found by listings.
  static let mostHinted = 4096
  /// A file that somebody holds open is looked at again after `quiet`, then after twice that, up to this many times.
  private static let longestPause: Int64 = 16
  /// Looks at a name that one request of `perMinute` pays for: at the first the file may be half-written, at the second its id
  /// another's. A file that changes for ever costs one for each three looks.
  private static let looksPerToken = 3

  private struct Key: Hashable {
    let name: [UInt8]
    let kind: Request.Kind
  }

  private struct Unsettled {
    var status: FileStatus
    /// Since when it is unchanged, continuous clock.
    var since: Int64
    /// When it is looked at again, and how long after the last time.
    var lookAt: Int64
    var pause: Int64
    /// Somebody has it open: it is left until that ends.
    var isHeldOpen: Bool
  }

  let name: GroupName
  /// Its settings cannot be read: its requests wait.
  var isBlocked = false
  /// Those from `first` on wait; what is before them is done with and removed now and then.
  private var waitingNames: [Key] = []
  private var first = 0
  private var known: Set<Key> = []
  private var unsettled: [Key: Unsettled] = [:]
  /// Those that wait for another one to be filed away, by what they want of it.
  private var parked: [String: [Key]] = [:]
  /// Those of them whose turn it is, and what they waited for.
  private var called: [Key: String] = [:]
  /// Looks that are paid for, of names that were looked at and stayed.
  private var paidLooks: [Key: Int] = [:]
  private var givenBack: Set<Key> = []
  private var policies: [Request.Kind: ScanPolicy] = [:]
  private var inodes: [Request.Kind: UInt64] = [:]
  private var counts: [Request.Kind: Int] = [:]
  /// Requests that may be made now, and when they were counted; full at first.
  private var tokens: Double?
  private var countedAt: Int64 = 0

  init(_ name: GroupName) { self.name = name }

  var hasWork: Bool { first < waitingNames.count }

  /// Files that settle by themselves when they stay quiet, and requests that wait for another one.
  var hasUnsettled: Bool { !parked.isEmpty || unsettled.values.contains { !$0.isHeldOpen } }

  /// Whether a name is looked at: it ends in `.json` and does not start with a dot.
  static func isRequest(_ name: some Collection<UInt8>) -> Bool {
    name.count > 5 && name.first != UInt8(ascii: ".") && name.suffix(5).elementsEqual(".json".utf8)
  }

  // MARK: names

  /// A notification. True: there is something to be looked at.
  func hint(_ name: [UInt8], _ kind: Request.Kind) -> Bool {
    guard Self.isRequest(name) else { return false }
    let key = Key(name: name, kind: kind)
    if var file = unsettled[key] {
      // It may be whole now. Who writes it again and again is not looked at more often for that.
      file.lookAt = min(file.lookAt, file.lookAt - file.pause + min(file.pause, pauseAtFirst))
      unsettled[key] = file
      return false
    }
    guard waitingNames.count - first < Self.mostHinted else { return true }  // the folder's times have changed too
    if add(key) { counts[kind, default: 0] += 1 }
    return true
  }

  func add(_ name: [UInt8], _ kind: Request.Kind) { add(Key(name: name, kind: kind)) }

  @discardableResult
  private func add(_ key: Key) -> Bool {
    guard unsettled[key] == nil, known.insert(key).inserted else { return false }
    waitingNames.append(key)
    return true
  }

  func next() -> (name: [UInt8], kind: Request.Kind)? {
    guard hasWork else { return nil }
    let key = waitingNames[first]
    first += 1
    if first > 1024, first * 2 > waitingNames.count {
      waitingNames.removeFirst(first)
      first = 0
    }
    known.remove(key)
    return (key.name, key.kind)
  }

  func forget(_ name: [UInt8], _ kind: Request.Kind) {
    let key = Key(name: name, kind: kind)
    unsettled[key] = nil
    paidLooks[key] = nil
    givenBack.remove(key)
    counts[kind] = max(0, waiting(kind) - 1)
  }

  /// It could not be looked at: a listing names it again.
  func lose(_ name: [UInt8], _ kind: Request.Kind) {
    unsettled[Key(name: name, kind: kind)] = nil
    paidLooks[Key(name: name, kind: kind)] = nil
    policies[kind]?.doubt()
  }

  /// How many lie in a folder, as far as is known.
  func waiting(_ kind: Request.Kind) -> Int { counts[kind] ?? 0 }

  // MARK: those that have to wait

  /// Leaves one until a word is free that another request has.
  func park(_ name: [UInt8], _ kind: Request.Kind, for word: String) {
    let key = Key(name: name, kind: kind)
    known.insert(key)
    parked[word, default: []].append(key)
  }

  /// A word is free: the first that waits for it is looked at next. Only the one, for it takes the word, and each of the
  /// others would be read in vain. True: there is something to be looked at.
  @discardableResult
  func release(_ word: String) -> Bool {
    guard var keys = parked.removeValue(forKey: word) else { return false }
    let key = keys.removeFirst()
    if !keys.isEmpty { parked[word] = keys }
    called[key] = word
    if first > 0 {
      first -= 1
      waitingNames[first] = key
    } else {
      waitingNames.insert(key, at: 0)
    }
    return true
  }

  /// What one waited for that is looked at now. Whoever looked has to release it again if nobody has it then.
  func answerCall(_ name: [UInt8], _ kind: Request.Kind) -> String? {
    called.removeValue(forKey: Key(name: name, kind: kind))
  }

  /// Whether others wait for a word, who come first.
  func isAwaited(_ word: String) -> Bool { parked[word] != nil || called.values.contains(word) }

  /// What an earlier runner had taken: some of it may be done.
  func gaveBack(_ names: [(name: [UInt8], kind: Request.Kind)]) {
    for name in names { givenBack.insert(Key(name: name.name, kind: name.kind)) }
  }

  func wasTaken(_ name: [UInt8], _ kind: Request.Kind) -> Bool { givenBack.contains(Key(name: name, kind: kind)) }

  // MARK: files that are not whole

  /// What `quiet` is, and never so short that waiting becomes turning.
  private var pauseAtFirst: Int64 = 0

  func wait(
    for name: [UInt8], _ kind: Request.Kind, _ status: FileStatus, isHeldOpen: Bool, now: Int64, quiet: Int64
  ) {
    pauseAtFirst = max(quiet, 1_000_000)
    let key = Key(name: name, kind: kind)
    let before = unsettled[key]
    // Whatever is in it by now: who writes it anew each time is not looked at more often for that.
    let pause = before.map { min(max($0.pause * 2, pauseAtFirst), pauseAtFirst * Self.longestPause) }
    let since = before.flatMap { $0.status.sameContent(as: status) ? $0.since : nil }
    unsettled[key] = Unsettled(
      status: status, since: since ?? now, lookAt: now + (pause ?? pauseAtFirst), pause: pause ?? pauseAtFirst,
      isHeldOpen: isHeldOpen)
  }

  /// Leaves one that was looked at before until the group may ask for something again.
  func putOff(_ name: [UInt8], _ kind: Request.Kind, _ status: FileStatus, until time: Int64, now: Int64) {
    let key = Key(name: name, kind: kind)
    var file = unsettled[key] ?? Unsettled(status: status, since: now, lookAt: time, pause: 0, isHeldOpen: false)
    file.lookAt = time
    unsettled[key] = file
  }

  func isQuiet(_ name: [UInt8], _ kind: Request.Kind, _ status: FileStatus, now: Int64, quiet: Int64) -> Bool {
    guard let before = unsettled[Key(name: name, kind: kind)] else { return false }
    return before.status.sameContent(as: status) && now - before.since >= quiet
  }

  /// Of those that wait for another the time is that one's.
  var nextLook: Int64? { unsettled.lazy.filter { [known] in !known.contains($0.key) }.map(\.value.lookAt).min() }

  /// Names those that have been left long enough. True: there are some.
  func lookAgain(now: Int64) -> Bool {
    var any = false
    for (key, file) in unsettled where now >= file.lookAt && known.insert(key).inserted {
      waitingNames.append(key)
      any = true
    }
    return any
  }

  /// Whether a file lies there to no end when it is old: it is no request, or none that ever became whole.
  func isLitter(_ name: some Collection<UInt8>, _ kind: Request.Kind) -> Bool {
    !Self.isRequest(name) || unsettled[Key(name: Array(name), kind: kind)] != nil
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
  private func takeToken(perMinute: Int, now: Int64) -> Duration? {
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

  /// The same for a look at a file; what it pays for is used first.
  func pay(for name: [UInt8], _ kind: Request.Kind, perMinute: Int, now: Int64) -> Duration? {
    let key = Key(name: name, kind: kind)
    if let left = paidLooks[key], left > 0 {
      paidLooks[key] = left - 1
      return nil
    }
    if let wait = takeToken(perMinute: perMinute, now: now) { return wait }
    paidLooks[key] = Self.looksPerToken - 1
    return nil
  }

  /// Whether it was looked at before, and left.
  func hasStayed(_ name: [UInt8], _ kind: Request.Kind) -> Bool { paidLooks[Key(name: name, kind: kind)] != nil }
}
