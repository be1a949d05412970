import Jobs
import Platform
import Spool

/// Which jobs that have ended are asked for.
public struct HistoryRequest: Equatable, Sendable {
  /// Those made for times of this task.
  public var task: String?
  public var group: GroupName?
  /// Only what did not succeed.
  public var onlyFailed = false

  public init() {}
}

/// How jobs ended, added up.
public struct HistoryCounts: Equatable, Sendable {
  /// Of one kind.
  public struct Tally: Equatable, Sendable {
    public var succeeded = 0
    public var failed = 0
    public var total: Int { succeeded + failed }

    public init() {}

    mutating func add(_ succeeded: Bool) {
      if succeeded { self.succeeded += 1 } else { failed += 1 }
    }
  }

  public var all = Tally()
  /// By group, the most first; nil: the jobs without one.
  public var groups: [(group: GroupName?, tally: Tally)] = []
  /// By task, the most first.
  public var tasks: [(task: String, tally: Tally)] = []

  public static func == (a: HistoryCounts, b: HistoryCounts) -> Bool {
    a.all == b.all && a.groups.elementsEqual(b.groups, by: ==) && a.tasks.elementsEqual(b.tasks, by: ==)
  }
}

extension SpoolAccess {
  /// The newest jobs that have ended, the newest first.
  ///
  /// Names and times are looked at first, and only results that are answered are read: of 100,000 it takes 0.7 s (debug
  /// build, 2026-11-26). With a group all are read until there are enough of it.
  public func history(_ request: HistoryRequest, limit: Int) throws(SystemError) -> [JobEntry] {
    var entries: [JobEntry] = []
    for result in try results(request, inOrder: true) {
      if entries.count >= limit { break }
      let record = try record(result.id, in: result.place)
      if let group = request.group, record?.group != group { continue }
      // Gone since the listing: somebody cleaned up, or it is tried again.
      if record == nil, try !has(JobFile.result(result.id.text), in: result.place) { continue }
      entries.append(
        JobEntry(
          name: result.id.text, place: result.place, since: Timestamp(nanoseconds: result.ended), result: record))
    }
    return entries
  }

  /// Adds up how jobs ended. Results are read one by one, and only numbers are kept.
  public func countHistory(_ request: HistoryRequest) throws(SystemError) -> HistoryCounts {
    var counts = HistoryCounts()
    var groups: [GroupName?: HistoryCounts.Tally] = [:]
    var tasks: [String: HistoryCounts.Tally] = [:]
    for result in try results(request, inOrder: false) {
      guard let record = try record(result.id, in: result.place) else { continue }
      if let group = request.group, record.group != group { continue }
      let isGood = record.outcome?.status.isSuccess ?? false
      counts.all.add(isGood)
      groups[record.group, default: .init()].add(isGood)
      if let task = OccurrenceID.read(result.id)?.task { tasks[task, default: .init()].add(isGood) }
    }
    counts.groups = groups.map { (group: $0.key, tally: $0.value) }.sorted {
      $0.tally.total != $1.tally.total
        ? $0.tally.total > $1.tally.total : ($0.group?.text ?? "") < ($1.group?.text ?? "")
    }
    counts.tasks = tasks.map { (task: $0.key, tally: $0.value) }.sorted {
      $0.tally.total != $1.tally.total ? $0.tally.total > $1.tally.total : $0.task < $1.task
    }
    return counts
  }

  private struct Ended {
    let id: JobID
    let place: SpoolPlace
    /// ns since 1970; 0 where the order was not asked for.
    var ended: Int64 = 0
  }

  /// The results that names alone let through; in order: the newest first.
  private func results(_ request: HistoryRequest, inOrder: Bool) throws(SystemError) -> [Ended] {
    var results: [Ended] = []
    for place in request.onlyFailed ? [SpoolPlace.errors] : [.done, .errors] {
      guard let folder = try readable(place) else { continue }
      var ids: [JobID] = []
      try folder.forEachName { bytes, _ in
        guard bytes.count > 12, let name = String(validating: bytes, as: UTF8.self),
          let id = JobFile.sidecarID(of: name, in: place).map({ JobID(unchecked: $0) })
        else { return }
        if let task = request.task, OccurrenceID.read(id)?.task != task { return }
        ids.append(id)
      }
      for id in ids {
        guard inOrder else {
          results.append(Ended(id: id, place: place))
          continue
        }
        // A result's content is written when the job ends.
        guard let status = try folder.status(JobFile.result(id.text)), status.kind == .file else { continue }
        results.append(Ended(id: id, place: place, ended: status.modified))
      }
    }
    if inOrder { results.sort { $0.ended != $1.ended ? $0.ended > $1.ended : $0.id > $1.id } }
    return results
  }
}
