import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Claims the jobs that the dispatcher picked: their files come into `processing`, and what lies there is what is run.
///
/// While every slot is taken the job that comes next is looked at ahead (`prepare`), so that a slot that becomes free
/// waits for a rename and not for the reading.
final class Claims {
  private let core: Core
  private let room: WaitingRoom
  private let lanes: Lanes
  private let settler: Settler
  private var chooser = IDChooser()
  private var ahead = Ahead()
  /// After a claim failed on the disk: not before this, continuous clock.
  private(set) var pausedUntil: Int64 = .min
  /// Ids whose record may lie in `processing` without its job: the other half of a claim is still to come.
  private var halfClaimed: Set<JobID> = []
  /// Whether a request to cancel may lie there that found no run.
  var mayBeCancelled: (_ id: JobID) -> Bool = { _ in true }
  /// A file that is another than the one that was read is looked at anew.
  var lookAgain: (_ name: [UInt8]) -> Void = { _ in }
  /// A file of the inbox could not be moved. Answers whether the others are to go on without it.
  var setAside: (_ name: [UInt8], _ error: SystemError) -> Bool = { _, _ in false }
  /// What cannot be claimed yet is to be found again by the next scan.
  var lookLater: () -> Void = {}

  init(_ core: Core, room: WaitingRoom, lanes: Lanes, settler: Settler) {
    self.core = core
    self.room = room
    self.lanes = lanes
    self.settler = settler
  }

  /// The disk or the machine refused: nothing more for a second.
  func pause() { pausedUntil = core.now + 1_000_000_000 }

  /// The id for a drop that is not claimed by `claim`.
  func choose(for stem: JobID) throws(SystemError) -> IDChooser.Choice {
    ahead.forget()  // the id may be the one that was seen free
    return try chooser.choose(for: stem, in: core.folders, wall: core.wall)
  }

  // MARK: ahead of a free slot

  /// Looks at a job that waits as `claim` will. Answers it when it is new and can be claimed as it is.
  func prepare(_ handle: Handle) -> Prepared? {
    guard let waiting = room[handle], ahead.isNew(handle, waiting), waiting.origin == .inbox,
      !room.isUnderWay(waiting.name),
      let ready = try? look(ahead: handle, waiting)  // the claim itself meets the error again and tells it
    else { return nil }
    ahead.keep(ready)
    return ready
  }

  private func look(ahead handle: Handle, _ waiting: WaitingJob) throws(SystemError) -> Prepared? {
    let id = waiting.name
    // Not in `processing`, where a look waits for each record that is written there meanwhile, with the turn: the claim's
    // rename tells whether a job is there, and a record alone is one of ours.
    guard !halfClaimed.contains(id),
      try chooser.isFree(id, in: core.folders, besides: .processing, wall: core.wall)
    else { return nil }
    let reader = DropReader(core.settings)
    let (content, file, status) = try reader.readClaimed(JobFile.job(id.text), in: core.folders[.inbox])
    guard case .success(let job) = content, let file, let status, status.changed == waiting.arrival else { return nil }
    if mayBeCancelled(id) { core.mover.removeCancel(id) }  // one that was meant for an earlier run
    return Prepared(handle, id, job, file, status, since: core.now)
  }

  // MARK: claim

  /// - Parameter verdict: with which the job ends without a run; kept if it cannot be claimed now.
  func claim(_ handle: Handle, for verdict: Outcome? = nil) -> Claimed? {
    guard let waiting = room[handle] else { return nil }
    let ready = ahead.take(handle, waiting, now: core.now)
    do throws(SystemError) {
      switch waiting.origin {
      case .inbox:
        // Its change time is another after the rename, so it is asked before.
        if let ready, verdict == nil, let now = try? ready.file.status(), now.isSame(as: ready.status) {
          return try claim(ready, waiting)
        }
        return try claimDrop(handle, waiting, needsContent: verdict == nil)
      case .deferred: return try claimDeferred(handle, waiting, needsContent: verdict == nil)
      }
    } catch {
      core.log.write(.error, "claim-failed", job: waiting.name.text, "it cannot be claimed now: \(error)")
      let isOfThisOne =
        waiting.origin == .inbox
        ? setAside(Array(JobFile.job(waiting.name.text).utf8), error)
        : SetAside.isReason(error) || error.isNotPermitted
      if isOfThisOne {
        room.forget(handle)
        if waiting.origin == .deferred { lookLater() }
        return nil
      }
      pause()
      room.putBack(handle, verdict, now: core.wall)
      return nil
    }
  }

  private func claimDrop(
    _ handle: Handle, _ waiting: WaitingJob, needsContent: Bool
  ) throws(SystemError) -> Claimed? {
    let name = JobFile.job(waiting.name.text)
    if isUnderWay(waiting.name) || isSettling(waiting.name) {
      // A person moved a running job's file back here: its run has to end, and its result to show, before it is run again.
      room.forget(handle)
      lookLater()
      return nil
    }
    let now = try core.folders[.inbox].status(name)
    guard let now, now.inode == waiting.inode, now.changed == waiting.arrival else {
      // Replaced, or written to where it lies, perhaps this very moment: it is looked at anew, as a drop.
      room.forget(handle)
      lookAgain(Array(name.utf8))
      return nil
    }
    let choice = try chooser.choose(for: waiting.name, in: core.folders, wall: core.wall)
    var record = JobRecord(id: choice.id)
    var hasRecord = false
    if case .retry(let id, let place) = choice {
      guard try core.folders[.inbox].has(name) else {
        room.forget(handle)
        return nil
      }
      record = try readRecord(id, in: place).map { $0.retriedByHand(at: Timestamp(nanoseconds: core.wall)) } ?? record
      record.submittedAt = record.submittedAt ?? Timestamp(nanoseconds: waiting.arrival)
      try adoptSidecar(of: id, from: place, as: record)
      hasRecord = true
    }
    core.mover.removeCancel(choice.id)  // one that was meant for an earlier run
    guard try take(Array(name.utf8), as: choice.id) else {
      room.forget(handle)
      return nil
    }
    record.submittedAt = record.submittedAt ?? Timestamp(nanoseconds: waiting.arrival)
    if choice.id != waiting.name { record.droppedAs = waiting.name.text }
    return try read(handle, waiting, record, needsContent: needsContent, hasRecord: hasRecord)
  }

  /// A retry by hand, first half.
  func adoptSidecar(of id: JobID, from place: SpoolPlace, as record: JobRecord) throws(SystemError) {
    halfClaimed.insert(id)
    try core.mover.adoptSidecar(of: id, from: place, as: record)
  }

  /// inbox → processing. False: it is gone.
  func take(_ dropped: [UInt8], as id: JobID) throws(SystemError) -> Bool {
    guard try core.mover.claim(dropped, as: id) else { return false }
    halfClaimed.remove(id)
    return true
  }

  /// Reads what was claimed, and takes it if it is still the job that waited.
  private func read(
    _ handle: Handle, _ waiting: WaitingJob, _ record: JobRecord, needsContent: Bool, hasRecord: Bool
  ) throws(SystemError) -> Claimed? {
    guard let (content, file) = read(record.id, isNeeded: needsContent) else {
      var record = record
      record.after = room.after.resolved(handle)
      putOffUnread(handle, record, as: record.id, hasRecord: hasRecord)
      return nil
    }
    return try accept(handle, waiting, record, content, file, isToRun: needsContent, hasRecord: hasRecord)
  }

  private func accept(
    _ handle: Handle, _ waiting: WaitingJob, _ record: JobRecord, _ content: Result<Job, Refusal>, _ file: Descriptor?,
    isToRun: Bool = true, hasRecord: Bool, ahead: Prepared? = nil
  ) throws(SystemError) -> Claimed? {
    if case .success(let job) = content, isOther(job, handle, waiting, isToRun: isToRun), !hasRecord {
      // Replaced between the look and the claim by a job that waits for something else.
      let name = JobFile.job(waiting.name.text)
      if try core.mover.putBack(record.id, as: name) {
        room.forget(handle)
        lookAgain(Array(name.utf8))
        return nil
      }
    }
    var record = record
    record.after = room.after.resolved(handle)
    room.claimed(handle, as: record.id, now: core.wall)
    return Claimed(
      handle: handle, content: content, file: file, record: record, hasRecord: hasRecord, ahead: ahead)
  }

  /// The short way for what was looked at ahead.
  private func claim(_ ready: Prepared, _ waiting: WaitingJob) throws(SystemError) -> Claimed? {
    let (handle, name) = (ready.handle, JobFile.job(ready.id.text))
    do throws(SystemError) {
      guard try take(Array(name.utf8), as: ready.id) else {
        room.forget(handle)
        return nil
      }
    } catch {
      guard error.isTaken else { throw error }
      return try claimDrop(handle, waiting, needsContent: true)
    }
    var record = JobRecord(id: ready.id)
    record.submittedAt = Timestamp(nanoseconds: waiting.arrival)
    let status = (try? core.folders[.processing].status(name)) ?? nil  // read below if it cannot be told
    guard let status, status.sameContent(as: ready.status) else {
      return try read(handle, waiting, record, needsContent: true, hasRecord: false)
    }
    return try accept(handle, waiting, record, .success(ready.job), ready.file, hasRecord: false, ahead: ready)
  }

  private func claimDeferred(
    _ handle: Handle, _ waiting: WaitingJob, needsContent: Bool
  ) throws(SystemError) -> Claimed? {
    let id = waiting.name
    // Its run goes on: a person moved its file here, or put another under its name.
    if room.isUnderWay(id) || isSettling(id) {
      room.forget(handle)
      lookLater()
      return nil
    }
    var kept = try readRecord(id, in: .deferred)
    // The disk took its rename once, and not the job's after it.
    if kept == nil { kept = try readRecord(id, in: .processing) }
    core.mover.removeCancel(id)  // one that was meant for the run before
    guard try core.mover.resume(id) else {
      room.forget(handle)
      return nil
    }
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
  private func isUnderWay(_ id: JobID) -> Bool { room.isUnderWay(id) && isAway(id) }

  /// Whether the worker is about to rename the record of the id although its file is no longer in `processing`.
  func isSettling(_ id: JobID) -> Bool { settler.isSettling(id) && isAway(id) }

  private func isAway(_ id: JobID) -> Bool {
    (try? core.folders[.processing].has(JobFile.job(id.text))) == false
  }

  /// The claimed file; nil if it is needed and the machine cannot read it now (no descriptors, EIO).
  private func read(_ id: JobID, isNeeded: Bool) -> (content: Result<Job, Refusal>, file: Descriptor?)? {
    let reader = DropReader(core.settings)
    do throws(SystemError) {
      let (content, file, _) = try reader.readClaimed(JobFile.job(id.text), in: core.folders[.processing])
      return (content, file)
    } catch {
      core.log.write(.error, "claim-failed", job: id.text, "it was claimed and cannot be read now: \(error)")
      if !isNeeded { return (.failure(Refusal(code: .unreadable, reason: error.reason)), nil) }
      return nil
    }
  }

  /// The file lies in `processing` already, where nobody would look for it again before the next start: it is put off.
  private func putOffUnread(_ handle: Handle, _ record: JobRecord, as id: JobID, hasRecord: Bool) {
    pause()
    room.claimed(handle, as: id, now: core.wall)
    var record = record
    let due = Timestamp(nanoseconds: core.wall) + .seconds(1)
    record.state = .deferred(Deferral(until: due, code: "claim-failed", reason: "it could not be read"))
    settler.submit(record, handle: handle, goal: .deferUntil(due), jobFile: nil, hasRecord: hasRecord)
  }

  /// The sidecar of an id; nil if there is none: the job starts a new history.
  func readRecord(_ id: JobID, in place: SpoolPlace) throws(SystemError) -> JobRecord? {
    guard var record = try JobHomes(core.folders).record(of: id, in: place) else { return nil }
    // The name counts: a person may have renamed both.
    record.id = id
    return record
  }

  /// - Parameter isToRun: false: it ends without a run, and that it was to start later keeps it from nothing.
  private func isOther(_ job: Job, _ handle: Handle, _ waiting: WaitingJob, isToRun: Bool) -> Bool {
    let terms = room.terms(of: handle)
    let key = job.key.map { KeyTable.Key(group: job.group?.text, key: $0) }
    let isEarly = isToRun && (job.notBefore?.nanoseconds ?? .min) > core.wall
    return isEarly || job.after != terms?.after || key != terms?.key
      || lanes.lane(of: job, tell: room) != waiting.lane
  }
}
