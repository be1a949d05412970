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
    /// It was taken before, and some of it may be done: by an earlier runner, or until another took a name.
    var isAgain = false
  }

  /// What only one request at a time may have: an id, or the name of a file in `processing/ipc`.
  private struct Hold: Hashable {
    let group: GroupName
    let word: String
  }

  /// One on its way to the disk.
  private struct Step {
    let envelope: Envelope
    /// To be decided once more if another took a name meanwhile; nil: a refusal.
    let again: (request: Request, bytes: [UInt8])?
    /// Files of the group's that it holds open.
    var copies = 0
    /// Jobs that it ends.
    var cancelled: [JobID] = []
  }

  /// Between two tries after the disk failed, ns.
  private static let retryInterval: Int64 = 1_000_000_000
  /// Requests on their way to the disk, of all groups and of one: what a group has there another's request waits for. With
  /// 8 of one group another's answer took 2.8 times as long as without, with 4 it was 1.8 times (2026-11-26).
  private static let most = 128
  private static let mostOfGroup = 4
  /// Files that they hold open together, beyond which no more are taken in: descriptors are few, and without one more no
  /// request could be written that would let go of some.
  private static let mostCopies = 16

  private let core: Core
  private let files: RequestFiles
  private let planner: RequestPlanner
  private let steps: DurableSteps<Step>
  private let audit: AuditLog
  private var reader: TaskReader
  private let settings: (GroupName) -> GroupSettings?
  /// Taken, and not decided: the machine could not look at what is there.
  private var undecided: [(request: Request, envelope: Envelope, bytes: [UInt8])] = []
  private var held: Set<Hold> = []
  private var underWay: [GroupName: Int] = [:]
  private var copies = 0
  private var retryAt: Int64?
  private var refusedCount = 0
  let waits: RequestWaits
  /// A word is free that was held.
  var released: (GroupName, _ word: String) -> Void = { _, _ in }
  /// There is room for another request of this group.
  var hasRoomAgain: (GroupName) -> Void = { _ in }
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
    let homes = JobHomes(core.folders)
    planner = RequestPlanner(core, files: files, homes: homes, settings: settings)
    audit = AuditLog(core)
    waits = RequestWaits(core, files: files, homes: homes) { asker, group in
      guard let group else { return asker.text == Rights.main || settings(asker)?.rights.tasks.isAny == true }
      return RequestGate(asker: asker, spool: core.settings, settings: settings).mayKnow(of: group)
    }
    let commit = try GroupCommit(
      disk: core.disk, folders: core.folders, isDurable: core.settings.durability == .full, notify: notify)
    steps = DurableSteps(commit, now: { core.now })
    steps.done = { [unowned self] in carriedOut($0) }
    steps.taken = { [unowned self] in decideAgain($0) }
    steps.refused = { _, error in
      core.log.write(.error, "request-not-written", "what a request comes to cannot be written now: \(error)")
    }
  }

  var isIdle: Bool { steps.isIdle && undecided.isEmpty && waits.isIdle }
  var hasRoom: Bool { steps.count + undecided.count < Self.most && copies < Self.mostCopies }
  func hasRoom(for group: GroupName) -> Bool { hasRoom && underWay[group, default: 0] < Self.mostOfGroup }
  var nextDue: Int64? { earlier(earlier(steps.nextDue, retryAt), waits.retryAt) }

  /// Why a zone cannot be used.
  func zoneProblem(_ name: String) -> String? { reader.zoneProblem(name) }

  // MARK: one at a time

  /// Whether a request with this word is on its way: another waits until it is filed away, for what it comes to depends on
  /// that.
  func isHeld(_ word: String, in group: GroupName) -> Bool { held.contains(Hold(group: group, word: word)) }

  /// The word of a file. No id has a slash.
  static func word(_ file: [UInt8], _ kind: Request.Kind) -> String {
    "\(kind.rawValue)/\(String(decoding: file, as: UTF8.self))"
  }

  private func words(_ envelope: Envelope) -> [Hold] {
    let file = Hold(group: envelope.group, word: Self.word(envelope.file, envelope.kind))
    return [file] + (envelope.id.map { [Hold(group: envelope.group, word: $0)] } ?? [])
  }

  private func hold(_ envelope: Envelope) {
    held.formUnion(words(envelope))
    underWay[envelope.group, default: 0] += 1
  }

  private func release(_ envelope: Envelope) {
    for hold in words(envelope) where held.remove(hold) != nil { released(hold.group, hold.word) }
    underWay[envelope.group, default: 1] -= 1
    hasRoomAgain(envelope.group)
  }

  // MARK: carrying out

  func carryOut(_ request: Request, _ envelope: Envelope, _ bytes: [UInt8]) throws(SystemError) {
    guard envelope.id != nil, let taken = try take(envelope) else { return }
    var envelope = envelope
    envelope.taken = taken
    hold(envelope)
    decide(request, envelope, bytes)
  }

  private func decide(_ request: Request, _ envelope: Envelope, _ bytes: [UInt8]) {
    guard let id = envelope.id, let taken = envelope.taken else { return }
    do {
      let gate = RequestGate(asker: envelope.group, spool: core.settings, settings: settings)
      let effects = try gate.admit(request, id: id)
      var work = try planner.plan(
        effects, of: id, bytes, in: envelope.group, taken: taken, isAgain: envelope.isAgain)
      if request.waits { work.note = waits.note(id, effects) }
      work.answers = [(JobFile.job(id), RequestAnswer.done(id, effects))]
      for id in work.cancelled { cancel(id) }
      if request.waits { waits.expect(id, effects, in: envelope.group) }
      audit.carriedOut(request, envelope, id, isOwn: gate.isOwn(request))
      copies += work.copies.count
      steps.add(
        Step(
          envelope: envelope, again: (request, bytes), copies: work.copies.count, cancelled: work.cancelled)
      ) { files.item(work, ticket: $0) }
    } catch let refusal as Refusal {
      // Of one that was carried out under this id the jobs are still waited for.
      if request.waits, (try? files.isFiled(id, of: envelope.group)) == false { waits.forget(id, envelope.group) }
      refuse(envelope, taken, refusal)
    } catch {
      // The machine's failure and not the request's: it is taken and has to be answered.
      if undecided.isEmpty {
        core.log.write(.error, "request-undecided", "what a request comes to cannot be looked at now: \(error)")
      }
      undecided.append((request, envelope, bytes))
      retryAt = retryAt ?? core.now + Self.retryInterval
    }
  }

  // MARK: refusing

  /// - Parameter retryAfter: when it may be asked again; nil: never as it is.
  func refuse(_ envelope: Envelope, _ refusal: Refusal, retryAfter: Duration? = nil) throws(SystemError) {
    guard let taken = try take(envelope) else { return }
    var own = envelope
    own.taken = taken
    hold(own)
    refuse(own, taken, refusal, retryAfter: retryAfter)
  }

  private func refuse(_ envelope: Envelope, _ taken: String, _ refusal: Refusal, retryAfter: Duration? = nil) {
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
    steps.add(Step(envelope: envelope, again: nil)) { ticket in
      .init(ticket: ticket, write: nil, show: files.item(work, ticket: ticket).show)
    }
  }

  private func take(_ envelope: Envelope) throws(SystemError) -> String? {
    if let taken = envelope.taken { return taken }
    // A name that is no id may be anything: it gets one of ours, that is none either if a later runner gives it back.
    refusedCount += envelope.id == nil ? 1 : 0
    let stem =
      Request.isName(envelope.file.dropLast(5))
      ? String(decoding: envelope.file, as: UTF8.self) : "odd~\(refusedCount).json"
    let taken = "\(envelope.kind.rawValue).\(stem)"
    return try files.take(envelope.file, envelope.kind, of: envelope.group, as: taken) ? taken : nil
  }

  // MARK: the disk

  /// Hands over what was decided.
  func flush() { steps.flush() }

  func proceed() {
    steps.proceed()
    waits.proceed()
    if let retryAt, core.now >= retryAt {
      self.retryAt = nil
      let again = undecided
      undecided = []
      for (request, envelope, bytes) in again { decide(request, envelope, bytes) }
    }
    flush()
  }

  func settingsChanged() { steps.setDurable(core.settings.durability == .full) }

  func close() {
    steps.close()
    waits.proceed()
  }

  private func carriedOut(_ step: Step) {
    copies -= step.copies
    release(step.envelope)
    // One that was claimed before it could be moved away is ended as a run.
    for id in step.cancelled { cancel(id) }
    if let done = step.again, done.request.waits, let id = step.envelope.id { waits.look(id, step.envelope.group) }
  }

  /// Another took a name between the look and the rename. False: of a refusal.
  private func decideAgain(_ step: Step) -> Bool {
    guard let again = step.again else { return false }
    copies -= step.copies
    var envelope = step.envelope
    envelope.isAgain = true
    decide(again.request, envelope, again.bytes)
    return true
  }
}
