import Jobs
import Observability
import Platform
import Runtimes
import Scheduling
import Spool

/// Claims jobs, in the order the waiting room gives, and hands them to the attempts; ends those that are not to run.
final class Dispatcher {
  /// Files a turn that end without a run.
  private static let verdictsPerTurn = 64

  private let core: Core
  private let room: WaitingRoom
  private let lanes: Lanes
  private let settler: Settler
  private let attempts: Attempts
  private let keyFiles: KeyFiles
  private let messages: MessageWork
  private let admission: Admission
  let claims: Claims
  /// A job of a group is under way, under this id.
  var began: (_ id: JobID, _ group: GroupName) -> Void = { _, _ in }
  /// Whether somebody else starts the job that was made ready (`startReady`).
  var handsOver: () -> Bool = { false }
  /// The job that was made ready as a plain process.
  private var ready: Handle?
  private var refusals: [[UInt8]: Refusal] = [:]
  private var refusedCount = 0

  init(
    _ core: Core, room: WaitingRoom, lanes: Lanes, settler: Settler, attempts: Attempts, keyFiles: KeyFiles,
    messages: MessageWork
  ) {
    self.core = core
    self.room = room
    self.lanes = lanes
    self.settler = settler
    self.attempts = attempts
    self.keyFiles = keyFiles
    self.messages = messages
    admission = Admission(core: core, lanes: lanes)
    claims = Claims(core, room: room, lanes: lanes, settler: settler)
  }

  /// A file that can never be a job; carried out when claiming is possible.
  func refuse(_ name: [UInt8], _ refusal: Refusal) { refusals[name] = refusal }

  var hasWork: Bool { !refusals.isEmpty || room.hasVerdict || (room.canStart && attempts.hasFreeSlot) }

  /// Whether a free slot can be filled with the job that was made ready, and nothing else comes first.
  private var canStartReady: Bool {
    guard let ready, !isHeldUp, attempts.hasFreeSlot, refusals.isEmpty, !room.hasVerdict else { return false }
    return ready == room.head
  }

  var isHeldUp: Bool { core.now < max(claims.pausedUntil, attempts.pausedUntil) || !settler.canClaim }

  /// When a hold-up by the machine ends, continuous clock.
  var nextDue: Int64? {
    let until = max(claims.pausedUntil, attempts.pausedUntil)
    return until > core.now ? until : nil
  }

  /// Claims as much as slots, lanes and the disk allow.
  func dispatch() {
    for _ in 0..<Self.verdictsPerTurn where !isHeldUp {
      if let (name, refusal) = refusals.popFirst() {
        carryOut(refusal, name)
      } else if let (handle, outcome) = room.nextVerdict() {
        if let claimed = claims.claim(handle, for: outcome) { settle(claimed, outcome) }
      } else {
        break
      }
    }
    while !isHeldUp, attempts.hasFreeSlot, !(canStartReady && handsOver()), let handle = room.next() {
      if let claimed = claims.claim(handle) { begin(claimed) }
    }
  }

  /// Claims and starts the job that was made ready; answers its process, for whose end the calling thread waits.
  ///
  /// Only plain processes are made ready. What took the place of one meanwhile is run as what it is: of its own lane, so it
  /// is nothing that stays after its run.
  func startReady() -> Int32? {
    guard canStartReady, let handle = room.next() else { return nil }
    ready = nil
    guard let claimed = claims.claim(handle) else { return nil }
    return begin(claimed, isAwaited: true)?.run.pid
  }

  /// Makes the job that comes next ready while every slot is taken. Secrets and mounts are looked at when it starts.
  func prepareNext() {
    guard !attempts.hasFreeSlot, !isHeldUp, refusals.isEmpty, !room.hasVerdict, let handle = room.head else { return }
    guard let head = claims.prepare(handle), let admitted = admission.plain(head.job) else { return }
    attempts.prepare(head, admitted)
    ready = handle
  }

  // MARK: what becomes of it

  /// Nil: there is no run of it.
  @discardableResult
  private func begin(_ claimed: Claimed, isAwaited: Bool = false) -> ActiveRun? {
    if let job = admittedAhead(claimed), admission.expired(job, claimed.record) == nil {
      return start(claimed, job, work: "", isAwaited: isAwaited)
    }
    let job: Job
    let work: String
    switch claimed.content {
    case .failure(let refusal):
      settle(claimed, Outcome(refusal))
      return nil
    case .success(var read):
      // As it was asked for: what is filled in may be another the next time.
      work = read.key == nil ? "" : read.work
      claimed.group = lanes.settings(of: read.group)
      if let group = read.group { began(claimed.id, group) }
      if var message = read.message {
        // Whoever answers it needs a name for it, the same in each attempt.
        message.id = message.id ?? "job:\(claimed.id.text)"
        read.message = message
        (claimed.record.chat, claimed.record.messageID) = (message.address, message.id)
        do throws(SystemError) {
          switch try messages.resolve(read, claimed.group, attempt: claimed.record.attemptsTotal + 1) {
          case .work(let work): read = work
          case .settled(let outcome):
            // The same one again is kept no second time.
            if outcome.status.isSuccess { try note(read.key, of: read, claimed.id, work) }
            settle(claimed, outcome)
            return nil
          }
        } catch {
          putOff(claimed, "what was said in its chat", error)
          return nil
        }
      }
      if read.runtime != .process, claimed.group?.host != true { read.image = read.image ?? claimed.group?.image }
      if read.wantsEngine {
        do throws(StartFailure) { read.runtime = try core.engines.first()?.kind ?? .sandbox } catch {
          attempts.refuse(claimed, read, error)
          return nil
        }
      }
      do throws(Refusal) { job = try admission.admit(read, claimed.group) } catch {
        settle(claimed, Outcome(error))
        return nil
      }
    }
    if let outcome = admission.expired(job, claimed.record) ?? admission.forbidden(job, claimed.group) {
      settle(claimed, outcome)
      return nil
    }
    return start(claimed, job, work: work, isAwaited: isAwaited)
  }

  /// The job as it was admitted when it was made ready. One of a group, or with a key, is looked at anew.
  private func admittedAhead(_ claimed: Claimed) -> Job? {
    guard let head = claimed.ahead, head.job.group == nil, head.job.key == nil else { return nil }
    return attempts.admitted(head)
  }

  /// - Parameter work: what its key stands for.
  private func start(_ claimed: Claimed, _ job: Job, work: String, isAwaited: Bool) -> ActiveRun? {
    do throws(SystemError) { try note(job.key, of: job, claimed.id, work) } catch {
      putOff(claimed, "its key", error)
      return nil
    }
    let after = job.after == nil ? nil : afterFile(job, claimed.record)
    return attempts.start(claimed, job, after: after, isAwaited: isAwaited)
  }

  private func note(_ key: String?, of job: Job, _ id: JobID, _ work: String) throws(SystemError) {
    guard let key else { return }
    try keyFiles.note(KeyTable.Key(group: job.group?.text, key: key), id: id, work: work)
  }

  /// The disk did not take what has to be there before it starts.
  private func putOff(_ claimed: Claimed, _ what: String, _ error: SystemError) {
    core.log.write(.error, "key-not-written", job: claimed.id.text, "\(what) cannot be noted now: \(error)")
    claims.pause()
    var record = claimed.record
    let due = Timestamp(nanoseconds: core.wall) + .seconds(1)
    record.state = .deferred(Deferral(until: due, code: "disk", reason: "\(what) could not be noted: \(error)"))
    settler.submit(
      record, handle: claimed.handle, goal: .deferUntil(due), jobFile: claimed.file, hasRecord: claimed.hasRecord)
  }

  /// Settles a claimed job without a run.
  private func settle(_ claimed: Claimed, _ outcome: Outcome) {
    var record = claimed.record
    record.state = .finished(outcome)
    record.finishedAt = Timestamp(nanoseconds: core.wall)
    if case .success(let job) = claimed.content { (record.group, record.jobKey) = (job.group, job.key) }
    settler.submit(
      record, handle: claimed.handle, goal: .settle(outcome.status.isSuccess ? .done : .errors),
      jobFile: claimed.file, hasRecord: claimed.hasRecord)
  }

  /// The content of `BOBBIN_AFTER`. What other groups' jobs left is not a container's to read, though it may wait for them.
  private func afterFile(_ job: Job, _ record: JobRecord) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for dependency in record.after {
      let result = dependency.id.flatMap { room.after.record(of: $0) }
      json.beginObject()
      json.member("asked", dependency.asked.text)
      json.member("id", dependency.id?.text)
      json.member("status", result?.status ?? dependency.status)
      let isOwn = job.origin == nil || result?.group == job.group
      json.member("value", json: isOwn ? result?.outcome?.value : nil)
      json.endObject()
    }
    json.endArray()
    return json.line()
  }

  // MARK: refusals

  private func carryOut(_ refusal: Refusal, _ name: [UInt8]) {
    do throws(SystemError) {
      let inbox = try core.folders[.inbox]
      guard let status = try inbox.status(name) else { return }
      var record: JobRecord
      var hasRecord = false
      var isNameless = false
      let repaired = String(decoding: name.dropLast(5), as: UTF8.self)
      if let stem = try? core.name(ofDrop: Array(name.dropLast(5))) {
        // Moved back here before its result showed: the record that the worker is about to rename must stay as it is.
        guard !claims.isSettling(stem) else { return claims.lookLater() }
        // While it waited to be refused a good one may have taken its place.
        let reader = DropReader(core.settings)
        if case .ready = try reader.look(at: name, in: inbox, isQuiet: true).reading { return claims.lookAgain(name) }
        let choice = try claims.choose(for: stem)
        record = JobRecord(id: choice.id)
        if case .retry(let id, let place) = choice {
          record =
            try claims.readRecord(id, in: place).map { $0.retriedByHand(at: Timestamp(nanoseconds: core.wall)) }
            ?? record
          try claims.adoptSidecar(of: id, from: place, as: record)
          hasRecord = true
        }
        if choice.id != stem { record.droppedAs = stem.text }
      } else {
        record = JobRecord(id: try refusedID())
        record.droppedAs = repaired
        isNameless = true
      }
      record.submittedAt = record.submittedAt ?? Timestamp(nanoseconds: status.changed)
      record.state = .finished(Outcome(refusal))
      record.finishedAt = Timestamp(nanoseconds: core.wall)
      if isNameless {
        guard try claimNameless(name, record) else { return }
        hasRecord = true
      } else {
        guard try claims.take(name, as: record.id) else { return }
      }
      room.after.dropRefused(JobID(unchecked: repaired), as: record.id)
      // What was dropped is on the disk before it is told what is wrong with it; what is no file, or cannot be read, is as it is.
      let file =
        status.kind == .file
        ? (try? DropReader(core.settings).readClaimed(JobFile.job(record.id.text), in: core.folders[.processing]))?.file
        : nil
      settler.submit(record, handle: nil, goal: .settle(.errors), jobFile: file, hasRecord: hasRecord)
    } catch {
      let shown = String(decoding: name, as: UTF8.self)
      core.log.write(.error, "claim-failed", "\(shown) is to be refused and cannot be moved now: \(error)")
      if claims.setAside(name, error) { return }
      claims.pause()
      refusals[name] = refusal
    }
  }

  /// Takes a file whose own name cannot be an id. Under its new name nothing shows what is wrong with it, and it may be a job as
  /// any other: its refusal is there before it, or after the runner's death it would be run.
  private func claimNameless(_ name: [UInt8], _ record: JobRecord) throws(SystemError) -> Bool {
    let processing = try core.folders[.processing]
    try core.writer.writeDurably(record.encode(), as: JobFile.record(record.id.text), in: processing)
    do throws(SystemError) { if try claims.take(name, as: record.id) { return true } } catch {
      try? core.mover.removeSidecar(of: record.id, in: .processing)  // one that stays is removed by the next start
      throw error
    }
    try core.mover.removeSidecar(of: record.id, in: .processing)
    return false
  }

  /// `refused-TIME-N`, free in every folder: for a file whose own name cannot be an id.
  private func refusedID() throws(SystemError) -> JobID {
    let time = Timestamp(nanoseconds: core.wall).text.filter { $0.isNumber || $0 == "T" }.prefix(15)
    while true {
      refusedCount += 1
      let id = JobID(unchecked: "refused-\(time)-\(refusedCount)")
      if case .free = try claims.choose(for: id) { return id }
    }
  }
}
