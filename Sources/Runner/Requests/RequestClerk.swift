import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Carries out what was asked for and may be, and says no to the rest. Each request is acted on by making files whose names
/// follow from it, all at once and durably, then answered, then filed away: whatever a crash cuts short is done again to the
/// same end.
final class RequestClerk {
  /// Where a request came from.
  struct Envelope {
    let group: GroupName
    let kind: Request.Kind
    /// The name of its file.
    let file: [UInt8]
    /// Nil: the name is none.
    var id: String?
    /// It lies in `processing/ipc` already, under this name.
    var taken: String?
  }

  private struct Entry {
    let item: GroupCommit.Item
    let envelope: Envelope
    /// To be decided once more if another took a name meanwhile; nil: a refusal.
    let again: (request: Request, bytes: [UInt8])?
    var isDurable = false
  }

  /// Between two tries after the disk failed, ns.
  private static let retryInterval: Int64 = 1_000_000_000
  /// Requests on their way to the disk.
  private static let most = 128

  private let core: Core
  private let files: RequestFiles
  private let planner: RequestPlanner
  private let commit: GroupCommit
  private let audit: AuditLog
  private var reader: TaskReader
  private let settings: (GroupName) -> GroupSettings?
  private var entries: [Int: Entry] = [:]
  private var nextTicket = 0
  private var gathered: [GroupCommit.Item] = []
  private var failed: [Int] = []
  private var retryAt: Int64?
  private var refusedCount = 0
  let waits: RequestWaits
  /// Ends a job that waits or runs.
  var cancel: (JobID) -> Void = { _ in }

  init(
    _ core: Core, reader: TaskReader, settings: @escaping (GroupName) -> GroupSettings?,
    notify: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    self.core = core
    self.reader = reader
    self.settings = settings
    files = RequestFiles(folders: core.folders, disk: core.disk)
    let homes = TaskFiles(folders: core.folders, disk: core.disk)
    planner = RequestPlanner(core, files: files, homes: homes, settings: settings)
    audit = AuditLog(core)
    waits = RequestWaits(core, files: files, homes: homes)
    commit = try GroupCommit(
      disk: core.disk, folders: core.folders, isDurable: core.settings.durability == .full, notify: notify)
  }

  var isIdle: Bool { entries.isEmpty }
  var hasRoom: Bool { entries.count < Self.most }
  var nextDue: Int64? { retryAt }

  /// Why a zone cannot be used.
  func zoneProblem(_ name: String) -> String? { reader.zoneProblem(name) }

  // MARK: carrying out

  func carryOut(_ request: Request, _ envelope: Envelope, _ bytes: [UInt8]) throws(SystemError) {
    guard let id = envelope.id, let taken = try take(envelope) else { return }
    var envelope = envelope
    envelope.taken = taken
    do {
      let gate = RequestGate(asker: envelope.group, spool: core.settings, settings: settings)
      let effects = try gate.admit(request, id: id)
      var work = try planner.plan(effects, of: id, bytes, in: envelope.group, taken: taken)
      if request.waits { work.note = waits.note(id, effects) }
      work.answers = [(JobFile.job(id), RequestAnswer.done(id, effects))]
      for case .cancelJob(let id) in effects { cancel(id) }
      if request.waits { waits.expect(id, effects, in: envelope.group) }
      audit.carriedOut(request, envelope, id, isOwn: gate.isOwn(request))
      submit(files.item(work, ticket: nextTicket), envelope, again: (request, bytes))
    } catch let refusal as Refusal {
      try refuse(envelope, refusal)
    } catch let error as SystemError {
      throw error
    } catch {}  // there are no others
  }

  // MARK: refusing

  /// - Parameter retryAfter: when it may be asked again; nil: never as it is.
  func refuse(_ envelope: Envelope, _ refusal: Refusal, retryAfter: Duration? = nil) throws(SystemError) {
    guard let taken = try take(envelope) else { return }
    var name = envelope.id.map { JobFile.job($0) } ?? ""
    if name.isEmpty {
      refusedCount += 1
      let time = Timestamp(nanoseconds: core.wall).secondsText().filter { $0.isNumber || $0 == "T" }
      name = "refused-\(time)-\(refusedCount).json"
    }
    var work = RequestWork(group: envelope.group, taken: taken, name: name)
    work.end = .errors
    let answer = RequestAnswer.refused(envelope.id ?? "", refusal, retryAfter: retryAfter)
    work.reason = answer
    if let id = envelope.id { work.answers = [(JobFile.job(id), answer)] }
    audit.refused(envelope, refusal)
    var own = envelope
    own.taken = taken
    let item = files.item(work, ticket: nextTicket)
    submit(.init(ticket: nextTicket, write: nil, show: item.show), own, again: nil)
  }

  private func take(_ envelope: Envelope) throws(SystemError) -> String? {
    if let taken = envelope.taken { return taken }
    // A name that is no id may be anything: it gets one of ours.
    refusedCount += envelope.id == nil ? 1 : 0
    let stem =
      Request.isName(envelope.file.dropLast(5))
      ? String(decoding: envelope.file, as: UTF8.self) : "odd-\(refusedCount).json"
    let taken = "\(envelope.kind.rawValue).\(stem)"
    return try files.take(envelope.file, envelope.kind, of: envelope.group, as: taken) ? taken : nil
  }

  // MARK: the disk

  private func submit(_ item: GroupCommit.Item, _ envelope: Envelope, again: (Request, [UInt8])?) {
    entries[nextTicket] = Entry(item: item, envelope: envelope, again: again.map { (request: $0.0, bytes: $0.1) })
    gathered.append(item)
    nextTicket += 1
  }

  func flush() {
    guard !gathered.isEmpty else { return }
    commit.submit(gathered)
    gathered.removeAll()
  }

  func proceed() {
    for (ticket, outcome) in commit.takeOutcomes() {
      guard let entry = entries[ticket] else { continue }
      switch outcome {
      case .shown: entries[ticket] = nil
      case .notShown(let error) where error.isTaken && entry.again != nil:
        // Another took a name between the look and the rename: decided once more.
        entries[ticket] = nil
        if let again = entry.again {
          core.keepGoing { () throws(SystemError) in try carryOut(again.request, entry.envelope, again.bytes) }
        }
      case .notShown(let error):
        entries[ticket]?.isDurable = true
        note(ticket, error)
      case .notWritten(let error), .notSynced(let error): note(ticket, error)
      }
    }
    if let retryAt, core.now >= retryAt {
      self.retryAt = nil
      for ticket in failed {
        guard let entry = entries[ticket] else { continue }
        gathered.append(
          entry.isDurable ? .init(ticket: ticket, write: nil, show: entry.item.show) : entry.item)
      }
      failed = []
    }
    flush()
  }

  private func note(_ ticket: Int, _ error: SystemError) {
    if failed.isEmpty {
      core.log.write(.error, "request-not-written", "what a request comes to cannot be written now: \(error)")
    }
    failed.append(ticket)
    retryAt = retryAt ?? core.now + Self.retryInterval
  }

  func close() {
    flush()
    commit.finish()
    proceed()
  }
}
