import Jobs
import Observability
import Platform
import Spool

/// Reads `outbox/`: what a notification or a listing names is looked at, some hundred files a turn.
final class OutboxIntake {
  /// Looks a turn: some milliseconds.
  private static let looksPerTurn = 256

  private let core: Core
  private let table: OutboxTable
  private var policy = ScanPolicy()
  private var listing: UInt32 = 0
  /// Names still to be looked at, the last first.
  private var toLook: [[UInt8]] = []
  private var unsettled = UnsettledFiles()
  private var aside = SetAside()
  private var found: [(OutgoingMessage, JobID, FileStatus)] = []
  private var lastLooked: Int64?
  private var lookCost: Int64 = 0
  /// Names that are on their way back to the outbox: not to be taken for new ones.
  var returning: Set<JobID> = []
  /// A message that may be delivered.
  var admit: (OutgoingMessage, JobID, FileStatus) -> Void = { _, _, _ in }
  /// A file that can never be one.
  var refuse: (_ name: [UInt8], Refusal) -> Void = { _, _ in }
  /// A message is no longer there, or another one is under its name.
  var leave: (OutboxEntry) -> Void = { _ in }
  /// The due time of a message that waits for its next attempt.
  var setDue: (OutboxEntry, Int64) -> Void = { _, _ in }

  init(_ core: Core, table: OutboxTable) {
    self.core = core
    self.table = table
  }

  private var quiet: Int64 { core.settings.quiet.wholeNanoseconds }
  /// Everything that was named has been looked at.
  var isCaughtUp: Bool { toLook.isEmpty }
  /// Incomplete files that settle by themselves when they stay quiet.
  var hasUnsettled: Bool { unsettled.hasSettling }
  /// Names that somebody is writing.
  var beingWritten: [String] { unsettled.heldOpen.map { String(decoding: $0.dropLast(5), as: UTF8.self) } }
  /// Files that cannot be moved.
  var notMovable: [String] { aside.names.map { String(decoding: $0, as: UTF8.self) } }
  /// When an unsettled file is to be looked at again, continuous clock.
  var nextLook: Int64? { unsettled.nextLook(quiet: quiet) }

  /// A notification named a file; a touched record is when its message is due.
  func hint(_ name: [UInt8]) {
    guard let text = String(validating: name, as: UTF8.self), let id = JobFile.sidecarID(of: text, in: .outbox) else {
      if Self.isDrop(name) { toLook.append(name) }
      return
    }
    if let entry = table.inOutbox(JobID(unchecked: id)) { lookAtDue(entry) }
  }

  /// A file could not be taken. False: it is the disk or the machine that refuses. True: it is this file, which stays where it is
  /// while the others go on.
  func setAside(_ name: [UInt8], _ error: SystemError) -> Bool {
    let isFolder = ((try? core.folders[.outbox].status(name)) ?? nil)?.kind == .folder
    guard SetAside.isReason(error, isFolder: isFolder) else { return false }
    aside.add(name, now: core.now)
    core.log.write(
      .error, "message-not-taken", "outbox/\(String(decoding: name, as: UTF8.self)) cannot be taken now: \(error)")
    return true
  }

  func doubt() { policy.doubt() }

  /// Lists the folder if it may have changed.
  func scan() throws(SystemError) {
    let folder = try core.folders[.outbox]
    let times = try folder.descriptor.status()
    let start = core.now
    // What somebody was writing: its end may not have been notified.
    toLook += unsettled.heldOpen + aside.takeDue(now: start)
    if policy.shouldList(times, continuous: start, wall: core.wall) {
      listing &+= 1
      try folder.forEachEntry { bytes, _, inode in
        guard Self.isDrop(bytes) else { return }
        if let stem = JobID(listed: UnsafeBufferPointer(rebasing: bytes.dropLast(5))), let entry = table.inOutbox(stem)
        {
          entry.seen = listing
          if entry.inode == inode { return }
        } else if aside.holds(bytes) {
          return
        }
        toLook.append(Array(bytes))
      }
      for entry in table.all where entry.place == .outbox && entry.seen != listing { leave(entry) }
      policy.listed(times, at: core.now, took: core.now - start)
    }
    // A touch changes no folder. With notifications it is a hint; without, each record is looked at, within the same share
    // of a core.
    let pause = max(core.settings.notifications ? ScanPolicy.longest : 0, lookCost * ScanPolicy.share)
    if lastLooked.map({ start - $0 >= pause }) ?? true {
      for entry in table.all where entry.place == .outbox && entry.due != .min { lookAtDue(entry) }
      lastLooked = core.now
      lookCost = core.now - start
    }
  }

  /// Looks at some of what was named, and admits it in the order of arrival.
  func look() throws(SystemError) {
    toLook += unsettled.unchanged(for: quiet, now: core.now)
    guard !toLook.isEmpty else { return }
    let folder: Folder
    do throws(SystemError) { folder = try core.folders[.outbox] } catch {
      toLook.removeAll()
      policy.doubt()
      throw error
    }
    for _ in 0..<min(Self.looksPerTurn, toLook.count) {
      let name = toLook.removeLast()
      do throws(SystemError) { try look(at: name, in: folder) } catch {
        core.log.write(.warn, "look-failed", "a file in outbox/ cannot be looked at now: \(error)")
        policy.doubt()
        if error.isExhausted { break }
      }
    }
    for (message, name, status) in found.sorted(by: { ($0.2.changed, $0.1) < ($1.2.changed, $1.1) }) {
      admit(message, name, status)
      table.inOutbox(name)?.seen = listing
    }
    found.removeAll(keepingCapacity: true)
  }

  private func look(at name: [UInt8], in folder: Folder) throws(SystemError) {
    aside.letGo(name)
    let stem: JobID
    // Derived ones too: what the runner itself sends is named for the job that it tells of, and what comes back to wait for
    // its next attempt may have a number.
    do throws(Refusal) { stem = try JobID(derived: Array(name.dropLast(5))) } catch { return refuse(name, error) }
    guard !returning.contains(stem) else { return }
    let known = table.inOutbox(stem)
    guard let status = try folder.status(name) else {
      unsettled.forget(name)
      if let known { leave(known) }
      return
    }
    if let known, known.inode == status.inode {
      // Named twice in one turn it was taken in at the first look, and left as not whole at the second.
      return unsettled.forget(name)
    }
    let isQuiet = unsettled.isQuiet(name, status, for: quiet, now: core.now)
    let reader = DropReader(maxBytes: Int(core.settings.maxJobBytes.bytes))
    let reading = try reader.look(at: name, in: folder, isQuiet: isQuiet) { (bytes) throws(Refusal) in
      try OutgoingMessage.read(bytes)
    }.reading
    if let known { leave(known) }
    switch reading {
    case .ready(let message):
      unsettled.forget(name)
      found.append((message, stem, status))
    case .refused(let refusal):
      unsettled.forget(name)
      refuse(name, refusal)
    case .beingWritten: unsettled.wait(for: name, status, isHeldOpen: true, now: core.now)
    case .unsettled: unsettled.wait(for: name, status, isHeldOpen: false, now: core.now)
    case .gone: unsettled.forget(name)
    }
  }

  private func lookAtDue(_ entry: OutboxEntry) {
    guard let folder = try? core.folders[.outbox],
      let status = (try? folder.status(JobFile.record(entry.name.text))) ?? nil
    else { return }  // the listing finds out what became of it
    setDue(entry, status.modified)
  }

  /// Ends in `.json`, does not start with a dot, and is no record of ours.
  private static func isDrop(_ name: some Collection<UInt8>) -> Bool {
    guard name.count > 5, name.first != 0x2E, name.suffix(5).elementsEqual(".json".utf8) else { return false }
    return !name.suffix(9).elementsEqual(".run.json".utf8)
  }
}
