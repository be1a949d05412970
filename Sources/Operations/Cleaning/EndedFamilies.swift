import Jobs
import Platform
import Spool

/// What has ended and is no job: messages to the outside, requests of groups, tasks. Each of their folders is asked about on
/// its own.
extension SpoolAccess {
  // MARK: messages

  func messages(
    in place: SpoolPlace, _ rule: Retention.Rule, _ inUse: NamesInUse
  ) throws(SystemError) -> [CleanPlan.Item] {
    guard !rule.keepsAll, let folder = try readable(place) else { return [] }
    var ended: [Candidate] = []
    for name in try folder.names() {
      guard let stem = JobFile.stem(of: name), case let id = JobID(unchecked: stem),
        try isOver(message: id, in: place, inUse)
      else { continue }
      // Without a result a person put it there, or it is what a clean that died has left.
      if let result = try folder.status(JobFile.result(stem)) {
        ended.append(Candidate(id: id, since: result.modified))
      } else if let status = try folder.status(name) {
        ended.append(Candidate(id: id, since: status.changed))
      }
    }
    return select(ended, rule, in: place)
  }

  /// Whether a message lies there, and nothing under way may ask for it.
  func isOver(message id: JobID, in place: SpoolPlace, _ inUse: NamesInUse) throws(SystemError) -> Bool {
    guard try has(JobFile.job(id.text), in: place) else { return false }
    for other in [SpoolPlace.outbox, .sending] {
      // Tried again; a copy of it that waits; the last step of its own way, or a retry's first, which are the runner's.
      for name in [JobFile.job(id.text), JobFile.record(id.text)] where try has(name, in: other) { return false }
    }
    if inUse.isAskedFor(message: id) { return false }
    // Its files lie where a copy of it names them too.
    if place == .doneMessages || !inUse.hasNumbered(id) { return true }
    return try !has(JobFile.files(id.text), in: .outbox)
  }

  // MARK: tasks

  func endedTasks(_ rule: Retention.Rule, _ inUse: NamesInUse) throws(SystemError) -> [CleanPlan.Item] {
    guard !rule.keepsAll, !inUse.hasTaskRequest, let folder = try readable(.doneTasks) else { return [] }
    var ended: [JobID: Candidate] = [:]
    for name in try folder.names() {
      guard
        let stem = TaskFile.stateStem(of: name)
          ?? TaskFile.stem(of: Array(name.utf8)).map({ String(decoding: $0, as: UTF8.self) }),
        let status = try folder.status(name), status.kind != .folder
      else { continue }
      var known = ended[JobID(unchecked: stem)] ?? Candidate(id: JobID(unchecked: stem), since: 0)
      // When it came there: a task's content may be old, and of one that was taken away the state is all there is.
      known.since = max(known.since, status.changed)
      // The state first: what a crash leaves is still a task.
      known.files = name == TaskFile.state(stem) ? [name] + known.files : known.files + [name]
      ended[known.id] = known
    }
    return select(Array(ended.values), rule, in: .doneTasks)
  }

  // MARK: requests

  /// Groups that have a folder in one of the places of requests.
  func requestGroups(in place: SpoolPlace) throws(SystemError) -> [GroupName] {
    // What no group can be called is told by 'group ls'.
    try readable(place)?.names().sorted().compactMap { try? GroupName(validating: $0) } ?? []
  }

  func requests(
    in place: SpoolPlace, _ rule: Retention.Rule, _ inUse: NamesInUse
  ) throws(SystemError) -> [CleanPlan.Item] {
    var items: [CleanPlan.Item] = []
    if rule.keepsAll { return items }
    for group in try requestGroups(in: place) {
      guard let folder = try requestFolder(place, of: group) else { continue }
      let filed = place == .doneRequests ? try carriedOut(in: folder) : try refused(in: folder)
      items += select(filed.filter { !inUse.isInUse(request: $0.id, of: group) }, rule, in: place, of: group)
      if place == .failedRequests { items += select(try swept(from: folder), rule, in: place, of: group) }
    }
    return items
  }

  /// Requests that were carried out. `ID.json` is by what the same request is known when it is sent again; each time that it
  /// was is kept as `ID~N.json`. So it is as young as the last of these.
  private func carriedOut(in folder: Folder) throws(SystemError) -> [Candidate] {
    var filed: [Candidate] = []
    var last: [JobID: Int64] = [:]
    for name in try folder.names() where RequestName.isAnyJSON(name.utf8) {
      // The content's time is its writer's to set; this is when it was filed away.
      guard let status = try folder.status(name) else { continue }
      let id = JobID(unchecked: String(name.dropLast(5)))
      filed.append(Candidate(id: id, since: status.changed, files: [name]))
      last[id.bare] = max(last[id.bare] ?? 0, status.changed)
    }
    for index in filed.indices where filed[index].id == filed[index].id.bare {
      filed[index].since = last[filed[index].id] ?? filed[index].since
      filed[index].rank = 1
    }
    return filed
  }

  /// Requests that were refused, and reasons whose requests somebody took away.
  private func refused(in folder: Folder) throws(SystemError) -> [Candidate] {
    var filed: [JobID: Candidate] = [:]
    for name in try folder.names() where RequestName.isAnyJSON(name.utf8) {
      guard let status = try folder.status(name) else { continue }
      let reasonOf = JobFile.sidecarID(of: name, in: .errors)
      let id = JobID(unchecked: reasonOf ?? String(name.dropLast(5)))
      var known = filed[id] ?? Candidate(id: id, since: 0)
      if reasonOf != nil {
        // The host's own: a container that still has the request open can make that look young.
        known.since = status.modified
        known.files.insert(name, at: 0)
      } else {
        if known.files.isEmpty { known.since = status.changed }
        known.files.append(name)
      }
      filed[id] = known
    }
    return Array(filed.values)
  }

  /// What was swept out of the folders of requests: whatever a container made, of any name.
  private func swept(from folder: Folder) throws(SystemError) -> [Candidate] {
    guard let stale = try Self.inner(RequestFiles.stale, of: folder) else { return [] }
    var names: [[UInt8]] = []
    try stale.forEachName { name, _ in names.append(Array(name)) }
    var swept: [Candidate] = []
    for name in names {
      guard let status = try stale.status(name) else { continue }
      let id = JobID(unchecked: String(decoding: name, as: UTF8.self))
      swept.append(Candidate(id: id, since: status.changed, swept: name))
    }
    return swept
  }
}
