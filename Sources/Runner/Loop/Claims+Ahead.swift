import Jobs
import Platform
import Scheduling
import Spool

/// The job that comes next, looked at ahead of a free slot.
extension Claims {
  /// Looks at a job that waits as `claim` will. Answers it when it is new and can be claimed as it is.
  func prepare(_ handle: Handle) -> Prepared? {
    guard let waiting = room[handle] else { return nil }
    // Once for each that comes to the head: every turn of the loop asks, and one that waits for long is read at its claim.
    if let lookedAt, lookedAt == (handle, waiting.arrival) { return nil }
    lookedAt = (handle, waiting.arrival)
    prepared = nil
    guard waiting.origin == .inbox, !room.isUnderWay(waiting.name),
      let ready = try? look(ahead: handle, waiting)  // the claim itself meets the error again and tells it
    else { return nil }
    prepared = ready
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

  /// Whatever is claimed, what was seen before counts no longer.
  func takePrepared(_ handle: Handle, _ waiting: WaitingJob) -> Prepared? {
    defer { prepared = nil }
    guard let prepared, prepared.handle == handle, prepared.id == waiting.name, waiting.origin == .inbox,
      core.now - prepared.since <= Self.preparedFor
    else { return nil }
    return prepared
  }
}
