import Jobs
import Platform
import Spool

/// What `clean` is asked to remove, over what the settings say.
public struct CleanRequest: Equatable, Sendable {
  /// In place of the settings' ages of done and errors.
  public var olderThan: Duration?
  /// In place of the settings' counts of done and errors.
  public var keep: Int?

  public init(olderThan: Duration? = nil, keep: Int? = nil) {
    self.olderThan = olderThan
    self.keep = keep
  }

  var isEmpty: Bool { olderThan == nil && keep == nil }
}

/// What retention removes.
public struct CleanPlan: Equatable, Sendable {
  /// Why something goes.
  public enum Cause: String, Sendable {
    case age, count
  }

  /// A family of a name, or only its logs.
  public struct Item: Equatable, Sendable {
    public var id: JobID
    /// `done`, `errors`, or `jobLogs` where only the logs go.
    public var place: SpoolPlace
    /// When it ended, or when its logs were written last.
    public var since: Timestamp
    public var cause: Cause
    /// For `jobLogs`: the files.
    var logs: [String] = []
  }

  /// Oldest first.
  public var items: [Item] = []
  /// No rule says that anything is ever removed.
  public var hasNoRule = false
}

extension SpoolAccess {
  /// Decides what is to go. Bad settings remove nothing.
  ///
  /// - Throws: `settings`, `system`.
  public func planCleaning(_ request: CleanRequest) throws(OperationError) -> CleanPlan {
    let read: Result<Settings, Refusal>?
    do throws(SystemError) { read = try settings() } catch { throw .system(error) }
    var retention = Retention()
    switch read {
    case .success(let settings)?: retention = settings.retention
    // With defaults in place of what somebody meant, things would go that were to stay.
    case .failure(let refusal)?: throw .settings(refusal, file: "settings.json")
    case nil: break
    }
    if !request.isEmpty {
      let rule = Retention.Rule(age: request.olderThan, count: request.keep)
      retention.done = rule
      retention.errors = rule
      retention.logs = Retention.Rule()
    }
    do throws(SystemError) { return try plan(retention) } catch { throw .system(error) }
  }

  private func plan(_ retention: Retention) throws(SystemError) -> CleanPlan {
    var plan = CleanPlan()
    plan.hasNoRule = retention.done.keepsAll && retention.errors.keepsAll && retention.logs.keepsAll
    plan.items += try families(in: .done, retention.done)
    plan.items += try families(in: .errors, retention.errors)
    let leaving = Set(plan.items.map(\.id))
    plan.items += try logs(retention.logs).filter { !leaving.contains($0.id) }
    return plan
  }

  /// Jobs that have ended and that the rule does not keep.
  private func families(in place: SpoolPlace, _ rule: Retention.Rule) throws(SystemError) -> [CleanPlan.Item] {
    guard !rule.keepsAll, let folder = try readable(place) else { return [] }
    var ids: [JobID] = []
    try forEachJob(in: place) { ids.append($0) }
    var ended: [(id: JobID, since: Int64)] = []
    for id in ids {
      // The result's content is written when the job ends. Without a result it has not.
      guard let status = try folder.status(JobFile.result(id.text)) else { continue }
      ended.append((id, status.modified))
    }
    return select(ended, rule).map { CleanPlan.Item(id: $0.id, place: place, since: $0.since, cause: $0.cause) }
  }

  private func select(
    _ ended: [(id: JobID, since: Int64)], _ rule: Retention.Rule
  ) -> [(id: JobID, since: Timestamp, cause: CleanPlan.Cause)] {
    let newestFirst = ended.sorted { ($0.since, $0.id) > ($1.since, $1.id) }
    let time = now()
    var chosen: [(id: JobID, since: Timestamp, cause: CleanPlan.Cause)] = []
    for (index, job) in newestFirst.enumerated() {
      let since = Timestamp(nanoseconds: job.since)
      if let age = rule.age, time.duration(since: since) > age {
        chosen.append((job.id, since, .age))
      } else if let count = rule.count, index >= count {
        chosen.append((job.id, since, .count))
      }
    }
    return chosen.reversed()
  }

  /// Logs of jobs that have ended or are gone. Whose a log is shows in its name: `NAME.out`, or `NAME.2.out` unless there
  /// is a job `NAME.2`.
  private func logs(_ rule: Retention.Rule) throws(SystemError) -> [CleanPlan.Item] {
    guard !rule.keepsAll, let folder = try readable(.jobLogs) else { return [] }
    var files: [JobID: (names: [String], since: Int64)] = [:]
    for name in try folder.names() {
      guard let stem = AttemptLogs.stem(of: name), let status = try folder.status(name), status.kind == .file else {
        continue
      }
      var owner = JobID(unchecked: stem.whole)
      if let bare = stem.withoutAttempt, try sightings(of: owner).isEmpty { owner = JobID(unchecked: bare) }
      var known = files[owner] ?? ([], 0)
      known.names.append(name)
      known.since = max(known.since, status.modified)
      files[owner] = known
    }
    var idle: [(id: JobID, since: Int64)] = []
    for (id, known) in files where try sightings(of: id).allSatisfy(\.hasEnded) { idle.append((id, known.since)) }
    return select(idle, rule).map {
      CleanPlan.Item(
        id: $0.id, place: .jobLogs, since: $0.since, cause: $0.cause, logs: (files[$0.id]?.names ?? []).sorted())
    }
  }
}

extension AttemptLogs {
  /// What a log's name may stand for: the id as the whole stem, or without a number of an attempt.
  static func stem(of name: String) -> (whole: String, withoutAttempt: String?)? {
    guard let stream = Stream.allCases.first(where: { name.hasSuffix("." + $0.rawValue) }), !name.hasPrefix(".") else {
      return nil
    }
    let whole = String(name.dropLast(stream.rawValue.utf8.count + 1))
    guard let dot = whole.lastIndex(of: "."), dot != whole.startIndex,
      let attempt = Int(whole[whole.index(after: dot)...]), attempt >= 2
    else { return (whole, nil) }
    return (whole, String(whole[..<dot]))
  }
}
