import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Reads the inbox into the waiting room: what a notification or a listing names is looked at, a few hundred files a
/// turn, so that a free slot never waits for a scan to end.
final class InboxIntake {
  /// Looks a turn: some milliseconds.
  private static let looksPerTurn = 256

  /// A whole job. A class, for a job is large and sorting would move it.
  private final class Found {
    let job: Job
    let stem: JobID
    let status: FileStatus

    init(_ job: Job, _ stem: JobID, _ status: FileStatus) { (self.job, self.stem, self.status) = (job, stem, status) }

    /// It arrived before the other.
    func precedes(_ other: Found) -> Bool {
      status.changed == other.status.changed ? stem < other.stem : status.changed < other.status.changed
    }
  }

  private let core: Core
  private let room: WaitingRoom
  private let lanes: Lanes
  /// Ends a file that can never be a job.
  private let refuse: (_ name: [UInt8], _ refusal: Refusal, _ status: FileStatus?) -> Void

  /// A job came.
  var admitted: (_ id: JobID, _ job: Job) -> Void = { _, _ in }
  private var policy = ScanPolicy()
  private var listing: UInt32 = 0
  /// Names still to be looked at, the last first.
  private var toLook: [[UInt8]] = []
  private var unsettled = UnsettledFiles()
  /// Whole jobs of the turn's looks.
  private var found: [Found] = []
  private var aside = SetAside()
  /// Names that do not end in `.json`.
  private(set) var ignored = 0

  init(
    _ core: Core, room: WaitingRoom, lanes: Lanes,
    refuse: @escaping (_ name: [UInt8], _ refusal: Refusal, _ status: FileStatus?) -> Void
  ) {
    self.core = core
    self.room = room
    self.lanes = lanes
    self.refuse = refuse
  }

  /// Everything named so far was looked at.
  var isCaughtUp: Bool { toLook.isEmpty }

  /// Incomplete files that settle by themselves when they stay quiet; those that somebody holds open are not among them.
  var hasUnsettled: Bool { unsettled.hasSettling }

  /// Names that somebody is writing.
  var beingWritten: [String] { unsettled.heldOpen.map { String(decoding: $0, as: UTF8.self) } }

  /// When an unsettled file is to be looked at again, continuous clock; nil: none.
  var nextLook: Int64? { unsettled.nextLook(quiet: quiet) }

  private var quiet: Int64 { core.settings.quiet.wholeNanoseconds }

  /// A notification named a file.
  func hint(_ name: [UInt8]) { if Self.isDrop(name) { toLook.append(name) } }

  /// A file could not be claimed. False: it is the disk or the machine that refuses. True: it is this file, or its sidecar, which
  /// may not be opened. Listings pass it over for a while.
  func setAside(_ name: [UInt8], _ error: SystemError) -> Bool {
    let isFolder = ((try? core.folders[.inbox].status(name)) ?? nil)?.kind == .folder
    guard SetAside.isReason(error, isFolder: isFolder) else { return false }
    aside.add(name, now: core.now)
    return true
  }

  /// Names that cannot be moved.
  var notMovable: [String] { aside.names.map { String(decoding: $0, as: UTF8.self) } }

  /// A notification was lost, or the folder is a new one.
  func doubt() { policy.doubt() }

  /// Lists the folder if it may have changed. Answers whether it did.
  func scan() throws(SystemError) {
    let folder = try core.folders[.inbox]
    let times = try folder.descriptor.status()
    let start = core.now
    guard policy.shouldList(times, continuous: start, wall: core.wall) else { return }
    listing &+= 1
    var ignored = 0
    try folder.forEachEntry { bytes, _, inode in
      guard Self.isDrop(bytes) else {
        if bytes.first != 0x2E { ignored += 1 }
        return
      }
      if let stem = JobID(listed: UnsafeBufferPointer(rebasing: bytes.dropLast(5))),
        let handle = room.handle(inbox: stem)
      {
        room.markSeen(handle, listing)
        if room[handle]?.inode == inode { return }
      } else if unsettled.contains(Array(bytes)) || aside.holds(bytes) {
        return
      }
      toLook.append(Array(bytes))
    }
    self.ignored = ignored
    for handle in room.unseen(.inbox, listing) { room.leave(handle) }
    policy.listed(times, at: core.now, took: core.now - start)
  }

  /// Looks again at files that have been quiet long enough; with `heldOpen` also at those that somebody was writing,
  /// whose end may not have been notified, and at those that could not be claimed a while ago.
  func lookAgain(heldOpen: Bool) {
    toLook += unsettled.unchanged(for: quiet, now: core.now)
    guard heldOpen else { return }
    toLook += unsettled.heldOpen
    toLook += aside.takeDue(now: core.now)
  }

  /// Looks at some of what was named, and admits it in the order of arrival: who of several has a key, or comes before
  /// whom in `after`, must not depend on the order of a listing.
  func look() throws(SystemError) {
    guard !toLook.isEmpty else { return }
    let folder: Folder
    do throws(SystemError) { folder = try core.folders[.inbox] } catch {
      // No inbox at the moment: what was named is found by the listing once there is one, and until then the loop is not
      // to go round for it.
      toLook.removeAll()
      policy.doubt()
      throw error
    }
    defer {
      found.sort { $0.precedes($1) }
      for one in found { admit(one.job, one.stem, one.status) }
      found.removeAll(keepingCapacity: true)
    }
    for _ in 0..<min(Self.looksPerTurn, toLook.count) {
      let name = toLook.removeLast()
      do throws(SystemError) { try look(at: name, in: folder) } catch {
        // The machine's fault, not the file's: the next scan finds it again.
        core.log.write(.warn, "look-failed", "a dropped file cannot be looked at now: \(error)")
        policy.doubt()
        if error.isExhausted { return }
      }
    }
  }

  private func look(at name: [UInt8], in folder: Folder) throws(SystemError) {
    aside.letGo(name)
    var isQuiet = false
    if unsettled.contains(name), let status = try folder.status(name) {
      isQuiet = unsettled.isQuiet(name, status, for: quiet, now: core.now)
    }
    let stem: JobID
    do throws(Refusal) { stem = try core.name(ofDrop: Array(name.dropLast(5))) } catch {
      return refuse(name, error, try folder.status(name))
    }
    let reader = DropReader(core.settings)
    let (reading, status) = try reader.look(at: name, in: folder, isQuiet: isQuiet)
    switch (reading, status) {
    case (.ready(let job), let status?):
      unsettled.forget(name)
      found.append(Found(job, stem, status))
    case (.refused(let refusal), let status):
      unsettled.forget(name)
      if let handle = room.handle(inbox: stem) { room.leave(handle) }
      refuse(name, refusal, status)
    case (.beingWritten, let status?):
      unsettled.wait(for: name, status, isHeldOpen: true, now: core.now)
    case (.unsettled, let status?):
      unsettled.wait(for: name, status, isHeldOpen: false, now: core.now)
    default:
      unsettled.forget(name)
      if let handle = room.handle(inbox: stem) { room.leave(handle) }
    }
  }

  private func admit(_ job: Job, _ stem: JobID, _ status: FileStatus) {
    if let handle = room.handle(inbox: stem), room[handle]?.inode == status.inode,
      room[handle]?.arrival == status.changed
    {
      return  // Known: the notification and the listing both named it.
    }
    let lane = lanes.lane(of: job, tell: room)
    var waiting = WaitingJob(
      name: stem, origin: .inbox, lane: lane, priority: lanes.priority(of: job, core.settings), arrival: status.changed,
      inode: status.inode, due: job.notBefore?.nanoseconds ?? .min)
    waiting.seen = listing
    room.admit(waiting, terms: WaitingRoom.Terms(job), now: core.wall)
    if job.task != nil || job.group != nil { admitted(stem, job) }
  }

  /// Ends in `.json` and does not start with a dot; everything else is ignored while it waits.
  private static func isDrop(_ name: some Collection<UInt8>) -> Bool {
    guard name.count > 5, name.first != 0x2E else { return false }
    return name.suffix(5).elementsEqual(ending)
  }

  private static let ending = Array(".json".utf8)
}

extension WaitingRoom.Terms {
  /// The conditions of a job; nil if it has none.
  init?(_ job: Job, resolved: [AfterBook.Entry] = []) {
    guard job.after != nil || job.key != nil else { return nil }
    after = job.after
    dependencies = resolved
    key = job.key.map { KeyTable.Key(group: job.group?.text, key: $0) }
    work = key == nil ? "" : job.work
  }

  /// Those of a job that began before: what it waited for has been, and only its key is still its own.
  init?(begun job: Job) {
    self.init(job)
    guard key != nil else { return nil }
    after = nil
  }
}
