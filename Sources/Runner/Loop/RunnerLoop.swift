import Jobs
import Observability
import Platform
import Runtimes
import Scheduling
import Spool

/// The runner's one loop, on the main thread: wait for something, take it in, start what may start. A job's way reads
/// from top to bottom in `turn`: watch, intake, queue, claim, attempt, runtime, settle, told. While jobs wait the slots'
/// threads do part of it (`fillSlot`).
final class RunnerLoop {
  private enum Tag {
    static let signals: Poller.Tag = 1
    static let watch: Poller.Tag = 2
    static let requests: Poller.Tag = 3
  }

  /// Ended runs concluded and results shown in one turn, each some 50 µs: between turns free slots are filled.
  private static let worksPerTurn = 4
  /// How long a line of the log may wait for others while jobs run, ns.
  private static let flushInterval: Int64 = 20_000_000

  let core: Core
  let options: RunnerOptions
  private let poller: Poller
  let signals: Signals
  let room: WaitingRoom
  private let lanes: Lanes
  let settler: Settler
  let attempts: Attempts
  let dispatcher: Dispatcher
  let inbox: InboxIntake
  private let deferred: DeferredIntake
  private let errors: ErrorsIntake
  let tasks: TaskScheduler
  let requests: RequestDesk
  let input: GroupInput
  let outbox: Outbox
  let control: ControlFiles
  let recovery: Recovery
  let watcher: Watcher
  let ledger: Ledger
  let slots = ChildThreads(name: "slot")

  private var sleep = LoopSleep()
  private var hasTurned = false
  private(set) var nextFlush: Int64 = .min
  /// Set by the first TERM or INT: when the runs that are still there get SIGTERM, continuous clock.
  var stopAt: Int64?
  var wasSignalled = false
  /// A second one.
  var isForced = false

  init(_ core: Core, _ options: RunnerOptions) throws {
    self.core = core
    self.options = options
    Signals.ignoreHarmless()
    signals = try Signals([.terminate, .interrupt, .hangUp, .user1, .child])
    try Children.adoptOrphans()
    poller = try Poller()
    let ledger = Ledger(core.log)
    self.ledger = ledger
    let lanes = Lanes(folders: core.folders, log: core.log)
    self.lanes = lanes
    let keyFiles = KeyFiles(folders: core.folders, writer: core.writer)
    let after = AfterBook(
      folders: core.folders, writer: core.writer, disk: core.disk, started: core.wall,
      timeout: { core.settings.afterTimeout.wholeNanoseconds })
    let room = WaitingRoom(after: after, keyFiles: keyFiles)
    self.room = room
    let waker = poller.waker
    let tasks = try TaskScheduler(core) { waker.wake() }
    self.tasks = tasks
    let settings = { (group: GroupName) in
      lanes.lane(of: group, tell: room)
      return lanes.settings(of: group)
    }
    let clerk = try RequestClerk(
      core, reader: .ofMachine(), settings: settings, notify: { waker.wake() })
    let requests = RequestDesk(core, lanes: lanes, room: room, clerk: clerk)
    self.requests = requests
    let messages = MessageWork(core)
    let input = GroupInput(core) { lanes.settings(of: $0)?.agent != nil }
    self.input = input
    outbox = Outbox(core) { waker.wake() }
    settler = try Settler(
      core, notify: { waker.wake() },
      ended: { handle, record in
        ledger.ended(record)
        tasks.ended(record)
        requests.ended(record)
        messages.ended(record)
        let succeeded = record.outcome?.status.isSuccess ?? false
        if let handle {
          room.settled(handle, id: record.id, succeeded: succeeded, now: core.wall)
        } else {
          room.endedElsewhere(record.id, succeeded: succeeded, now: core.wall)
        }
      },
      deferred: { handle, id, due in
        if let handle {
          room.readmit(handle, id: id, due: due.nanoseconds, now: core.wall)
        } else {
          room.missesDeferred = true
        }
      })
    settler.willFail = { (record) throws(SystemError) in try messages.willFail(record) }
    recovery = try Recovery(
      core, settler: settler, places: HeldPlaces(core, room: room, lanes: lanes), takeOver: options.takeOver)
    try recovery.run()
    // What goes on is in its place before anything new is seen: it has the key and the lane that it had.
    settler.settleNow()
    try outbox.recover()
    attempts = try Attempts(core, settler: settler, poller: poller, recovery: recovery)
    let dispatcher = Dispatcher(
      core, room: room, lanes: lanes, settler: settler, attempts: attempts, keyFiles: keyFiles,
      messages: messages)
    self.dispatcher = dispatcher
    inbox = InboxIntake(core, room: room, lanes: lanes) { name, refusal, _ in dispatcher.refuse(name, refusal) }
    deferred = DeferredIntake(core, room: room, lanes: lanes)
    errors = ErrorsIntake(core, settler: settler) { id in room.endedElsewhere(id, succeeded: false, now: core.wall) }
    settler.isOnDisk = { [attempts] id in attempts.isOnDisk(id) }
    settler.notRecorded = { [attempts] id in attempts.recordAgain(id) }
    settler.cancelled = { [errors] id in
      errors.settled(id)
      requests.cancelled(id)
      tasks.cancelled(id)
    }
    for group in recovery.groups { input.ran(group) }
    // Not when it is settled: what was said to it is looked at before.
    attempts.runEnded = { group in input.ran(group) }
    let snapshots = GroupSnapshots(core, room: room, tasks: tasks, settings: settings)
    input.made = { [inbox] file in inbox.hint(Array(file.utf8)) }
    dispatcher.began = { id, group in snapshots.noticed(id, of: group) }
    deferred.admitted = { id, group in snapshots.noticed(id, of: group) }
    let hasRun = { [attempts] (group: GroupName) in attempts.runs.contains { $0.job.group == group } }
    inbox.admitted = { id, job in
      if let task = job.task { tasks.noticed(id, of: task) }
      if let group = job.group { snapshots.noticed(id, of: group) }
    }
    requests.tellGroups = { groups in
      snapshots.tell(groups)
      for group in groups { input.look(at: group, isRunning: hasRun(group)) }
    }
    let cancel = { [attempts] id in
      if room.isUnderWay(id) { attempts.cancel(id) } else { core.cancelWaiting(id) }
    }
    tasks.cancel = cancel
    clerk.cancel = { id in
      if room.isUnderWay(id) { core.noteCancel(id) }
      cancel(id)
    }
    errors.cancelRun = { [attempts] id in
      guard room.isUnderWay(id) else { return false }
      attempts.cancel(id)
      return true
    }
    control = ControlFiles(core)
    control.isLeaving = { [settler] in settler.isSettling($0) }
    watcher = Watcher(
      core, inbox: inbox, deferred: deferred, errors: errors, tasks: tasks, requests: requests, outbox: outbox,
      control: control, attempts: attempts, recovery: recovery)
    dispatcher.claims.mayBeCancelled = { [control] id in control.unheeded.contains(id) }
    dispatcher.claims.setAside = { [inbox] in inbox.setAside($0, $1) }
    dispatcher.claims.lookAgain = { [inbox] name in inbox.hint(name) }
    dispatcher.claims.lookLater = { [inbox, deferred] in
      inbox.doubt()
      deferred.doubt()
    }
    watcher.reload = { [unowned self] in
      reloadSettings(always: false)
      lanes.refresh(always: false, tell: room)
    }
    watcher.lookAtAbsent = { room.lookAtAbsent(now: core.wall) { core.now } }
    outbox.reload = { [unowned self] in reloadSettings(always: false) }
    dispatcher.handsOver = { [slots] in slots.begin(most: Self.slotThreads(slots: core.slots)) }
    slots.willBegin = { [attempts] in attempts.tellEnds() }
    slots.goOn = { [unowned self] in fillSlot() }
    try poller.add(signals.descriptor, tag: Tag.signals)
    if let watch = watcher.start() { try poller.add(watch, tag: Tag.watch) }
    if let watch = requests.start() { try poller.add(watch, tag: Tag.requests) }
    core.cgroups.begin()
    try WhoFile.write(core)
    core.log.write(.info, "runner-started", "running \(core.folders.path) with \(core.slots) slots")
    core.log.flush()
  }

  /// - Throws: `SystemError` when the machine refuses what every turn needs.
  func run() throws(SystemError) -> RunnerSummary {
    do throws(SystemError) {
      var time = slots.withTurn(nextWait)
      while let longest = time {
        let tags = try poller.wait(nanoseconds: longest)
        time = try slots.withTurn { () throws(SystemError) in
          try turn(tags)
          return nextWait()
        }
      }
    } catch {
      slots.withTurn { slots.stop() }
      throw error
    }
    slots.close()
    settler.close()
    settler.proceed()
    tasks.close()
    requests.close()
    outbox.close()
    attempts.close()
    core.cgroups.close()
    // One that drains is through when it has cleared up; one that was told to end leaves that to the next.
    if options.drain, !wasSignalled { core.disposal.finish() }
    if settler.count > 0 {
      core.log.write(
        .error, "results-not-written", "\(settler.count) results could not be written; those jobs run again")
    }
    var summary = ledger.summary
    summary.endedBySignal = wasSignalled
    if options.drain { summary.left = left() }
    core.log.write(.info, "runner-ended", "ended; \(summary.finished) jobs finished, \(summary.failed) did not succeed")
    core.log.flush()
    return summary
  }

  /// How long the loop's thread may wait; nil: the runner is through.
  private func nextWait() -> Int64? {
    if hasTurned, isOver {
      // A drain looks once more: what a job dropped just before its end belongs to it, and what a request made.
      if stopAt == nil { watcher.lookOnceMore() }
      if isOver {
        slots.stop()
        return nil
      }
    }
    return sleep.begin(until: nextDue, now: core.now)
  }

  var mayClaim: Bool { stopAt == nil && control.mayClaim }

  /// Another thread changed what the loop's thread waits for.
  func wakeIfDue() {
    if sleep.isBroken(by: nextDue) { poller.waker.wake() }
  }

  private func turn(_ tags: [Poller.Tag]) throws(SystemError) {
    sleep.end()
    hasTurned = true
    for tag in tags {
      switch tag {
      case Tag.signals: try takeSignals()
      case Tag.watch: watcher.takeHints()
      case Tag.requests: requests.takeHints()
      default: attempts.readable(tag)
      }
    }
    // A free slot first: what is left to do for the runs that ended is done while the next ones run.
    while attempts.reap(), attempts.endedCount <= Self.worksPerTurn, !room.isEmpty, mayClaim {
      dispatcher.dispatch()
    }
    attempts.concludeEnded(atMost: max(Self.worksPerTurn, attempts.endedCount - Self.worksPerTurn))
    settler.proceed()
    for id in recovery.earlier.takeSettled() { attempts.isOnDisk(id) }
    if room.missesDeferred {
      // Recovery put a job there: a drain that has listed the folder before must not end without it.
      room.missesDeferred = false
      deferred.doubt()
      watcher.scanSoon()
    }
    attempts.timePassed()
    core.cgroups.proceed(now: core.now)
    core.engines.proceed(now: core.now)
    room.timePassed(now: core.wall)
    tasks.proceed(mayMake: stopAt == nil && watcher.hasScanned)
    if stopAt == nil { requests.proceed() }
    outbox.proceed(
      isHeld: stopAt != nil || control.pauseReason != nil, mayTake: watcher.hasScanned && control.knowsPause)
    if core.now >= watcher.nextScan { watcher.scan() }
    inbox.lookAgain(heldOpen: false)
    core.keepGoing { () throws(SystemError) in try inbox.look() }
    if let until = options.until, stopAt == nil, core.wall >= until.nanoseconds { stopAt = core.now }
    if stopAt == nil {
      control.lookAtDisk()
      if control.mayClaim { dispatcher.dispatch() }
    } else if let stopAt, core.now >= stopAt, !attempts.isStopping {
      attempts.stop()
      outbox.stop()
    }
    settler.commitGathered(moreToCome: attempts.count > 0)
    if attempts.count == 0 || core.now >= nextFlush {
      core.log.flush()
      nextFlush = core.now + Self.flushInterval
    }
    if mayClaim { dispatcher.prepareNext() }
  }
}
