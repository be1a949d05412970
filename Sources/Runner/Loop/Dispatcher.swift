import Jobs
import Observability
import Platform
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
  private var chooser = IDChooser()
  private var refusals: [[UInt8]: Refusal] = [:]
  private var refusedCount = 0
  /// After a claim failed on the disk: not before this, continuous clock.
  private var claimsPausedUntil: Int64 = .min
  /// A file that is another than the one that was read is looked at anew.
  var lookAgain: (_ name: [UInt8]) -> Void = { _ in }
  /// What cannot be claimed yet is to be found again by the next scan.
  var lookLater: () -> Void = {}

  init(
    _ core: Core, room: WaitingRoom, lanes: Lanes, settler: Settler, attempts: Attempts, keyFiles: KeyFiles
  ) {
    self.core = core
    self.room = room
    self.lanes = lanes
    self.settler = settler
    self.attempts = attempts
    self.keyFiles = keyFiles
  }

  /// A file that can never be a job; carried out when claiming is possible.
  func refuse(_ name: [UInt8], _ refusal: Refusal) { refusals[name] = refusal }

  var hasWork: Bool { !refusals.isEmpty || room.hasVerdict || (room.canStart && attempts.hasFreeSlot) }

  var isHeldUp: Bool { core.now < max(claimsPausedUntil, attempts.pausedUntil) || !settler.canClaim }

  /// When a hold-up by the machine ends, continuous clock.
  var nextDue: Int64? {
    let until = max(claimsPausedUntil, attempts.pausedUntil)
    return until > core.now ? until : nil
  }

  /// Claims as much as slots, lanes and the disk allow.
  func dispatch() {
    for _ in 0..<Self.verdictsPerTurn where !isHeldUp {
      if let (name, refusal) = refusals.popFirst() {
        carryOut(refusal, name)
      } else if let (handle, outcome) = room.nextVerdict() {
        if let claimed = claim(handle, for: outcome) { settle(claimed, outcome) }
      } else {
        break
      }
    }
    while !isHeldUp, attempts.hasFreeSlot, let handle = room.next() {
      if let claimed = claim(handle) { begin(claimed) }
    }
  }

  // MARK: claim

  /// - Parameter verdict: with which the job ends without a run; kept if it cannot be claimed now.
  private func claim(_ handle: Handle, for verdict: Outcome? = nil) -> Claimed? {
    guard let waiting = room[handle] else { return nil }
    do throws(SystemError) {
      switch waiting.origin {
      case .inbox: return try claimDrop(handle, waiting, needsContent: verdict == nil)
      case .deferred: return try claimDeferred(handle, waiting, needsContent: verdict == nil)
      }
    } catch {
      core.log.write(.error, "claim-failed", job: waiting.name.text, "it cannot be claimed now: \(error)")
      claimsPausedUntil = core.now + 1_000_000_000
      room.putBack(handle, verdict, now: core.wall)
      return nil
    }
  }

  private func claimDrop(
    _ handle: Handle, _ waiting: WaitingJob, needsContent: Bool
  ) throws(SystemError) -> Claimed? {
    let name = JobFile.job(waiting.name.text)
    if isUnderWay(waiting.name) {
      // A person moved a running job's file back here: its run has to end before it is run again.
      room.forget(handle)
      lookLater()
      return nil
    }
    let choice = try chooser.choose(for: waiting.name, in: core.folders)
    var record = JobRecord(id: choice.id)
    var hasRecord = false
    if case .retry(let id, let place) = choice {
      guard try core.folders[.inbox].has(name) else {
        room.forget(handle)
        return nil
      }
      record = readRecord(id, in: place).map { $0.retriedByHand(at: Timestamp(nanoseconds: core.wall)) } ?? record
      record.submittedAt = record.submittedAt ?? Timestamp(nanoseconds: waiting.arrival)
      try core.mover.adoptSidecar(of: id, from: place, as: record)
      hasRecord = true
    }
    core.mover.removeCancel(choice.id)  // one that was meant for an earlier run
    guard try core.mover.claim(Array(name.utf8), as: choice.id) else {
      room.forget(handle)
      return nil
    }
    record.submittedAt = record.submittedAt ?? Timestamp(nanoseconds: waiting.arrival)
    if choice.id != waiting.name { record.droppedAs = waiting.name.text }
    guard let (content, file) = read(choice.id, isNeeded: needsContent) else {
      record.after = room.after.resolved(handle)
      putOffUnread(handle, record, as: choice.id, hasRecord: hasRecord)
      return nil
    }
    if case .success(let job) = content, isOther(job, handle, waiting), !hasRecord {
      // Replaced between the look and the claim by a job that waits for something else.
      if try core.mover.putBack(choice.id, as: name) {
        room.forget(handle)
        lookAgain(Array(name.utf8))
        return nil
      }
    }
    record.after = room.after.resolved(handle)
    room.claimed(handle, as: choice.id, now: core.wall)
    return Claimed(handle: handle, content: content, file: file, record: record, hasRecord: hasRecord)
  }

  private func claimDeferred(
    _ handle: Handle, _ waiting: WaitingJob, needsContent: Bool
  ) throws(SystemError) -> Claimed? {
    let id = waiting.name
    if isUnderWay(id) {
      room.forget(handle)
      lookLater()
      return nil
    }
    core.mover.removeCancel(id)  // one that was meant for the run before
    guard try core.mover.resume(id) else {
      room.forget(handle)
      return nil
    }
    let kept = readRecord(id, in: .processing)
    var record = kept ?? JobRecord(id: id)
    record.submittedAt = record.submittedAt ?? Timestamp(nanoseconds: waiting.arrival)
    guard let (content, file) = read(id, isNeeded: needsContent) else {
      putOffUnread(handle, record, as: id, hasRecord: kept != nil)
      return nil
    }
    room.claimed(handle, as: id, now: core.wall)
    return Claimed(handle: handle, content: content, file: file, record: record, hasRecord: kept != nil)
  }

  /// Whether a run of the id goes on although its file is no longer in `processing`.
  private func isUnderWay(_ id: JobID) -> Bool {
    guard room.isUnderWay(id) else { return false }
    return (try? core.folders[.processing].has(JobFile.job(id.text))) == false
  }

  /// The claimed file; nil if it is needed and the machine cannot read it now (no descriptors, EIO).
  private func read(_ id: JobID, isNeeded: Bool) -> (content: Result<Job, Refusal>, file: Descriptor?)? {
    let reader = DropReader(maxBytes: Int(core.settings.maxJobBytes.bytes))
    do throws(SystemError) {
      return try reader.readClaimed(JobFile.job(id.text), in: core.folders[.processing])
    } catch {
      core.log.write(.error, "claim-failed", job: id.text, "it was claimed and cannot be read now: \(error)")
      if !isNeeded { return (.failure(Refusal(code: .unreadable, reason: error.reason)), nil) }
      return nil
    }
  }

  /// The file lies in `processing` already, where nobody would look for it again before the next start: it is put off.
  private func putOffUnread(_ handle: Handle, _ record: JobRecord, as id: JobID, hasRecord: Bool) {
    claimsPausedUntil = core.now + 1_000_000_000
    room.claimed(handle, as: id, now: core.wall)
    var record = record
    let due = Timestamp(nanoseconds: core.wall) + .seconds(1)
    record.state = .deferred(Deferral(until: due, code: "claim-failed", reason: "it could not be read"))
    settler.submit(record, handle: handle, goal: .deferUntil(due), jobFile: nil, hasRecord: hasRecord)
  }

  /// The sidecar of an id; nil if there is none that can be read.
  private func readRecord(_ id: JobID, in place: SpoolPlace) -> JobRecord? {
    guard let name = JobFile.sidecar(id.text, in: place), let folder = try? core.folders[place],
      let bytes = try? folder.open(name).readAll(limit: 16 << 20)
    else { return nil }  // none, or unreadable: the job starts a new history
    guard var record = try? JobRecord.decode(bytes) else { return nil }
    // The name counts: a person may have renamed both.
    record.id = id
    return record
  }

  private func isOther(_ job: Job, _ handle: Handle, _ waiting: WaitingJob) -> Bool {
    let terms = room.terms(of: handle)
    let key = job.key.map { KeyTable.Key(group: job.group?.text, key: $0) }
    return (job.notBefore?.nanoseconds ?? .min) > core.wall || job.after != terms?.after || key != terms?.key
      || lanes.lane(of: job.group, tell: room) != waiting.lane
  }

  // MARK: what becomes of it

  private func begin(_ claimed: Claimed) {
    let job: Job
    switch claimed.content {
    case .failure(let refusal): return settle(claimed, Outcome(refusal))
    case .success(let read):
      job = read.filled(for: read.chosenRuntime, group: lanes.settings(of: read.group), settings: core.settings)
    }
    if let outcome = expired(job, claimed.record) ?? forbidden(job) { return settle(claimed, outcome) }
    if let key = job.key {
      do throws(SystemError) {
        try keyFiles.note(KeyTable.Key(group: job.group?.text, key: key), id: claimed.id, work: job.work)
      } catch {
        core.log.write(.error, "key-not-written", job: claimed.id.text, "its key cannot be noted now: \(error)")
        claimsPausedUntil = core.now + 1_000_000_000
        var record = claimed.record
        let due = Timestamp(nanoseconds: core.wall) + .seconds(1)
        record.state = .deferred(Deferral(until: due, code: "disk", reason: "its key could not be noted: \(error)"))
        return settler.submit(
          record, handle: claimed.handle, goal: .deferUntil(due), jobFile: claimed.file, hasRecord: claimed.hasRecord)
      }
    }
    attempts.start(claimed, job, after: job.after == nil ? nil : afterFile(claimed.record))
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

  private func expired(_ job: Job, _ record: JobRecord) -> Outcome? {
    let now = Timestamp(nanoseconds: core.wall)
    let end: Timestamp
    switch job.expires {
    case nil: return nil
    case .at(let time):
      // A retry by hand is a wish to run it all the same.
      if record.budgetStartedAt.map({ $0 > time }) ?? false { return nil }
      end = time
    case .within(let span): end = (record.budgetStartedAt ?? record.submittedAt ?? now) + span
    }
    guard now >= end else { return nil }
    return Outcome(.expired, code: "expired", reason: "it could not be started before \(end.text)")
  }

  /// What this build or the group does not allow.
  private func forbidden(_ job: Job) -> Outcome? {
    let runtime = job.chosenRuntime
    if job.needsIsolation, runtime == .process {
      return Outcome(
        Refusal(
          code: .notPermitted,
          reason: "a job with 'origin' runs only in a sandbox; expected no \"runtime\": \"process\"",
          key: "runtime"))
    }
    if let refusal = job.refusal(in: runtime) { return Outcome(refusal) }
    if runtime == .process, !lanes.mayRunOnHost(job.group), let group = job.group {
      return Outcome(
        Refusal(
          code: .hostGroup,
          reason:
            "group '\(group.text)' is not a host group, and a plain process may not run in it; expected \"host\": true in groups/\(group.text).json",
          key: "group"))
    }
    return nil
  }

  /// The content of `BOBBIN_AFTER`.
  private func afterFile(_ record: JobRecord) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for dependency in record.after {
      let result = dependency.id.flatMap { room.after.record(of: $0) }
      json.beginObject()
      json.member("asked", dependency.asked.text)
      json.member("id", dependency.id?.text)
      json.member("status", result?.status ?? dependency.status)
      json.member("value", json: result?.outcome?.value)
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
      let repaired = String(decoding: name.dropLast(5), as: UTF8.self)
      if let stem = try? JobID(stem: Array(name.dropLast(5))) {
        // While it waited to be refused a good one may have taken its place.
        let reader = DropReader(maxBytes: Int(core.settings.maxJobBytes.bytes))
        if case .ready = try reader.look(at: name, in: inbox, isQuiet: true).reading { return lookAgain(name) }
        let choice = try chooser.choose(for: stem, in: core.folders)
        record = JobRecord(id: choice.id)
        if case .retry(let id, let place) = choice {
          record = readRecord(id, in: place).map { $0.retriedByHand(at: Timestamp(nanoseconds: core.wall)) } ?? record
          try core.mover.adoptSidecar(of: id, from: place, as: record)
          hasRecord = true
        }
        if choice.id != stem { record.droppedAs = stem.text }
      } else {
        record = JobRecord(id: try refusedID())
        record.droppedAs = repaired
      }
      record.submittedAt = record.submittedAt ?? Timestamp(nanoseconds: status.changed)
      guard try core.mover.claim(name, as: record.id) else { return }
      room.after.dropRefused(JobID(unchecked: repaired), as: record.id)
      record.state = .finished(Outcome(refusal))
      record.finishedAt = Timestamp(nanoseconds: core.wall)
      settler.submit(record, handle: nil, goal: .settle(.errors), jobFile: nil, hasRecord: hasRecord)
    } catch {
      core.log.write(.error, "claim-failed", "a file to be refused cannot be moved now: \(error)")
      claimsPausedUntil = core.now + 1_000_000_000
      refusals[name] = refusal
    }
  }

  /// `refused-TIME-N`, free in every folder: for a file whose own name cannot be an id.
  private func refusedID() throws(SystemError) -> JobID {
    let time = Timestamp(nanoseconds: core.wall).text.filter { $0.isNumber || $0 == "T" }.prefix(15)
    while true {
      refusedCount += 1
      let id = JobID(unchecked: "refused-\(time)-\(refusedCount)")
      if case .free = try chooser.choose(for: id, in: core.folders) { return id }
    }
  }
}
