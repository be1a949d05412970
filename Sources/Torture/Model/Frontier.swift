/// What a file system promises of what was not synced.
public enum Rules: String, CaseIterable, Sendable {
  /// ext4(5) with data=ordered and delayed allocation, without auto_da_alloc: names, sizes and rights come to the disk in the
  /// order they were changed, up to some point; bytes of a file that were not synced come from its start on, or not at all,
  /// and never before what else was changed earlier.
  case ext4
  /// No more than POSIX says: each change may have come to the disk or not, by itself. What is left of order: a rename is whole,
  /// and changes of one file's names, or of one name, come in theirs.
  case posix
}

/// How far a file system is at a moment: what every process sees, what is sure to be on the disk, and what lies between.
public struct Frontier: Sendable {
  /// A change that may or may not be on the disk.
  struct Pending: Sendable {
    let number: Int
    let change: Change
    /// Numbers of changes without which it cannot be on the disk.
    let needs: [Int]
    var isForced = false
  }

  public let rules: Rules
  /// What is seen.
  public private(set) var live: Volume
  /// What the disk has for certain.
  public private(set) var durable: Volume
  private(set) var pending: [Pending] = []
  /// Changes so far.
  private(set) var count = 0
  /// The last change that touched a file's data, a file's names, a name.
  private var lastData: [Inode: Int] = [:]
  private var lastNaming: [Inode: Int] = [:]
  private var lastAt: [Slot: Int] = [:]

  /// - Parameter start: all of it on the disk.
  public init(_ start: Volume, _ rules: Rules) {
    (live, durable, self.rules) = (start, start, rules)
  }

  public mutating func take(_ event: Event) {
    switch event {
    case .change(let change): take(change)
    case .sync(let sync, let began):
      force(sync, before: began)
      settle()
    case .mark: break
    }
  }

  private mutating func take(_ change: Change) {
    live.apply(change)
    // The inode itself is there from the beginning: bytes that were synced are, under whatever name it comes to light.
    if case .make(let inode, let kind, let mode, _) = change { durable.know(inode, kind, mode) }
    pending.append(Pending(number: count, change: change, needs: needs(of: change)))
    if change.isData { lastData[change.inode] = count }
    if change.isNaming { lastNaming[change.inode] = count }
    for slot in change.slots { lastAt[slot] = count }
    count += 1
  }

  private func needs(of change: Change) -> [Int] {
    if change.isData { return lastData[change.inode].map { [$0] } ?? [] }
    guard change.isNaming else { return [] }
    var needs = change.slots.compactMap { lastAt[$0] }
    if let naming = lastNaming[change.inode] { needs.append(naming) }
    if case .unlink(let inode, _) = change {
      // A folder is removed when it is empty.
      needs += lastAt.filter { $0.key.folder == inode }.values
    }
    return needs
  }

  // MARK: what a sync promises

  private mutating func force(_ sync: Sync, before began: Int) {
    let early = pending.indices.filter { pending[$0].number < began }
    switch sync {
    case .everything:
      for index in early { pending[index].isForced = true }
    case .file(let inode, let isFull):
      let own = early.filter { pending[$0].change.inode == inode }
      for index in own where pending[index].change.isData || (isFull && !pending[index].change.isNaming) {
        pending[index].isForced = true
      }
      // ext4 commits the transaction of the inode's last change that counts, and all that came before it.
      let last = own.last {
        if case .make = pending[$0].change { return true }
        return isFull || pending[$0].change.isData
      }
      if rules == .ext4, let last { commit(through: last) }
    case .entries(let folder):
      let own = early.filter { index in
        let change = pending[index].change
        return change.slots.contains { $0.folder == folder } || (rules == .ext4 && change.inode == folder)
      }
      if rules == .ext4 {
        if let last = own.last { commit(through: last) }
      } else {
        for index in own { forceWithNeeds(pending[index].number) }
      }
    }
  }

  private mutating func commit(through last: Int) {
    // Bytes that were not synced are not in the journal.
    for index in 0...last {
      if case .write = pending[index].change { continue }
      pending[index].isForced = true
    }
  }

  private mutating func forceWithNeeds(_ number: Int) {
    guard let index = position(of: number), !pending[index].isForced else { return }
    pending[index].isForced = true
    for need in pending[index].needs { forceWithNeeds(need) }
  }

  /// Where a change stands among those that are pending; nil: it is on the disk.
  func position(of number: Int) -> Int? {
    var (low, high) = (0, pending.count)
    while low < high {
      let middle = (low + high) / 2
      if pending[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < pending.count && pending[low].number == number ? low : nil
  }

  /// What is sure becomes part of the disk, in order. A size that is sure before the bytes that were to fill it waits for
  /// them: what else there was of the file has to be done first.
  private mutating func settle() {
    guard pending.contains(where: { $0.isForced }) else { return }
    var left: [Pending] = []
    var held: Set<Int> = []
    for change in pending {
      if change.isForced, !change.needs.contains(where: { held.contains($0) }) {
        durable.apply(change.change)
      } else {
        left.append(change)
        held.insert(change.number)
      }
    }
    pending = left
  }
}
