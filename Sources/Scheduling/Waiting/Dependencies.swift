/// Who waits for whom (`after`), and who is to be looked at again when a job ends.
///
/// The caller resolves names and feeds statuses; a dependent is removed by the caller once it starts or settles.
/// Memory and time are linear in the edges of the dependents that wait now.
public struct Dependencies<ID: Hashable & Sendable>: Sendable {
  private struct Dependent: Sendable {
    var rule: DependencyRule<ID>
    /// Nanoseconds since 1970.
    var deadline: Int64
    var succeeded = 0
    var failed = 0
    var missing = 0

    mutating func count(_ status: DependencyStatus, by step: Int) {
      switch status {
      case .missing: missing += step
      case .pending: break
      case .succeeded: succeeded += step
      case .failed: failed += step
      }
    }

    mutating func giveUp(notBefore time: Int64) { deadline = max(deadline, time) }

    var satisfied: Int { rule.onFailure == .continue ? succeeded + failed : succeeded }

    /// Whether nothing but the clock can change the answer any more.
    var isDecided: Bool {
      let lost = rule.onFailure == .fail ? failed : 0
      return satisfied >= rule.required || rule.jobs.count - lost < rule.required
    }
  }

  private var dependents: [ID: Dependent] = [:]
  /// Of each job that is waited for: its status and who waits.
  private var wanted: [ID: (status: DependencyStatus, by: Set<ID>)] = [:]

  /// Nobody waits.
  public init() {}

  /// Number of jobs that wait for others.
  public var count: Int { dependents.count }

  /// Whether anybody waits for this job: only then is its end worth telling.
  public func isWanted(_ id: ID) -> Bool { wanted[id] != nil }

  /// Adds a job that waits; replaces an earlier rule of it. Ask ``cycle(adding:after:)`` before.
  ///
  /// - Parameters:
  ///   - deadline: when ids that are missing are given up, in nanoseconds since 1970 (`afterTimeout` after it was first
  ///     read).
  ///   - status: where each id stands now; asked once for each id nobody else waits for yet.
  public mutating func add(
    _ id: ID, _ rule: DependencyRule<ID>, deadline: Int64, status: (ID) -> DependencyStatus
  ) {
    remove(id)
    var dependent = Dependent(rule: rule, deadline: deadline)
    for job in rule.jobs {
      let known = wanted[job]?.status ?? status(job)
      wanted[job, default: (known, [])].by.insert(id)
      dependent.count(known, by: 1)
    }
    dependents[id] = dependent
  }

  /// Forgets a job that waited: it starts, or it settled. Those that wait for it stay.
  public mutating func remove(_ id: ID) {
    guard let dependent = dependents.removeValue(forKey: id) else { return }
    for job in dependent.rule.jobs {
      wanted[job]?.by.remove(id)
      if wanted[job]?.by.isEmpty == true { wanted[job] = nil }
    }
  }

  /// Tells where a job stands now: it appeared, ended, or was retried by hand.
  ///
  /// - Parameter deadline: of one that is missing now; those that wait for it give it up then, or at their own deadline if
  ///   that is later.
  /// - Returns: the dependents whose answer is to be asked for again, in no order.
  public mutating func update(_ id: ID, to status: DependencyStatus, deadline: Int64 = .min) -> [ID] {
    guard let entry = wanted[id], entry.status != status else { return [] }
    wanted[id]?.status = status
    var again: [ID] = []
    for waiter in entry.by {
      dependents[waiter]?.count(entry.status, by: -1)
      dependents[waiter]?.count(status, by: 1)
      if status == .missing { dependents[waiter]?.giveUp(notBefore: deadline) }
      // Missing or no longer missing: the deadline in the answer changes.
      let deadlineChanges = entry.status == .missing || status == .missing
      if deadlineChanges || dependents[waiter]?.isDecided == true { again.append(waiter) }
    }
    return again
  }

  /// Says that a missing id turned out to be a job of another id: a stem, and now `STEM~n` is its newest.
  ///
  /// - Parameter deadline: as in ``update(_:to:deadline:)``.
  /// - Returns: the dependents whose answer is to be asked for again and whose record names the old id.
  public mutating func resolve(
    _ stem: ID, as id: ID, status: DependencyStatus, deadline: Int64 = .min
  ) -> [ID] {
    guard stem != id else { return update(id, to: status, deadline: deadline) }
    guard let waiters = wanted[stem]?.by else { return [] }
    for waiter in waiters {
      guard let old = dependents[waiter] else { continue }
      let jobs = old.rule.jobs.map { $0 == stem ? id : $0 }
      let rule = DependencyRule(jobs: jobs, need: old.rule.need, onFailure: old.rule.onFailure)
      let statuses = Dictionary(uniqueKeysWithValues: old.rule.jobs.map { ($0, wanted[$0]?.status ?? .missing) })
      add(waiter, rule, deadline: status == .missing ? max(old.deadline, deadline) : old.deadline) {
        $0 == id ? status : statuses[$0] ?? .missing
      }
    }
    return Array(waiters)
  }

  /// Whether a job may start. A job that waits for nothing is ready. Linear in its own rule.
  ///
  /// - Parameter now: nanoseconds since 1970.
  public func answer(for id: ID, now: Int64) -> DependencyAnswer<ID> {
    guard let dependent = dependents[id] else { return .ready }
    let rule = dependent.rule
    if dependent.satisfied >= rule.required { return .ready }
    // A missing one is never satisfied by `continue`: most likely its name is wrong, and that is to be told.
    let failed = rule.onFailure == .fail ? dependent.failed : 0
    let givenUp = now >= dependent.deadline ? dependent.missing : 0
    if rule.jobs.count - failed - givenUp < rule.required {
      let which = these(rule, .failed)
      if failed > 0 { return .failed(which: which) }
      return givenUp > 0 ? .missing(which: these(rule, .missing)) : .failed(which: rule.jobs)
    }
    let until = dependent.missing > 0 && givenUp == 0 ? dependent.deadline : nil
    return .waiting(on: rule.jobs.filter { [.pending, .missing].contains(status($0)) }, until: until)
  }

  /// The circle that would close if `id` waited for `jobs`, from `id` back to it; nil when there is none.
  ///
  /// At once when nobody waits for `id`, which is how nearly all jobs come; else linear in the edges that can be reached.
  /// No recursion: a chain may be as long as the queue.
  public func cycle(adding id: ID, after jobs: [ID]) -> [ID]? {
    if jobs.contains(id) { return [id, id] }
    guard wanted[id] != nil else { return nil }
    var cameFrom: [ID: ID] = [:]
    var open = jobs
    for job in jobs { cameFrom[job] = id }
    while let next = open.popLast() {
      for job in dependents[next]?.rule.jobs ?? [] {
        if job == id { return path(to: next, from: id, cameFrom) + [id] }
        guard cameFrom[job] == nil else { continue }
        cameFrom[job] = next
        open.append(job)
      }
    }
    return nil
  }

  private func path(to end: ID, from start: ID, _ cameFrom: [ID: ID]) -> [ID] {
    var path = [end]
    while let last = path.last, last != start, let before = cameFrom[last] { path.append(before) }
    return path.reversed()
  }

  private func status(_ id: ID) -> DependencyStatus { wanted[id]?.status ?? .missing }

  private func these(_ rule: DependencyRule<ID>, _ status: DependencyStatus) -> [ID] {
    rule.jobs.filter { self.status($0) == status }
  }
}
