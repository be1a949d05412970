import Jobs
import Scheduling

/// Who waits, where and why, for those who only look.
extension WaitingRoom {
  /// A deferred job that becomes due by itself: a drain stays for it. `notBefore` of a drop is not such, nor is what stands
  /// behind that one: in an ordered group, or for a key that it holds. One whose group is paused or has bad settings does not
  /// become due by itself either.
  var hasRetryAhead: Bool {
    deferred.values.contains { handle in
      guard let job = self[handle] else { return false }
      switch queue.waitingReason(of: job.lane) {
      case .lanePaused, .laneBlocked: return false
      default: break
      }
      // Whoever is waited for, and is deferred itself, answers for both.
      if queue.blocker(of: handle) != nil { return false }
      guard let key = terms[handle]?.key, let holder = keys.holder(of: key) else { return true }
      return holder == handle || self[holder]?.phase == .claimed
    }
  }

  /// Every job that waits, with the reason; for people.
  func waitingJobs(now wall: Int64) -> [(name: String, reason: String)] {
    (Array(inbox.values) + Array(deferred.values)).compactMap { handle in
      guard let job = self[handle] else { return nil }
      return (job.name.text, reason(handle, job, now: wall))
    }.sorted { $0.name < $1.name }
  }

  private func reason(_ handle: Handle, _ job: WaitingJob, now wall: Int64) -> String {
    if job.due > wall { return "not before \(Timestamp(nanoseconds: job.due).text)" }
    if let key = terms[handle]?.key, let holder = keys.holder(of: key), holder != handle {
      return "its key is held by \(self[holder]?.name.text ?? "another job")"
    }
    if terms[handle]?.after != nil, case .wait = after.answer(handle, now: wall) { return "waits for other jobs" }
    switch queue.waitingReason(handle) {
    case .lanePaused: return "its group is paused"
    case .laneBlocked(let code): return code
    case .laneFull: return "its group runs as many jobs as it may"
    case .behind: return "behind another job of its ordered group"
    case .notReady, .turn, nil: return "waits for its turn"
    }
  }

  /// Whether the job was claimed and has come neither to its end nor to a wait: its run may be alive, wherever a person
  /// moved its file meanwhile.
  func isUnderWay(_ id: JobID) -> Bool { underWay.contains(id) }

  /// Where a job is, in a word; nil: it neither waits nor runs.
  func phase(of id: JobID) -> String? {
    if underWay.contains(id) { return "running" }
    if inbox[id] != nil { return "waiting" }
    return deferred[id] != nil ? "deferred" : nil
  }
}
