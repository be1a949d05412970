import Jobs
import Scheduling

/// Who waits, where and why, for those who only look.
extension WaitingRoom {
  /// A deferred job, or a wait for others that ends by itself: a drain stays for it. `notBefore` of a drop is not such.
  /// One whose group is paused or has bad settings does not end by itself.
  var hasRetryAhead: Bool {
    deferred.values.contains { handle in
      guard let lane = self[handle]?.lane else { return false }
      switch queue.waitingReason(of: lane) {
      case .lanePaused, .laneBlocked: return false
      default: return true
      }
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
