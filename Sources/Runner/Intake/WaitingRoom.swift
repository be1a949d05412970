import Jobs
import Platform
import Scheduling
import Spool

/// All jobs that wait, and why each does. Decides who is next; touches no file but to look keys and dependencies up.
final class WaitingRoom {
  /// What a job with `after` or `key` waits for.
  struct Terms {
    var after: After?
    /// What `after` names, and the nodes they stand for at the moment.
    var dependencies: [AfterBook.Entry] = []
    var key: KeyTable.Key?
    var work = ""
  }

  private var jobs: [WaitingJob?] = []
  private var free: [Handle] = []
  /// A job came to `deferred` that was never here.
  var missesDeferred = false
  private(set) var inbox: [JobID: Handle] = [:]
  private(set) var deferred: [JobID: Handle] = [:]
  /// Those that were claimed and have not come to their end.
  private(set) var underWay: Set<JobID> = []
  private(set) var terms: [Handle: Terms] = [:]
  private(set) var queue = ReadyQueue()
  private var dueTimes = DueTimes()
  private(set) var keys: KeyWaits
  let after: AfterBook
  /// Jobs that end without a run.
  private var verdicts = Verdicts()

  init(after: AfterBook, keyFiles: KeyFiles) {
    self.after = after
    keys = KeyWaits(keyFiles)
  }

  // MARK: coming and going

  /// Jobs that wait, claimed ones not among them.
  var count: Int { inbox.count + deferred.count }
  var isEmpty: Bool { inbox.isEmpty && deferred.isEmpty }
  var hasVerdict: Bool { !verdicts.isEmpty }
  var canStart: Bool { queue.canStart }
  /// The next moment at which a wait ends by itself, ns since 1970.
  var nextDue: Int64? { dueTimes.nextDue }

  subscript(handle: Handle) -> WaitingJob? { jobs.indices.contains(Int(handle)) ? jobs[Int(handle)] : nil }
  func handle(inbox name: JobID) -> Handle? { inbox[name] }
  func handle(deferred id: JobID) -> Handle? { deferred[id] }
  func terms(of handle: Handle) -> Terms? { terms[handle] }

  /// A job file was read for the first time, or anew after a new drop replaced it.
  func admit(_ job: WaitingJob, terms new: Terms?, now wall: Int64) {
    let known = job.origin == .inbox ? inbox[job.name] : deferred[job.name]
    if let known { leave(known, isReplaced: true) }
    let handle = note(job)
    if job.origin == .inbox { inbox[job.name] = handle } else { deferred[job.name] = handle }
    enter(handle, new, now: wall)
  }

  private func note(_ job: WaitingJob) -> Handle {
    let handle = free.popLast() ?? Handle(jobs.count)
    if Int(handle) == jobs.count { jobs.append(nil) }
    jobs[Int(handle)] = job
    return handle
  }

  /// A claimed job goes to `deferred`: it keeps its handle, and so its key.
  func readmit(_ handle: Handle, id: JobID, due: Int64, now wall: Int64) {
    guard var job = self[handle] else { return }
    // A listing may have seen it there before this was told.
    if let seen = deferred[id], seen != handle { leave(seen, isReplaced: true) }
    job.name = id
    job.origin = .deferred
    job.phase = .waiting
    job.due = due
    underWay.remove(id)
    jobs[Int(handle)] = job
    deferred[id] = handle
    queue.finished(in: job.lane)
    queue.add(entry(handle, job))
    evaluate(handle, now: wall)
  }

  private func enter(_ handle: Handle, _ new: Terms?, now wall: Int64) {
    guard let job = self[handle] else { return }
    // Before its own dependencies: a circle is seen only when those that wait for this name know that it is this job.
    let waiters = job.origin == .inbox ? after.appeared(job.name) : []
    if var new {
      if let after = new.after {
        switch self.after.enter(handle, job, after, resolved: new.dependencies, isWaiting: { self.inbox[$0] != nil }) {
        case .entered(let dependencies): new.dependencies = dependencies
        case .cycle(let names):
          let circle = names.map { "'\($0)'" }.joined(separator: " after ")
          verdicts.add(
            handle,
            Outcome(Refusal(code: .dependencyCycle, reason: "'after' goes in a circle: \(circle)", key: "after")))
        }
      }
      terms[handle] = new
    }
    queue.add(entry(handle, job))
    wake(waiters, now: wall)
    evaluate(handle, now: wall)
  }

  /// A job that an earlier runner began has its key, if nobody has it, and its place in its lane, as one that was claimed.
  func holdPlace(_ job: WaitingJob, terms held: Terms?) -> Handle {
    let handle = note(job)
    jobs[Int(handle)]?.phase = .claimed
    queue.started(in: job.lane)
    terms[handle] = held
    if let held, let key = held.key { keys.hold(key, handle, work: held.work) }
    return handle
  }

  /// When a job that keeps its place came, which only its record tells.
  func setArrival(_ handle: Handle, _ arrival: Int64) { jobs[Int(handle)]?.arrival = arrival }

  /// It is gone, or is met again where it lies now.
  func giveUpPlace(_ handle: Handle) {
    guard let job = self[handle] else { return }
    queue.finished(in: job.lane)
    jobs[Int(handle)] = nil
    free.append(handle)
    if let key = terms.removeValue(forKey: handle)?.key { pass(keys.withdraw(key, by: handle)) }
  }

  /// The file is gone, or was replaced by another that is admitted next.
  func leave(_ handle: Handle, isReplaced: Bool = false) {
    guard let job = self[handle] else { return }
    queue.remove(handle)
    dueTimes.remove(handle)
    verdicts.remove(handle)
    if job.origin == .inbox { inbox[job.name] = nil } else { deferred[job.name] = nil }
    let key = terms.removeValue(forKey: handle)?.key
    jobs[Int(handle)] = nil
    free.append(handle)
    // Where one that runs was found in `deferred` its end is still to come.
    if isReplaced || (job.origin == .deferred && underWay.contains(job.name)) {
      after.replaced(handle, job)
    } else {
      let now = Clock.wall()
      wake(after.left(handle, job, now: now, isWaiting: { self.inbox[$0] != nil }), now: now)
    }
    if let key { pass(keys.withdraw(key, by: handle)) }
  }

  /// The due time of a deferred job was touched.
  func setDue(_ handle: Handle, _ due: Int64, now wall: Int64) {
    guard self[handle]?.phase == .waiting, self[handle]?.due != due else { return }
    jobs[Int(handle)]?.due = due
    evaluate(handle, now: wall)
  }

  func markSeen(_ handle: Handle, _ listing: UInt32) { jobs[Int(handle)]?.seen = listing }

  /// All that a listing did not see.
  func unseen(_ origin: WaitingJob.Origin, _ listing: UInt32) -> [Handle] {
    (origin == .inbox ? inbox : deferred).values.filter { self[$0]?.seen != listing }
  }

  /// Every deferred job, for a look at their due times.
  var deferredJobs: [(id: JobID, handle: Handle)] { deferred.map { ($0.key, $0.value) } }

  // MARK: lanes

  func setLane(_ lane: LaneID, _ rules: LaneRules) { queue.setLane(lane, rules) }

  // MARK: waiting and going on

  /// Ends the waits whose time has come.
  func timePassed(now wall: Int64) {
    while let handle = dueTimes.popDue(now: wall) { evaluate(handle, now: wall) }
  }

  /// Jobs that end without a run come before those that run.
  func nextVerdict() -> (handle: Handle, outcome: Outcome)? {
    guard let verdict = verdicts.next() else { return nil }
    // Counted as running like the others, so that `settled` takes it back the same way.
    if let job = self[verdict.handle] {
      queue.remove(verdict.handle)
      queue.started(in: job.lane)
    }
    return verdict
  }

  /// Who starts next; counted as running in its lane.
  func next() -> Handle? { queue.next()?.handle }

  /// Whom `next` would answer.
  var head: Handle? { queue.head }

  /// The pick could not be claimed for now: back to its place.
  ///
  /// - Parameter verdict: with which it was to end; found once only, so it must not be lost.
  func putBack(_ handle: Handle, _ verdict: Outcome? = nil, now wall: Int64) {
    guard let job = self[handle] else { return }
    queue.finished(in: job.lane)
    queue.add(entry(handle, job))
    if let verdict { verdicts.add(handle, verdict) } else { evaluate(handle, now: wall) }
  }

  /// The file of the pick was gone or is another: it is forgotten, a scan finds what is there now.
  func forget(_ handle: Handle) {
    guard let job = self[handle] else { return }
    queue.finished(in: job.lane)
    leave(handle)
  }

  /// The pick lies in `processing` under this id.
  func claimed(_ handle: Handle, as id: JobID, now wall: Int64) {
    guard let job = self[handle] else { return }
    if job.origin == .inbox { inbox[job.name] = nil } else { deferred[job.name] = nil }
    jobs[Int(handle)]?.phase = .claimed
    verdicts.remove(handle)
    underWay.insert(id)
    dueTimes.remove(handle)
    after.claimed(handle, job, as: id)
  }

  /// The job came to its end.
  func settled(_ handle: Handle, id: JobID, succeeded: Bool, now wall: Int64) {
    underWay.remove(id)
    guard let job = self[handle] else { return }
    queue.finished(in: job.lane)
    let key = terms.removeValue(forKey: handle)?.key
    verdicts.remove(handle)
    jobs[Int(handle)] = nil
    free.append(handle)
    if let key {
      switch keys.settled(key, by: handle, succeeded: succeeded) {
      case .same(let others):
        for other in others { verdicts.add(other, KeyWaits.same(as: id)) }
      case let release: pass(release)
      }
    }
    wake(after.settled(id, succeeded: succeeded), now: wall)
  }

  /// A job that ended without this runner having it: moved by a person, or found finished.
  func endedElsewhere(_ id: JobID, succeeded: Bool, now wall: Int64) {
    let waiting = { (name: JobID) in self.inbox[name].flatMap { self[$0]?.inode } }
    wake(after.endedElsewhere(id, succeeded: succeeded, waiting: waiting), now: wall)
  }

  /// Looks again at what somebody waits for and what no notification tells of.
  func lookAtAbsent(now wall: Int64, continuous: () -> Int64) {
    wake(after.lookAtAbsent(now: wall, continuous: continuous), now: wall)
  }

  private func wake(_ handles: [Handle], now wall: Int64) { for handle in handles { evaluate(handle, now: wall) } }

  private func pass(_ release: KeyTable.Release) {
    switch release {
    case .nobody: break
    // A holder that vanished after its success was seen: its waiters look the key up like any other.
    case .same(let others): for other in others { evaluate(other, now: Clock.wall()) }
    case .next(let next): evaluate(next, now: Clock.wall())
    }
  }

  /// Finds out what a job waits for now, and lets it start if that is nothing.
  private func evaluate(_ handle: Handle, now wall: Int64) {
    guard let job = self[handle], job.phase == .waiting else { return }
    if verdicts.isFinal(handle) {
      // It ends without a run though it may wait for nothing more: one of a circle is not in the book of `after`.
      queue.setReady(handle, false)
      return
    }
    switch answer(handle, job, now: wall) {
    case .ready:
      verdicts.remove(handle)
      queue.setReady(handle)
    case .wait(let until):
      verdicts.remove(handle)
      queue.setReady(handle, false)
      if let until { dueTimes.set(handle, due: until) }
    case .over(let outcome):
      queue.setReady(handle, false)
      verdicts.add(handle, outcome)
    }
  }

  private func answer(_ handle: Handle, _ job: WaitingJob, now wall: Int64) -> WaitAnswer {
    let terms = terms[handle]
    if let key = terms?.key {
      let answer = keys.answer(key, handle, work: terms?.work ?? "", now: wall) { self[$0]?.name }
      guard case .ready = answer else { return answer }
    }
    if job.due > wall { return .wait(until: job.due) }
    return terms?.after == nil ? .ready : after.answer(handle, now: wall)
  }

  private func entry(_ handle: Handle, _ job: WaitingJob) -> QueueEntry {
    QueueEntry(
      handle: handle, lane: job.lane, priority: job.priority, arrival: job.arrival, name: job.name.text, ready: false)
  }
}
