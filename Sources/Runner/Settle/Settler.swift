import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Brings what became of a job to the disk, in the order of DESIGN §3 "Settle": the record durable in `processing/`,
/// syncs shared; then renamed to its place, and the job after it.
///
/// What cannot be written stays in memory and is tried again: until it works nothing is shown and nothing is claimed.
final class Settler {
  typealias Goal = SettleWork.Goal

  /// A class, for a record is large and is looked up at each step.
  private final class Entry {
    let handle: Handle?
    let record: JobRecord
    let goal: Goal
    /// The job file and long outputs.
    let files: [LastingFile]
    var hasRecord: Bool
    /// Written and synced: only the renames are left.
    var isDurable = false
    /// Who has to know before the result shows does.
    var isAnnounced = false
    /// The disk refused it, and has not taken it since.
    var isTroubled = false

    init(_ record: JobRecord, _ handle: Handle?, _ goal: Goal, _ files: [LastingFile], hasRecord: Bool) {
      (self.record, self.handle, self.goal) = (record, handle, goal)
      (self.files, self.hasRecord) = (files, hasRecord)
    }
  }

  /// Results that wait for the disk before no more is claimed: those that the table of runs can tell of.
  private static let backlogLimit = RunTable.mostResults
  /// How long a record may wait for others to share its sync while other jobs run, ns: a batch of ten costs hardly more
  /// than one, and a result that is 10 ms late is not missed.
  private static let gathering: Int64 = 10_000_000
  /// Records that are synced without waiting for more. Claims wait for the renames of all that are shown at once: batches
  /// of 64 brought a drain with two slots from 0.62 of a bare loop's rate to 0.55 (2026-11-27).
  private static let fullBatch = 24
  /// Between two tries after the disk failed, ns.
  private static let retryInterval: Int64 = 500_000_000

  private let core: Core
  private let commit: GroupCommit
  private var entries: [Int: Entry] = [:]
  /// How many of them each job has.
  private var settling: [JobID: Int] = [:]
  private var jobFiles: [JobID: (opened: Descriptor, file: LastingFile)] = [:]
  private var nextTicket = 0
  private var failed: [Int] = []
  /// Entries that the disk refused and has not taken since: while there is one nothing is claimed.
  private var troubled = 0
  private var gathered: [GroupCommit.Item] = []
  private var gatheredSince: Int64 = 0
  private var retryAt: Int64?
  /// The result of a job that did not succeed is about to be written; not before this got to the disk.
  var willFail: (_ record: JobRecord) throws(SystemError) -> Void = { _ in }
  /// The record of a job that runs did not get to the disk.
  var notRecorded: (_ id: JobID) -> Void = { _ in }
  /// A job that was moved to `errors` has its result, or was taken back before.
  var cancelled: (_ id: JobID) -> Void = { _ in }
  /// What became of a job is on the disk.
  var isOnDisk: (_ id: JobID) -> Void = { _ in }
  private let ended: (_ handle: Handle?, _ record: JobRecord) -> Void
  private let deferred: (_ handle: Handle?, _ id: JobID, _ due: Timestamp) -> Void

  /// - Parameters:
  ///   - ended: the result shows; - deferred: the job lies in `deferred`.
  init(
    _ core: Core, notify: @escaping @Sendable () -> Void,
    ended: @escaping (_ handle: Handle?, _ record: JobRecord) -> Void,
    deferred: @escaping (_ handle: Handle?, _ id: JobID, _ due: Timestamp) -> Void
  ) throws(SystemError) {
    self.core = core
    self.ended = ended
    self.deferred = deferred
    commit = try GroupCommit(
      disk: core.disk, folders: core.folders, isDurable: core.settings.durability == .full, notify: notify)
  }

  /// The disk took everything so far, and not too much waits for it.
  var canClaim: Bool { troubled == 0 && entries.count < Self.backlogLimit }
  var isIdle: Bool { entries.isEmpty }
  /// Records that are not yet on the disk.
  var count: Int { entries.count }
  /// Whether the worker may be about to rename what is the job's.
  func isSettling(_ id: JobID) -> Bool { settling[id] != nil }
  /// When failed writes are tried again, or gathered ones synced, continuous clock.
  var nextDue: Int64? {
    earlier(retryAt, gathered.isEmpty ? nil : gatheredSince + Self.gathering)
  }

  /// - Parameter hasRecord: `processing/NAME.run.json` is there.
  func submit(
    _ record: JobRecord, handle: Handle?, goal: Goal, jobFile: Descriptor?, outputs: [LastingFile] = [], hasRecord: Bool
  ) {
    let ticket = nextTicket
    nextTicket += 1
    settling[record.id, default: 0] += 1
    var place = SpoolPlace.processing
    if case .cancel = goal { place = .errors }
    let job = jobFile.map { lasting($0, of: record.id, in: place) }
    let files = (job.map { [$0] } ?? []) + outputs
    entries[ticket] = Entry(record, handle, goal, files, hasRecord: hasRecord)
    gather(ticket)
  }

  /// One for all that is written of a run: what its first record brought to a new file its last one must know of.
  private func lasting(_ file: Descriptor, of id: JobID, in place: SpoolPlace) -> LastingFile {
    if let known = jobFiles[id], known.opened === file { return known.file }
    let new = LastingFile(file, name: JobFile.job(id.text), in: place)
    jobFiles[id] = (file, new)
    return new
  }

  /// Hands what was gathered to the worker: at once when nothing more is to come soon.
  func commitGathered(moreToCome: Bool) {
    guard !gathered.isEmpty else { return }
    if moreToCome, gathered.count < Self.fullBatch, core.now - gatheredSince < Self.gathering { return }
    commit.submit(gathered)
    gathered.removeAll(keepingCapacity: true)
  }

  /// Brings what was gathered to the disk before anything else is done; what the disk does not take stays.
  func settleNow() {
    commitGathered(moreToCome: false)
    commit.wait()
    proceed()
  }

  /// Tells what the disk has taken, and tries again what it has not.
  func proceed() {
    for (ticket, outcome) in commit.takeOutcomes() {
      switch outcome {
      case .shown: tell(ticket)
      case .notWritten(let failure): note(ticket, failure)
      case .notSynced(let failure):
        entries[ticket]?.hasRecord = true
        note(ticket, failure)
      case .notShown(let failure):
        entries[ticket]?.isDurable = true
        note(ticket, failure)
      }
    }
    if let retryAt, core.now >= retryAt { retry() }
  }

  func settingsChanged() { commit.setDurable(core.settings.durability == .full) }

  /// Waits for the worker; for the runner's end.
  func close() { commit.finish() }

  private func gather(_ ticket: Int) {
    guard let entry = entries[ticket] else { return }
    if case .settle(.errors) = entry.goal, !entry.isAnnounced {
      do throws(SystemError) { try willFail(entry.record) } catch { return note(ticket, error) }
      entry.isAnnounced = true
    }
    let work = SettleWork(
      mover: core.mover, writer: core.writer, record: entry.record, goal: entry.goal, files: entry.files,
      hasRecord: entry.hasRecord)
    if gathered.isEmpty { gatheredSince = core.now }
    gathered.append(
      entry.isDurable
        ? GroupCommit.Item(ticket: ticket, write: nil, show: work.show, sealed: work.sealed)
        : GroupCommit.Item(ticket: ticket, write: work.write, show: work.show, sealed: work.sealed))
  }

  private func tell(_ ticket: Int) {
    guard let entry = remove(ticket) else { return }
    switch entry.goal {
    case .running: break
    case .settle, .deferUntil, .cancel:
      jobFiles[entry.record.id] = nil
      isOnDisk(entry.record.id)
    }
    if entry.isTroubled {
      troubled -= 1
      if troubled == 0 { core.log.write(.info, "disk-recovered", "results can be written again") }
    }
    if entry.files.contains(where: \.isDamaged) {
      core.log.write(
        .warn, "output-log-incomplete", job: entry.record.id.text,
        "a sync failed and the disk gave back other bytes: a long output log, or a refused file, may not be whole")
    }
    switch entry.goal {
    case .running: break
    case .settle: ended(entry.handle, entry.record)
    case .deferUntil(let due): deferred(entry.handle, entry.record.id, due)
    case .cancel: cancelled(entry.record.id)
    }
  }

  private func remove(_ ticket: Int) -> Entry? {
    guard let entry = entries.removeValue(forKey: ticket) else { return nil }
    let left = (settling[entry.record.id] ?? 1) - 1
    settling[entry.record.id] = left > 0 ? left : nil
    return entry
  }

  /// The disk did not take it.
  private func note(_ ticket: Int, _ failure: SystemError) {
    guard let entry = entries[ticket] else { return }
    if case .running = entry.goal {
      // Nothing waits for it: the run writes it again after a while, or its end writes another.
      core.log.write(.warn, "record-not-written", job: entry.record.id.text, "the run record: \(failure)")
      _ = remove(ticket)
      notRecorded(entry.record.id)
      return
    }
    if !entry.isTroubled {
      entry.isTroubled = true
      troubled += 1
      if troubled == 1 {
        core.log.write(
          .error, "disk-failed", job: entry.record.id.text,
          "a result cannot be written, it is kept and tried again; nothing is claimed meanwhile: \(failure)")
      }
    }
    failed.append(ticket)
    retryAt = retryAt ?? core.now + Self.retryInterval
  }

  private func retry() {
    let again = failed
    failed = []
    retryAt = nil
    // A record may or may not be there after a failed write: `write` replaces what it finds.
    for ticket in again { gather(ticket) }
  }
}
