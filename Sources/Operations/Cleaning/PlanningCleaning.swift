import Jobs
import Platform
import Spool

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
    if plan.hasNoRule { return plan }
    let inUse = try NamesInUse(self)
    plan.items += try families(in: .done, retention.done, inUse)
    plan.items += try families(in: .errors, retention.errors, inUse)
    let leaving = Set(plan.items.map(\.id))
    plan.items += try logs(retention.logs).filter { !leaving.contains($0.id) }
    plan.items += try messages(in: .doneMessages, retention.done, inUse)
    plan.items += try messages(in: .failedMessages, retention.errors, inUse)
    plan.items += try requests(in: .doneRequests, retention.done, inUse)
    plan.items += try requests(in: .failedRequests, retention.errors, inUse)
    plan.items += try endedTasks(retention.done, inUse)
    return plan
  }

  /// What a rule is asked about.
  struct Candidate {
    var id: JobID
    /// When it ended, ns since 1970.
    var since: Int64
    /// Among those of one time the higher is the newer.
    var rank = 0
    var files: [String] = []
    var swept: [UInt8]?
  }

  /// Those that the rule does not keep, the oldest first.
  func select(
    _ ended: [Candidate], _ rule: Retention.Rule, in place: SpoolPlace, of group: GroupName? = nil
  ) -> [CleanPlan.Item] {
    let newestFirst = ended.sorted { ($0.since, $0.rank, $0.id) > ($1.since, $1.rank, $1.id) }
    let time = now()
    var chosen: [CleanPlan.Item] = []
    for (index, one) in newestFirst.enumerated() {
      let since = Timestamp(nanoseconds: one.since)
      let cause: CleanPlan.Cause
      if let age = rule.age, time.duration(since: since) > age {
        cause = .age
      } else if let count = rule.count, index >= count {
        cause = .count
      } else {
        continue
      }
      chosen.append(
        .init(
          id: one.id, place: place, group: group, since: since, cause: cause, files: one.files, swept: one.swept))
    }
    return chosen.reversed()
  }

  // MARK: jobs

  /// Jobs that have ended and that the rule does not keep.
  private func families(
    in place: SpoolPlace, _ rule: Retention.Rule, _ inUse: NamesInUse
  ) throws(SystemError) -> [CleanPlan.Item] {
    guard !rule.keepsAll, let folder = try readable(place) else { return [] }
    var ids: [JobID] = []
    try forEachJob(in: place) { if !inUse.isAskedFor(job: $0) { ids.append($0) } }
    var ended: [Candidate] = []
    for id in ids {
      // The result's content is written when the job ends. Without a result it has not.
      guard let status = try folder.status(JobFile.result(id.text)) else { continue }
      ended.append(Candidate(id: id, since: status.modified))
    }
    return select(ended, rule, in: place)
  }

  // MARK: logs

  /// Logs of jobs that have ended or are gone. Whose a log is shows in its name: `NAME.out`, or `NAME.2.out` unless there
  /// is a job `NAME.2`.
  private func logs(_ rule: Retention.Rule) throws(SystemError) -> [CleanPlan.Item] {
    guard !rule.keepsAll, let folder = try readable(.jobLogs) else { return [] }
    var files: [JobID: (names: [String], since: Int64)] = [:]
    for name in try folder.names() {
      guard let stem = AttemptLogs.stem(of: name), let status = try folder.status(name), status.kind == .file else {
        continue
      }
      // `x.2~2.out` is of a job `x.2` whose log's name was taken.
      var owner = JobID(unchecked: stem.whole)
      if try sightings(of: owner).isEmpty, try !sightings(of: owner.bare).isEmpty { owner = owner.bare }
      if let bare = stem.withoutAttempt, try sightings(of: owner).isEmpty { owner = JobID(unchecked: bare) }
      var known = files[owner] ?? ([], 0)
      known.names.append(name)
      known.since = max(known.since, status.modified)
      files[owner] = known
    }
    var idle: [Candidate] = []
    for (id, known) in files where try sightings(of: id).allSatisfy(\.hasEnded) {
      idle.append(Candidate(id: id, since: known.since, files: known.names.sorted()))
    }
    return select(idle, rule, in: .jobLogs)
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
