import Jobs
import Platform
import Runtimes

/// A box that stays after its job for the next one of its group, with what belongs to it as long as it is there.
final class KeptBox {
  let key: KeptBoxes.Key
  let box: Box
  let scratch: ScratchPool.Scratch
  let hold: Hold
  /// Held as long as it is there.
  private let image: ImageFacts?
  /// When it goes if nobody comes, continuous clock.
  fileprivate(set) var goesAt: Int64 = .max
  /// Its folders could not be emptied: it is used by nobody again.
  var isSpoiled = false

  /// It waits, and its folders are still in the spool: `rm -rf processing` takes them along.
  fileprivate var isUsable: Bool {
    box.isIdle && ((try? scratch.work.descriptor.status().linkCount) ?? 0) > 0
  }

  init(key: KeptBoxes.Key, box: Box, scratch: ScratchPool.Scratch, hold: Hold, image: ImageFacts?) {
    (self.key, self.box, self.scratch, self.hold, self.image) = (key, box, scratch, hold, image)
  }
}

/// The boxes of groups with `keep` that wait for a job. One is for its group alone, and only for a job that wants just what
/// it has; anything else ends it and starts afresh. Belongs to the loop.
final class KeptBoxes {
  /// What two jobs of a group must have in common to run in one box.
  struct Key: Hashable {
    let group: GroupName
    let runtime: RuntimeChoice
    /// What the image's name meant when the job came: another digest is another box.
    let digest: String?
    /// Mounts with device and inode, limits, network, user: in words.
    let wants: [String]
  }

  /// Between two looks at boxes that are ending, ns.
  private static let look: Int64 = 20_000_000
  /// How long the runner waits at its end until all are gone, ns.
  private static let patience: Int64 = 10_000_000_000
  /// A box that ends takes so long at most, ns; then by force.
  private static let ending: Int64 = 2_000_000_000

  private let core: Core
  private let scratch: ScratchPool
  private var idle: [KeptBox] = []
  private var leaving: [(kept: KeptBox, since: Int64)] = []

  init(_ core: Core, scratch: ScratchPool) {
    self.core = core
    self.scratch = scratch
  }

  /// When `proceed` is to be called, continuous clock.
  var nextDue: Int64? {
    if !leaving.isEmpty { return core.now + Self.look }
    return idle.map(\.goesAt).min()
  }

  /// A box that waits, for a job of this kind.
  func take(_ key: Key) -> KeptBox? {
    for kept in idle { kept.box.take() }
    // Whatever else the group has is not what it wants now.
    for kept in idle where kept.key.group == key.group && (kept.key != key || !kept.isUsable) { leave(kept) }
    guard let index = idle.firstIndex(where: { $0.key == key }) else { return nil }
    return idle.remove(at: index)
  }

  /// A job in it is settled, its folders are empty.
  ///
  /// - Parameter keep: how long it stays; nil: its group does not want it any more.
  func giveBack(_ kept: KeptBox, keep: Duration?) {
    guard let keep, kept.box.isIdle, !kept.isSpoiled else { return leave(kept) }
    kept.goesAt = core.now &+ keep.wholeNanoseconds
    idle.append(kept)
  }

  private func leave(_ kept: KeptBox) {
    idle.removeAll { $0 === kept }
    kept.box.end()
    leaving.append((kept, core.now))
    lookAtLeaving()
  }

  /// Descriptors, memory or processes have run out, and each box has some: those that wait spare time, no more.
  func makeRoom() { for kept in idle { leave(kept) } }

  /// The children that stand for the boxes here.
  var makers: [Int32] { idle.map(\.box.makerPID) + leaving.map(\.kept.box.makerPID) }

  /// A child that stands for a box was reaped.
  func reaped(_ end: ProcessEnd) {
    guard let kept = (idle + leaving.map(\.kept)).first(where: { $0.box.makerPID == end.pid }) else { return }
    kept.box.take()
    kept.box.reaped(end.cause)
    if idle.contains(where: { $0 === kept }) { leave(kept) } else { lookAtLeaving() }
  }

  /// Lets those go whose time is over.
  func proceed(now: Int64) {
    for kept in idle where now >= kept.goesAt { leave(kept) }
    if !leaving.isEmpty { lookAtLeaving() }
  }

  private func lookAtLeaving() {
    let now = core.now
    leaving.removeAll { kept, since in
      kept.box.take()
      if now - since > Self.ending { kept.box.endByForce() }
      guard kept.box.isGone else { return false }
      core.cgroups.letGo(kept.hold)
      kept.scratch.isHeld = false
      scratch.giveBack(kept.scratch, keeping: nil)
      return true
    }
  }

  /// Lets all go and waits until they are gone; the runner ends.
  func close() {
    for kept in idle { leave(kept) }
    let end = core.now + Self.patience
    while !leaving.isEmpty, core.now < end {
      while let child = Children.reap() { reaped(child) }
      lookAtLeaving()
      // The loop has ended: nobody waits.
      if !leaving.isEmpty { Clock.wait(nanoseconds: 2_000_000) }
    }
  }
}
