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
  /// What happens once the record is on the disk.
  enum Goal {
    /// The job ends in this folder.
    case settle(SpoolPlace)
    /// It waits for its next attempt.
    case deferUntil(Timestamp)
    /// It runs: only the record and the claim are made durable.
    case running
  }

  private struct Entry {
    let handle: Handle?
    var record: JobRecord
    let goal: Goal
    /// The job file as it was read, so that its bytes are synced with the claim.
    let jobFile: Descriptor?
    /// Long outputs.
    let outputs: [Descriptor]
    /// A record is there already and is replaced.
    var hasRecord: Bool
    var isWritten = false
  }

  /// Results that wait for the disk before no more is claimed.
  private static let backlogLimit = 256
  /// How long a record may wait for others to share its sync while other jobs run, ns: a batch of ten costs hardly more
  /// than one, and a result that is 4 ms late is not missed.
  private static let gathering: Int64 = 4_000_000
  /// Records that are synced without waiting for more.
  private static let fullBatch = 64
  /// Between two tries after the disk failed, ns.
  private static let retryInterval: Int64 = 500_000_000

  private let core: Core
  private let commit: GroupCommit
  private var entries: [Int: Entry] = [:]
  private var nextTicket = 0
  private var failed: [Int] = []
  /// Of the worker, not yet carried on with.
  private var outcomes: [GroupCommit.Outcome] = []
  private var gathered: [GroupCommit.Item] = []
  private var gatheredSince: Int64 = 0
  private var retryAt: Int64?
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
      disk: core.disk, folders: [core.folders[.processing], core.folders[.inbox]], notify: notify)
  }

  /// The disk took everything so far, and not too much waits for it.
  var canClaim: Bool { failed.isEmpty && entries.count < Self.backlogLimit }
  var isIdle: Bool { entries.isEmpty }
  var hasOutcomes: Bool { !outcomes.isEmpty }
  /// When failed writes are tried again, or gathered ones synced, continuous clock.
  var nextDue: Int64? {
    let gather = gathered.isEmpty ? nil : gatheredSince + Self.gathering
    return retryAt.map { min($0, gather ?? $0) } ?? gather
  }

  /// Hands what was gathered to the sync: at once when nothing more is to come soon.
  func commitGathered(moreToCome: Bool) {
    guard !gathered.isEmpty else { return }
    if moreToCome, gathered.count < Self.fullBatch, core.now - gatheredSince < Self.gathering { return }
    commit.submit(gathered)
    gathered.removeAll(keepingCapacity: true)
  }

  /// - Parameter hasRecord: `processing/NAME.run.json` is there.
  func submit(
    _ record: JobRecord, handle: Handle?, goal: Goal, jobFile: Descriptor?, outputs: [Descriptor] = [], hasRecord: Bool
  ) {
    let ticket = nextTicket
    nextTicket += 1
    entries[ticket] = Entry(
      handle: handle, record: record, goal: goal, jobFile: jobFile, outputs: outputs, hasRecord: hasRecord)
    write(ticket)
  }

  /// Carries on with what the disk has taken, a part of it at a time.
  func proceed(atMost most: Int) {
    outcomes += commit.takeOutcomes()
    let part = outcomes.prefix(most)
    outcomes.removeFirst(part.count)
    for outcome in part {
      if let failure = outcome.failure { note(outcome.ticket, failure) } else { finish(outcome.ticket) }
    }
    if let retryAt, core.now >= retryAt { retry() }
  }

  /// Waits for the worker; for the runner's end.
  func close() { commit.finish() }

  private func write(_ ticket: Int) {
    guard var entry = entries[ticket] else { return }
    do throws(SystemError) {
      let name = JobFile.record(entry.record.id.text)
      let folder = try core.folders[.processing]
      let file: Descriptor
      if entry.hasRecord {
        file = try core.writer.write(entry.record.encode(), as: name, in: folder)
      } else {
        do throws(SystemError) {
          file = try core.writer.writeNew(entry.record.encode(), as: name, in: folder)
        } catch {
          // A torn one of a runner that was killed while it wrote.
          guard error.isTaken else { throw error }
          file = try core.writer.write(entry.record.encode(), as: name, in: folder)
        }
      }
      entry.hasRecord = true
      entry.isWritten = true
      entries[ticket] = entry
      if core.settings.durability == .relaxed { return finish(ticket) }
      if gathered.isEmpty { gatheredSince = core.now }
      gathered.append(
        GroupCommit.Item(ticket: ticket, files: (entry.jobFile.map { [$0] } ?? []) + entry.outputs + [file]))
    } catch { note(ticket, error) }
  }

  /// The disk did not take it.
  private func note(_ ticket: Int, _ failure: SystemError) {
    guard let entry = entries[ticket] else { return }
    if case .running = entry.goal {
      // Nothing depends on it but the age of the claim: the run's own end writes another record.
      core.log.write(.warn, "record-not-written", job: entry.record.id.text, "the run record: \(failure)")
      entries[ticket] = nil
      return
    }
    if failed.isEmpty {
      core.log.write(
        .error, "disk-failed", job: entry.record.id.text,
        "a result cannot be written, it is kept and tried again; nothing is claimed meanwhile: \(failure)")
    }
    // Text that is in the logs as well goes first when there is no room.
    if failure.isFull {
      entries[ticket]?.record.stdout?.shorten()
      entries[ticket]?.record.stderr?.shorten()
    }
    failed.append(ticket)
    retryAt = core.now + Self.retryInterval
  }

  private func retry() {
    let again = failed
    failed = []
    retryAt = nil
    for ticket in again {
      if entries[ticket]?.isWritten == true, case .settle? = entries[ticket]?.goal, isMoved(ticket) {
        finish(ticket)
      } else {
        write(ticket)
      }
    }
    if failed.isEmpty { core.log.write(.info, "disk-recovered", "results can be written again") }
  }

  /// A person put files under the names that the job needs: they are set aside, or no job would ever end again.
  private func makeWay(for id: JobID, in place: SpoolPlace) throws(SystemError) {
    let (folder, processing) = (try core.folders[place], try core.folders[.processing])
    if processing.has(JobFile.record(id.text)), folder.has(JobFile.result(id.text)) {
      try core.mover.displace(JobFile.result(id.text), in: place)
    }
    if processing.has(JobFile.job(id.text)), folder.has(JobFile.job(id.text)) {
      try core.mover.displace(JobFile.job(id.text), in: place)
    }
    core.log.write(.warn, "displaced", job: id.text, "a file stood where the job's had to go; it was set aside")
  }

  /// The result already stands in its place, only the job has not followed.
  private func isMoved(_ ticket: Int) -> Bool {
    guard let entry = entries[ticket], case .settle(let place) = entry.goal, let folder = try? core.folders[place],
      let processing = try? core.folders[.processing]
    else { return false }
    let id = entry.record.id.text
    return folder.has(JobFile.result(id)) && !processing.has(JobFile.record(id))
  }

  private func finish(_ ticket: Int) {
    guard let entry = entries[ticket] else { return }
    let id = entry.record.id
    do throws(SystemError) {
      switch entry.goal {
      case .running: entries[ticket] = nil
      case .settle(let place):
        if let files = entry.record.files {
          try core.mover.move(JobFile.files(id.text), from: .processing, to: place, as: files)
        }
        do throws(SystemError) { try core.mover.settle(id, in: place) } catch {
          guard error.isTaken else { throw error }
          try makeWay(for: id, in: place)
          try core.mover.settle(id, in: place)
        }
        entries[ticket] = nil
        ended(entry.handle, entry.record)
      case .deferUntil(let due):
        try core.mover.deferUntil(due, id)
        entries[ticket] = nil
        deferred(entry.handle, id, due)
      }
    } catch {
      // EIO, a full disk: kept in `processing`, told, tried again.
      note(ticket, error)
    }
  }
}

extension StreamText {
  /// Gives the text away; the log file has it.
  mutating func shorten() {
    guard !text.isEmpty else { return }
    text = ""
    truncated = true
  }
}
