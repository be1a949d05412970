import Jobs

extension TaskState {
  /// This one, which was begun without the one before it: with what that one tells and this one does not.
  ///
  /// - Parameter isRead: the task's file was looked at, so that status and problem are as they are now.
  func following(_ before: TaskState, isRead: Bool) -> TaskState {
    var state = self
    if !isRead, status == .scheduled { (state.status, state.problem) = (before.status, before.problem) }
    state.occurrences = before.occurrences
    state.counts.succeeded += before.counts.succeeded
    state.counts.failed += before.counts.failed
    state.counts.missed += before.counts.missed
    state.counts.overlapped += before.counts.overlapped
    for occurrence in occurrences.reversed() {
      guard let id = occurrence.id, let place = state.occurrences.firstIndex(where: { $0.id == id }) else {
        state.add(occurrence)
        continue
      }
      // An end that was told before counts once.
      let known = state.occurrences[place]
      if let status = occurrence.status {
        if known.status == status, known.finishedAt?.text == occurrence.finishedAt?.text {
          if status == FinalStatus.succeeded.rawValue { state.counts.succeeded -= 1 } else { state.counts.failed -= 1 }
        }
        state.occurrences[place] = occurrence
      }
    }
    state.previous = previous ?? before.previous
    state.lastStatus = lastStatus ?? before.lastStatus
    state.notice = notice ?? before.notice
    return state
  }
}
