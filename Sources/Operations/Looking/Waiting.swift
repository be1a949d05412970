import Jobs
import Platform
import Spool

/// What a job that has not ended waits for.
public enum Waiting: Equatable, Sendable {
  /// Put aside by a person.
  case held
  /// Somebody has it open for writing, or it is whole and may still grow.
  case beingWritten
  /// The runner will not accept it.
  case willBeRefused(Refusal)
  /// It runs.
  case running
  /// The spool is paused, with the reason that was given.
  case spoolPaused(String)
  case groupPaused(GroupName, String)
  /// `groups/G.json` is bad.
  case groupSettings(GroupName, Refusal)
  case notBefore(Timestamp)
  /// These have not ended.
  case after([JobID])
  /// These are nowhere.
  case afterMissing([JobID])
  /// Another job with the same key is first.
  case key(heldBy: JobID)
  /// Its group runs as many as it may.
  case group(GroupName, runs: [JobID])
  /// The disk has less room than `minFree`.
  case disk(free: ByteCount, needed: ByteCount)
  /// All slots are taken.
  case slot
  /// For the next attempt; `due` nil: at once.
  case nextAttempt(due: Timestamp?, attempt: Int, of: Int?, code: String?, reason: String?)
  /// It lies in errors without a result: the runner writes one.
  case cancelledResult
  /// Nothing but a look of the runner.
  case nothing
}

/// What there is to know about the spool as a whole before one can say what a job waits for.
struct Surroundings {
  let access: SpoolAccess
  let settings: Settings
  let now: Timestamp
  /// The text of `paused`; nil: it is not.
  let paused: String?
  let free: Int64
  /// What runs, by group.
  private(set) var running: [JobID] = []
  private var runningByGroup: [GroupName: [JobID]] = [:]
  /// The first job that has a key, in the order in which they were asked.
  private var keys: [KeyOfGroup: JobID] = [:]
  private var groups: [GroupName: (settings: Result<GroupSettings, Refusal>?, paused: String?)] = [:]
  /// What names in `after` mean.
  private var newest: [JobID: Sighting] = [:]

  private struct KeyOfGroup: Hashable {
    let group: GroupName?
    let key: [UInt8]
  }

  init(_ access: SpoolAccess) throws(SystemError) {
    self.access = access
    now = access.now()
    settings = try access.settingsOrDefaults()
    paused = try access.pauseText(nil)
    free = try access.folders.root.freeBytes()
    let limit = Int(settings.maxJobBytes.bytes)
    // Who holds a key: first what runs, then what waits for another attempt.
    for place in [SpoolPlace.processing, .deferred] {
      var ids: [JobID] = []
      try access.forEachJob(in: place) { ids.append($0) }
      for id in ids.sorted() {
        let isLeaving = place == .processing ? try access.sightings(of: id).last?.hasEnded ?? true : false
        if isLeaving { continue }
        if place == .processing { running.append(id) }
        // A deferred job may be one of very many, and only its key matters: the record has it.
        if place == .deferred {
          if let record = try access.record(id, in: place), let key = record.jobKey {
            claim(key, of: record.group, by: id)
          }
          continue
        }
        guard case .success(let job)? = try access.job(id, in: place, limit: limit) else { continue }
        if let group = job.group { runningByGroup[group, default: []].append(id) }
        if let key = job.key { claim(key, of: job.group, by: id) }
      }
    }
  }

  private mutating func claim(_ key: String, of group: GroupName?, by id: JobID) {
    let key = KeyOfGroup(group: group, key: Array(key.utf8))
    if keys[key] == nil { keys[key] = id }
  }

  var slots: Int { settings.slots ?? Machine.processors }

  /// Finds out what the names mean, all with one listing.
  mutating func resolve(after names: [JobID]) throws(SystemError) {
    let unknown = names.filter { newest[$0] == nil }
    if unknown.isEmpty { return }
    for (name, sighting) in try access.newest(of: unknown) { newest[name] = sighting }
  }

  mutating func rules(of group: GroupName) throws(SystemError) -> (
    settings: Result<GroupSettings, Refusal>?, paused: String?
  ) {
    if let known = groups[group] { return known }
    let rules = (settings: try access.groupSettings(group), paused: try access.pauseText(group))
    groups[group] = rules
    return rules
  }

  /// What a good job in the inbox waits for. Asked in the order of the queue, so that of two with one key the first has
  /// it. Its own conditions come before those of its group, and those before the spool's.
  mutating func waiting(_ job: Job, id: JobID) throws(SystemError) -> Waiting {
    if let time = job.notBefore, time > now { return .notBefore(time) }
    if let after = job.after, let waiting = try waiting(after) { return waiting }
    if let key = job.key {
      if let holder = keys[KeyOfGroup(group: job.group, key: Array(key.utf8))], holder != id {
        return .key(heldBy: holder)
      }
      claim(key, of: job.group, by: id)
    }
    if let group = job.group {
      let rules = try rules(of: group)
      if case .failure(let refusal)? = rules.settings { return .groupSettings(group, refusal) }
      if let reason = rules.paused { return .groupPaused(group, reason) }
      var slots = 1
      if case .success(let settings)? = rules.settings { slots = settings.slots }
      if let runs = runningByGroup[group], runs.count >= slots { return .group(group, runs: runs) }
    }
    if let paused { return .spoolPaused(paused) }
    if free < settings.minFree.bytes { return .disk(free: ByteCount(free), needed: settings.minFree) }
    return running.count >= slots ? .slot : .nothing
  }

  private mutating func waiting(_ after: After) throws(SystemError) -> Waiting? {
    try resolve(after: after.jobs)
    let missing = after.jobs.filter { newest[$0] == nil }
    let open = after.jobs.compactMap { name in newest[name].flatMap { $0.hasEnded ? nil : $0.id } }
    let ended = after.jobs.compactMap { name in newest[name].flatMap { $0.hasEnded ? $0 : nil } }
    let counted = after.onFailure == .continue ? ended.count : ended.count { $0.place == .done }
    if counted >= after.needed { return nil }
    if !open.isEmpty { return .after(open) }
    return missing.isEmpty ? nil : .afterMissing(missing)
  }
}
