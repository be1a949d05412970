import Jobs
import Platform
import Spool

/// Removes what a plan says, family by family; safe beside a live runner and beside a person who moves files.
///
/// A family goes in this order: its key, its logs, its files, its result, last its job. So whatever a crash leaves has its
/// `NAME.json` still where it was, and the next clean finds it again. Messages, requests and tasks likewise.
public struct Cleaner {
  let access: SpoolAccess
  let inUse: NamesInUse
  /// Key files by the job that they name, read once.
  private var keys: [JobID: [String]] = [:]

  public init(_ access: SpoolAccess) throws(SystemError) {
    self.access = access
    inUse = try NamesInUse(access)
    guard let folder = try access.readable(.keys) else { return }
    for name in try folder.names() where name.hasSuffix(".json") && !name.hasPrefix(".") {
      if let id = try Self.job(of: name, in: folder, access) { keys[id, default: []].append(name) }
    }
  }

  /// Removes one item.
  /// - Returns: false if it is no longer what was planned: somebody took the job away, and all of it stays.
  public func remove(_ item: CleanPlan.Item) throws(SystemError) -> Bool {
    switch item.place {
    case .jobLogs: try removeLogs(item)
    case .doneMessages, .failedMessages: try removeMessage(item)
    case .doneRequests, .failedRequests: try removeRequest(item)
    case .doneTasks: try removeTask(item)
    default: try removeJob(item)
    }
  }

  private func removeJob(_ item: CleanPlan.Item) throws(SystemError) -> Bool {
    guard let folder = try access.readable(item.place), try isStill(item) else { return false }
    let name = item.id.text
    let record = try access.record(item.id, in: item.place)
    let attempts = record?.attempts.last?.number ?? 1
    if let keyFolder = try access.readable(.keys) {
      for key in keys[item.id] ?? [] {
        // A later job may have used the key meanwhile.
        if try Self.job(of: key, in: keyFolder, access) == item.id { try removeIfThere(key, in: keyFolder) }
      }
    }
    for attempt in 1...max(1, attempts) { try removeLogs(of: item.id, attempt: attempt, record) }
    guard try isStill(item) else { return false }
    try Tree.remove(JobFile.files(name), in: folder)
    try removeIfThere(JobFile.result(name), in: folder)
    try removeIfThere(JobFile.job(name), in: folder)
    // In errors a runner that looked between the last two steps wrote a result anew.
    try removeIfThere(JobFile.result(name), in: folder)
    return true
  }

  /// It lies there, ended, and nothing of that name is under way.
  private func isStill(_ item: CleanPlan.Item) throws(SystemError) -> Bool {
    if inUse.isAskedFor(job: item.id) { return false }
    let sightings = try access.sightings(of: item.id)
    guard sightings.contains(where: { $0.place == item.place && $0.hasEnded }) else { return false }
    // In processing: the last step of its own settling, or a retry. Both are the runner's.
    if try access.has(JobFile.job(item.id.text), in: .processing) { return false }
    return try !access.has(JobFile.job(item.id.text), in: .deferred)
  }

  private func removeLogs(of id: JobID, attempt: Int, _ record: JobRecord?) throws(SystemError) {
    guard let folder = try access.readable(.jobLogs) else { return }
    for name in AttemptLogs.names(id, attempt: attempt, record).values {
      let path = "\(SpoolPlace.jobLogs.rawValue)/\(name)"
      let isTold = path == record?.stdout?.log || path == record?.stderr?.log
      if !isTold, try mayBeAnothers(name, than: id, attempt: attempt) { continue }
      try removeIfThere(name, in: folder)
    }
  }

  /// `x.2.out` is the second attempt of `x` and the first of a job `x.2`: where there are both, only a record tells whose.
  private func mayBeAnothers(_ name: String, than id: JobID, attempt: Int) throws(SystemError) -> Bool {
    if attempt > 1 { return try !access.sightings(of: JobID(unchecked: "\(id).\(attempt)")).isEmpty }
    guard let stem = AttemptLogs.stem(of: name)?.withoutAttempt, let dot = id.text.lastIndex(of: "."),
      let number = Int(id.text[id.text.index(after: dot)...])
    else { return false }
    for sighting in try access.sightings(of: JobID(unchecked: stem)) {
      if try access.lastAttempt(of: sighting) ?? 0 >= number { return true }
    }
    return false
  }

  private func removeLogs(_ item: CleanPlan.Item) throws(SystemError) -> Bool {
    guard let folder = try access.readable(.jobLogs), try access.sightings(of: item.id).allSatisfy(\.hasEnded) else {
      return false
    }
    for name in item.files { try removeIfThere(name, in: folder) }
    return true
  }

  func removeIfThere(_ name: String, in folder: Folder) throws(SystemError) {
    do throws(SystemError) { try access.disk.remove(name, in: folder) } catch { if !error.isMissing { throw error } }
  }

  private static func job(
    of name: String, in folder: Folder, _ access: SpoolAccess
  ) throws(SystemError) -> JobID? {
    guard let bytes = try access.bytes(of: name, in: folder, limit: 65_536),
      let root = try? JSONReader.read(bytes),  // torn by a crash: it names nobody
      case .string(let id)? = root.member("id")?.value
    else { return nil }
    return JobID(unchecked: id)
  }
}
