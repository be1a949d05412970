import Jobs
import Observability
import Platform
import Runtimes
import Scheduling
import Spool

/// The runs that hold a slot: started, watched over, and handed on when nothing of them is alive.
final class Attempts {
  /// What a machine that refused a process gets to recover, ns.
  static let recovery: Int64 = 1_000_000_000

  let core: Core
  let settler: Settler
  let events: RunEvents
  private let starter: RunStarter
  private let conclusions: Conclusions
  private let scratch: ScratchPool
  let kept: KeptBoxes
  private var table: RunTable
  /// Tables whose folder was deleted. Kept mapped: a child that is just being born may still note itself there.
  private var oldTables: [RunTable] = []
  private(set) var active: [Int: ActiveRun] = [:]
  private var byProcess: [Int32: Int] = [:]
  private var freeSlots: [Int] = []
  private var slotsMade = 0
  let roomWatch = RoomWatch()
  private let survivors: Survivors
  private var ended: [(run: ActiveRun, at: (wall: Int64, continuous: Int64))] = []
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
  /// After the machine refused a process: not before this, continuous clock.
  private(set) var pausedUntil: Int64 = .min
  private(set) var isStopping = false
  /// A run of a group ended, and its result is yet to come.
  var runEnded: (_ group: GroupName) -> Void = { _ in }

  /// - Parameter recovery: has gone through what an earlier runner left.
  init(_ core: Core, settler: Settler, poller: Poller, recovery: Recovery) throws(SystemError) {
    self.core = core
    self.settler = settler
    events = RunEvents(poller)
    table = try RunTable(folder: core.folders[.processing], slots: core.slots, carrying: recovery.earlier.unsettled())
    scratch = try ScratchPool(core.disposal, path: { core.realPath }, isClean: recovery.waiting.isEmpty)
    kept = KeptBoxes(core, scratch: scratch)
    survivors = Survivors(core, kept: kept)
    starter = try RunStarter(core, scratch: scratch, kept: kept)
    conclusions = Conclusions(core, settler: settler, scratch: scratch)
  }

  deinit { buffer.deallocate() }

  /// Runs that hold a slot.
  var count: Int { active.count }
  /// Whether one more may start: the settings' slots, as far as the table has room for them.
  var hasFreeSlot: Bool { active.count < min(core.slots, table.slots) }
  var isIdle: Bool { active.isEmpty && ended.isEmpty }
  /// Runs that ended and wait to be taken to their results.
  var endedCount: Int { ended.count }
  var runs: [ActiveRun] { Array(active.values) }
  func settingsChanged() { starter.settingsChanged() }
  /// What became of a job is on the disk.
  func isOnDisk(_ id: JobID) { table.forget(id) }

  /// `processing` is another folder now: the table of runs and the places to run in are made anew there.
  func processingWasReplaced() throws(SystemError) {
    let next = try RunTable(continuing: table, in: core.folders[.processing])
    oldTables.append(table)
    table = next
    try starter.processingWasReplaced()
    try scratch.processingWasReplaced()
  }

  /// Starts the next attempt of a claimed job, or concludes it if that cannot be.
  ///
  /// - Parameters:
  ///   - job: filled with what settings and group say; - after: the content of `BOBBIN_AFTER`.
  ///   - isAwaited: the calling thread waits for the end of its first process; else the loop is told of it.
  /// - Returns: nil if it could not be started.
  @discardableResult
  func start(_ claimed: Claimed, _ job: Job, after: [UInt8]?, isAwaited: Bool = false) -> ActiveRun? {
    starter.fill(&claimed.record, job)
    let slot = freeSlots.popLast() ?? slotsMade
    slotsMade = max(slotsMade, slot + 1)
    do throws(StartFailure) {
      let run = try starter.start(claimed, job, after: after, slot: slot, table: table)
      active[slot] = run
      byProcess[run.run.pid] = slot
      events.number(run)
      if !isAwaited { events.tellEnd(of: run) }
      events.listenToBox(of: run)
      core.log.write(.debug, "job-started", job: run.id.text, "started, attempt \(run.record.attemptsTotal + 1)")
      return run
    } catch {
      freeSlots.append(slot)
      if case .exhausted = error { recover() }
      conclusions.conclude(claimed, job, claimed.record, error)
      return nil
    }
  }

  /// The runner ends: every box goes.
  func close() {
    kept.close()
    table.stop()
    if core.engines.close(spool: core.spoolID) { starter.forgetEngines() }
  }

  /// What a claimed job is to run on does not answer.
  func refuse(_ claimed: Claimed, _ job: Job, _ failure: StartFailure) { conclusions.conclude(claimed, job, failure) }

  /// From now on SIGCHLD may come to nobody.
  func tellEnds() { events.tellEnds(of: active.values) }

  /// Makes the start of a job ready that is not claimed yet; jobs with `after` are not.
  func prepare(_ head: Prepared, _ job: Job) { starter.prepare(head, job) }

  /// That job, as it is to run; nil: it is to be looked at anew.
  func admitted(_ head: Prepared) -> Job? { starter.admitted(head) }

  // MARK: while they run

  /// Something of a run can be read.
  func readable(_ tag: Poller.Tag) {
    guard let (number, kind) = RunEvents.meaning(of: tag), let run = active.values.first(where: { $0.number == number })
    else { return }
    switch kind {
    case .output: read(run.output, of: run)
    case .error: read(run.error, of: run)
    case .box: boxSpoke(run)
    case .end: break  // what ended is collected in each turn
    }
  }

  func read(_ stream: StreamCapture, of run: ActiveRun) {
    if stream.drain(using: buffer) { run.heardAt = core.now }
    if stream.isOver { events.forget(stream) }
  }

  private func stopListening(to run: ActiveRun) {
    events.forget(run)
    if let box = run.run.box { byProcess[box.makerPID] = nil }
  }

  private func boxSpoke(_ run: ActiveRun) {
    guard let box = run.run.box else { return }
    let before = box.channel
    box.take()
    if let channel = box.channel, channel !== before { events.listenToBox(of: run) }
    goOn(run, run.runtime.end(of: run.run, reaped: nil))
  }

  /// Goes on with a run of which something ended.
  ///
  /// - Parameter end: of all of it; nil: it goes on.
  private func goOn(_ run: ActiveRun, _ end: RunEnd?) {
    switch end {
    case nil: break
    case .neverRan(let failure)?: neverRan(run, starter.judged(failure, by: run.runtime))
    case .ran(let end, let leftover)?:
      (run.end, run.leftover) = (end, leftover)
      act(run, run.supervision.exited(living: survivors.afterExit(run, among: active, byProcess), now: core.now))
    }
  }

  /// Collects the children of the calling thread that ended. False: none had.
  @discardableResult
  func reap(atMost most: Int = .max) -> Bool {
    var (any, count) = (false, 0)
    while count < most, let end = Children.reap() {
      count += 1
      guard let slot = byProcess.removeValue(forKey: end.pid), let run = active[slot] else {
        kept.reaped(end)
        continue
      }
      any = true
      events.forgetEnd(of: run)
      goOn(run, run.runtime.end(of: run.run, reaped: end))
    }
    return any
  }

  /// Its first process ended without having become the program.
  private func neverRan(_ run: ActiveRun, _ failure: StartFailure) {
    var failure = failure
    if case .notJoined(let cause) = failure, run.hold.cgroup?.isLimited == false {
      // Nothing that was asked for needs the cgroup: again without it.
      core.cgroups.couldNotJoin(run.hold)
      failure = .exhausted(cause)
    }
    core.cgroups.letGo(run.hold)
    stopListening(to: run)
    active[run.slot] = nil
    table.end(slot: run.slot)
    freeSlots.append(run.slot)
    if case .exhausted = failure { recover() }
    conclusions.conclude(run, failure)
    giveBackBox(run)
  }

  /// The machine refused something: it gets time, and what is only held for later goes.
  private func recover() {
    pausedUntil = core.now + Self.recovery
    kept.makeRoom()
  }

  /// A box that stays waits for the next job, now that its folders are empty.
  private func giveBackBox(_ run: ActiveRun) {
    guard let box = run.kept else { return }
    if !run.scratch.isHeld { box.isSpoiled = true }
    run.scratch.isHeld = true
    kept.giveBack(box, keep: run.keep)
  }

  func act(_ run: ActiveRun, _ action: Supervision.Action) {
    switch action {
    case .none: break
    case .terminate:
      signal(run, SignalNumber.terminate)
      // A stopped process takes SIGTERM only when it goes on.
      signal(run, SignalNumber.go)
    case .kill:
      signal(run, SignalNumber.kill)
      run.hold.cgroup?.killRest()
      let living = survivors.count(run, among: active, byProcess, ends: true)
      act(run, run.supervision.swept(living: living, now: core.now))
    case .sweep:
      act(run, run.supervision.swept(living: survivors.count(run, among: active, byProcess), now: core.now))
    case .finish: end(run)
    }
  }

  private func signal(_ run: ActiveRun, _ number: Int32) {
    run.runtime.signal(run.run, number, living: survivors.living(run, among: active, byProcess))
  }

  /// Before a run is ended: whether it has a result of its own by now.
  func seeEnd(of run: ActiveRun) {
    if run.end == nil, run.run.hasEndedWithin { run.supervision.endedWithin(now: core.now) }
  }

  private func end(_ run: ActiveRun, _ why: Supervision.Cause) {
    seeEnd(of: run)
    act(run, run.supervision.end(why, now: core.now))
  }

  /// Ends a job's run because a person asked for it.
  func cancel(_ id: JobID) { for run in active.values where run.id == id { end(run, .cancelled) } }

  /// The runner ends: what runs now gets SIGTERM and then `grace`.
  func stop() {
    isStopping = true
    for run in active.values { end(run, .stopped) }
  }

  /// The runner ends at once.
  func stopAtOnce() {
    isStopping = true
    for run in active.values {
      seeEnd(of: run)
      act(run, run.supervision.endAtOnce(now: core.now))
    }
  }

  // MARK: end

  /// Frees the slot; what remains to do for the run comes after the next one was started.
  private func end(_ run: ActiveRun) {
    guard active.removeValue(forKey: run.slot) != nil else { return }
    stopListening(to: run)
    table.end(slot: run.slot, of: run.id)
    freeSlots.append(run.slot)
    ended.append((run, (core.wall, core.now)))
    if let group = run.job.group { runEnded(group) }
  }

  /// Takes some of the runs that ended to their results: few at a time, so that a slot that becomes free meanwhile does
  /// not wait for all of them.
  func concludeEnded(atMost most: Int) {
    let runs = ended.prefix(most)
    ended.removeFirst(runs.count)
    for (run, at) in runs { conclude(run, at) }
  }

  /// Takes the run that ended last to its result, unless it has a box: what follows it there is started by the loop.
  func concludeLast() {
    guard let (run, at) = ended.last, run.run.box == nil else { return }
    ended.removeLast()
    conclude(run, at)
  }

  private func conclude(_ run: ActiveRun, _ at: (wall: Int64, continuous: Int64)) {
    guard let end = run.end else { return }
    // No more than a pipe can hold: what is still written now comes from a program that got away, and may never end.
    for stream in [run.output, run.error] { stream.drain(using: buffer) }
    let readings = run.run.box?.readings ?? run.hold.cgroup?.readings()
    core.cgroups.letGo(run.hold)
    conclusions.conclude(run, end, readings, at: at)
    giveBackBox(run)
  }
}
