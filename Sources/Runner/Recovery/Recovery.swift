import Jobs
import Observability
import Platform
import Runtimes
import Scheduling
import Spool

/// Puts in order what an earlier runner left in `processing`: ends what still runs, finishes what was finished, and lets
/// the rest run again (DESIGN §1.3, §1.4).
final class Recovery {
  /// What an earlier run gets between SIGTERM and SIGKILL, and then to vanish, ns.
  private static let termGrace: Int64 = 2_000_000_000
  private static let killGrace: Int64 = 3_000_000_000

  private let core: Core
  private let settler: Settler
  private let takeOver: Bool
  let earlier: EarlierNotes
  private let containers: EarlierContainers
  private let halfMoves: HalfMoves
  private let places: HeldPlaces
  /// Jobs whose earlier run is alive, or that could not be put in order: looked at again.
  private(set) var waiting: [JobID] = []
  /// Groups of which a job may have been cut short.
  private(set) var groups: Set<GroupName> = []
  /// Jobs of another machine.
  private(set) var foreign: [JobID] = []
  /// Those of which it was told that they cannot be put in order.
  private var told: Set<JobID> = []

  /// Reads the earlier runner's table; before the new one replaces it.
  ///
  /// - Parameter places: where what is not in order yet keeps its own.
  /// - Throws: it cannot be read, and without it what the earlier runner left may not be found.
  init(_ core: Core, settler: Settler, places: HeldPlaces, takeOver: Bool) throws(SystemError) {
    self.core = core
    self.settler = settler
    self.places = places
    self.takeOver = takeOver
    containers = try EarlierContainers(core)
    halfMoves = HalfMoves(core)
    earlier = try EarlierNotes(core) { settler.isSettling($0) }
  }

  /// Goes through `processing`.
  func run() throws(SystemError) {
    try halfMoves.sweepTemporaries()
    let processing = try core.folders[.processing]
    var jobs: [JobID] = []
    var records: Set<JobID> = []
    var cancels: [JobID] = []
    for name in try processing.names() {
      if let stem = JobFile.stem(of: name) {
        // A name that nothing of ours fits beside was put there by hand: its record could never be written.
        guard let id = try? JobID(derived: Array(stem.utf8)) else {
          core.log.write(.warn, "bad-name", "processing/\(name) cannot be a job's name: it is left alone")
          continue
        }
        jobs.append(id)
      }
      if let id = JobFile.cancelledID(of: name) { cancels.append(JobID(unchecked: id)) }
      if let id = JobFile.sidecarID(of: name, in: .processing) { records.insert(JobID(unchecked: id)) }
    }
    for id in records where !jobs.contains(id) {
      tell(id) { () throws(SystemError) in if try halfMoves.completeResume(id) { jobs.append(id) } }
    }
    recover(jobs, isFirst: true)
    // The runner died when the job had been put off and before it heeded them.
    for id in cancels where !jobs.contains(id) { tell(id) { () throws(SystemError) in try core.mover.heedCancel(id) } }
    for id in records where !jobs.contains(id) {
      tell(id) { () throws(SystemError) in try halfMoves.putRecordBack(id) }
    }
    try halfMoves.clearStrayFiles(besides: Set(jobs))
  }

  /// Looks again at jobs whose earlier run was alive.
  func again() {
    guard !waiting.isEmpty else { return }
    let jobs = waiting
    waiting = []
    recover(jobs, isFirst: false)
  }

  /// What cannot be done for one job keeps neither the others nor the runner from going on.
  @discardableResult
  private func tell(_ id: JobID, _ body: () throws(SystemError) -> Void) -> Bool {
    do throws(SystemError) {
      try body()
      told.remove(id)
      return true
    } catch {
      if told.insert(id).inserted {
        core.log.write(.error, "recovery-failed", job: id.text, "it cannot be put in order now: \(error)")
      }
      return false
    }
  }

  /// - Parameter isFirst: nothing that runs is this runner's own.
  private func recover(_ jobs: [JobID], isFirst: Bool) {
    defer { places.hold(waiting) }
    var records: [JobID: JobRecord?] = [:]
    // One whose record cannot be read now is looked at again: it may have ended, or must not run twice.
    let jobs = jobs.filter { id in
      let isRead = tell(id) { () throws(SystemError) in records.updateValue(try halfMoves.readRecord(id), forKey: id) }
      if !isRead { waiting.append(id) }
      if isFirst { earlier.meet(id, attempts: isRead ? records[id]??.attemptsTotal ?? 0 : nil) }
      return isRead
    }
    guard isFirst || !jobs.isEmpty else { return }
    let mine = jobs.filter { !isForeign($0, records[$0] ?? nil) }
    // Containers first: what watches over one would otherwise be taken for a run, and killed in front of it.
    let inEngines = containers.end(of: mine, records)
    let living = endEarlierRuns(of: mine, records, isFirst: isFirst).union(inEngines)
    for id in jobs {
      let record = records[id] ?? nil
      let isDone = tell(id) { () throws(SystemError) in
        try recover(id, record, isForeign: !mine.contains(id), isAlive: living.contains(id))
      }
      if !isDone { waiting.append(id) }
    }
  }

  private func recover(_ id: JobID, _ record: JobRecord?, isForeign: Bool, isAlive: Bool) throws(SystemError) {
    let processing = try core.folders[.processing]
    guard try processing.has(JobFile.job(id.text)) else { return earlier.isDecided(id) }
    let reader = DropReader(core.settings)
    let (content, file, _) = try reader.readClaimed(JobFile.job(id.text), in: processing)
    let job = try? content.get()
    var facts = RecoveryPlan.Facts()
    facts.status = record?.status
    for place in [SpoolPlace.done, .errors] where try core.folders[place].has(JobFile.result(id.text)) {
      if try !core.folders[place].has(JobFile.job(id.text)) { facts.resultIn = place }
    }
    facts.recordInDeferred = try core.folders[.deferred].status(JobFile.record(id.text))?.kind == .file
    facts.hasCancel = try processing.has(JobFile.cancel(id.text))
    facts.isDueLater = (try processing.status(JobFile.record(id.text))?.modified ?? .min) > core.wall
    facts.run = earlier.run(of: id, attempts: record?.attemptsTotal ?? 0)
    if facts.run != nil, let group = record?.group ?? job?.group { groups.insert(group) }
    facts.notesStart = job?.rerun == false
    facts.isForeign = isForeign
    facts.isAlive = isAlive
    let plan = RecoveryPlan(facts)
    core.log.write(.info, "recovered", job: id.text, plan.sentence)
    try carryOut(plan, id, record, content, job, file)
    if plan != .foreign, plan != .alive { earlier.isDecided(id) }
  }

  private func carryOut(
    _ plan: RecoveryPlan, _ id: JobID, _ known: JobRecord?, _ content: Result<Job, Refusal>, _ job: Job?,
    _ file: Descriptor?
  ) throws(SystemError) {
    let now = Timestamp(nanoseconds: core.wall)
    var record = known ?? JobRecord(id: id)
    record.submittedAt = record.submittedAt ?? (try? file?.status()).map { Timestamp(nanoseconds: $0.changed) }
    // Without its record it is still known who is to be told of its end.
    if record.chat == nil, let message = job?.message {
      (record.chat, record.messageID) = (message.address, message.id)
    }
    func submit(_ goal: Settler.Goal) {
      settler.submit(
        record, handle: places.take(id, since: record.submittedAt), goal: goal, jobFile: file, hasRecord: known != nil)
    }
    func settle(_ outcome: Outcome) {
      record.state = .finished(outcome)
      record.finishedAt = now
      submit(.settle(outcome.status.isSuccess ? .done : .errors))
    }
    func putOff(_ delay: Duration, _ code: String, _ reason: String) {
      record.state = .deferred(Deferral(until: now + delay, code: code, reason: reason))
      submit(.deferUntil(now + delay))
    }
    switch plan {
    case .foreign: foreign.append(id)
    case .alive: waiting.append(id)
    case .settleAgain(let place): submit(.settle(place))
    case .followResult(let place):
      _ = try halfMoves.followFiles(id)
      try core.mover.settleJobFile(id, in: place)
    case .followDeferral:
      try core.mover.followToDeferred(JobFile.job(id.text))
      places.goesOn(id)
      try core.mover.heedCancel(id)
    case .cancel:
      try halfMoves.clearFiles(id)
      settle(Outcome(.cancelled, code: "cancelled", reason: "it was cancelled; the runner that ran it had died"))
    case .deferAgain: submit(.deferUntil(record.nextAttemptAt ?? now))
    case .notStarted:
      try halfMoves.clearFiles(id)
      if case .failure(let refusal) = content { return settle(Outcome(refusal)) }
      putOff(.zero, "claimed-not-started", "the runner ended before it started")
    case .interrupted(let cut):
      try halfMoves.clearFiles(id)
      if case .failure(let refusal) = content { return settle(Outcome(refusal)) }
      let isPlanned = cut == .stop
      let code = isPlanned ? "stopped" : FinalStatus.interrupted.rawValue
      var attempt = Attempt(number: record.attemptsTotal + 1, startedAt: record.startedAt, status: code)
      attempt.counted = false
      attempt.reason = cut.reason
      record.append(attempt)
      record.interruptions = isPlanned ? 0 : record.interruptions + 1
      let decision = RetryRule.decide(
        after: .interrupted(planned: isPlanned), policy: job?.retry ?? RetryPolicy(),
        counts: AttemptCounts(counted: record.attemptsUsed, interruptionsInARow: record.interruptions),
        rerun: job?.rerun ?? true, maxInterruptions: core.settings.maxInterruptions,
        random: Double.random(in: 0..<1))
      if case .deferUntil(let delay, _) = decision {
        putOff(delay, code, cut.reason)
      } else {
        let why = job?.rerun == false ? "and rerun is false" : "\(record.interruptions) times in a row"
        settle(Outcome(.interrupted, code: "interrupted", reason: "\(cut.reason), \(why)"))
      }
    }
  }

  // MARK: earlier runs

  private func isForeign(_ id: JobID, _ record: JobRecord?) -> Bool {
    guard !takeOver else { return false }
    if let runner = record?.runner { return runner.machine != core.mark.machine }
    return earlier.isForeign(id)
  }

  /// Ends what an earlier runner left, SIGTERM first. Answers the jobs of which something is alive all the same.
  ///
  /// - Parameter isFirst: also of jobs that a person took away. Later others may be running by this runner's own doing.
  private func endEarlierRuns(of jobs: [JobID], _ records: [JobID: JobRecord?], isFirst: Bool) -> Set<JobID> {
    let wanted = Set(jobs + [EarlierRuns.unknownJob])
    var notes = earlier.living
    for id in jobs {
      guard let record = records[id] ?? nil, record.runner?.boot == core.mark.boot,
        case .running(let live) = record.state, let process = live.process
      else { continue }
      notes.append(EarlierRuns.Note(job: id, process: process))
    }
    func look(ends: Bool = false) -> [JobID: [ProcessFacts]] {
      let found = EarlierRuns.living(
        spool: core.spoolID, notes: notes, inCgroups: core.cgroups.earlierLiving(), ends: ends && isFirst)
      return isFirst ? found : found.filter { wanted.contains($0.key) }
    }
    var living = look()
    guard !living.isEmpty else { return [] }
    for (signal, grace) in [(SignalNumber.terminate, Self.termGrace), (SignalNumber.kill, Self.killGrace)] {
      let end = core.now + grace
      if signal == SignalNumber.kill { core.cgroups.stopEarlierForks() }
      for process in living.values.joined() { ProcessTable.signal(process, signal) }
      if signal == SignalNumber.terminate {
        for process in living.values.joined() { ProcessTable.signal(process, SignalNumber.go) }
      }
      while !living.isEmpty, core.now < end {
        Clock.wait(nanoseconds: 2_000_000)
        living = look(ends: signal == SignalNumber.kill)
        guard signal == SignalNumber.kill else { continue }
        for process in living.values.joined() { ProcessTable.signal(process, signal) }
      }
    }
    for (id, processes) in living {
      if processes.isEmpty {
        core.log.write(.error, "earlier-run-unknown", "the machine does not show now whether earlier runs are alive")
        continue
      }
      core.log.write(
        .error, "earlier-run-alive", job: id.text,
        "an earlier run cannot be ended: \(processes.map { String($0.pid) }.joined(separator: " "))")
    }
    // Whose it is that cannot be ended is not known: it may be any of them.
    return living[EarlierRuns.unknownJob] == nil ? Set(living.keys) : Set(jobs)
  }
}
