import Jobs
import Observability
import Platform
import Runtimes
import Scheduling
import Spool

/// The runner's one loop, on the main thread: wait for something, take it in, start what may start. A job's way reads
/// from top to bottom in `turn`: watch, intake, queue, claim, attempt, runtime, settle, told.
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

  private let core: Core
  private let options: RunnerOptions
  private let poller: Poller
  private let signals: Signals
  private let room: WaitingRoom
  private let lanes: Lanes
  private let settler: Settler
  private let attempts: Attempts
  private let dispatcher: Dispatcher
  private let inbox: InboxIntake
  private let deferred: DeferredIntake
  private let errors: ErrorsIntake
  private let tasks: TaskScheduler
  private let requests: RequestDesk
  private let input: GroupInput
  private let outbox: Outbox
  private let control: ControlFiles
  private let recovery: Recovery
  private let watcher: Watcher
  private let ledger: Ledger

  private var nextFlush: Int64 = .min
  /// Set by the first TERM or INT: when the runs that are still there get SIGTERM, continuous clock.
  private var stopAt: Int64?
  private var wasSignalled = false
  /// A second one.
  private var isForced = false

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
    recovery = Recovery(core, settler: settler, takeOver: options.takeOver)
    let isClean = try recovery.run()
    try outbox.recover()
    attempts = try Attempts(core, settler: settler, poller: poller, isClean: isClean)
    let dispatcher = Dispatcher(
      core, room: room, lanes: lanes, settler: settler, attempts: attempts, keyFiles: keyFiles,
      messages: messages)
    self.dispatcher = dispatcher
    inbox = InboxIntake(core, room: room, lanes: lanes) { name, refusal, _ in dispatcher.refuse(name, refusal) }
    deferred = DeferredIntake(core, room: room, lanes: lanes)
    errors = ErrorsIntake(core, settler: settler) { id in room.endedElsewhere(id, succeeded: false, now: core.wall) }
    settler.notRecorded = { [attempts] id in attempts.recordAgain(id) }
    settler.cancelled = { [errors] id in
      errors.settled(id)
      requests.cancelled(id)
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
    watcher = Watcher(
      core, inbox: inbox, deferred: deferred, errors: errors, tasks: tasks, requests: requests, outbox: outbox,
      control: control, attempts: attempts, recovery: recovery)
    dispatcher.claims.lookAgain = { [inbox] name in inbox.hint(name) }
    dispatcher.claims.lookLater = { [inbox, deferred] in
      inbox.doubt()
      deferred.doubt()
    }
    watcher.reload = { [unowned self] in
      reloadSettings(always: false)
      lanes.refresh(always: false, tell: room)
    }
    outbox.reload = { [unowned self] in reloadSettings(always: false) }
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
    while true {
      let tags = try poller.wait(nanoseconds: waitTime())
      try turn(tags)
      guard isOver else { continue }
      if stopAt != nil { break }
      // A drain looks once more: what a job dropped just before its end belongs to it.
      watcher.scan()
      if isOver { break }
    }
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

  private func turn(_ tags: [Poller.Tag]) throws(SystemError) {
    for tag in tags {
      switch tag {
      case Tag.signals: try takeSignals()
      case Tag.watch: watcher.takeHints()
      case Tag.requests: requests.takeHints()
      default: attempts.readable(tag)
      }
    }
    // A free slot first: what is left to do for the runs that ended is done while the next ones run.
    while attempts.reap(), attempts.endedCount <= Self.worksPerTurn, !room.isEmpty, stopAt == nil, control.mayClaim {
      dispatcher.dispatch()
    }
    attempts.concludeEnded(atMost: max(Self.worksPerTurn, attempts.endedCount - Self.worksPerTurn))
    settler.proceed()
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
    outbox.proceed(isHeld: stopAt != nil || control.pauseReason != nil, mayTake: watcher.hasScanned)
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
    if stopAt == nil, control.mayClaim { dispatcher.prepareNext() }
  }

  /// How long nothing needs doing: nil never happens, a scan is always ahead.
  private func waitTime() -> Int64 {
    if !inbox.isCaughtUp || !tasks.isCaughtUp || !outbox.isCaughtUp || attempts.endedCount > 0 { return 0 }
    if stopAt == nil, requests.mayGoOn { return 0 }
    if stopAt == nil, control.mayClaim, dispatcher.hasWork, !dispatcher.isHeldUp { return 0 }
    let now = core.now
    var next = watcher.nextScan
    let stop = attempts.isStopping ? nil : stopAt
    for due in [
      attempts.nextDue, core.cgroups.nextDue, core.engines.nextDue, settler.nextDue, inbox.nextLook, dispatcher.nextDue,
      tasks.nextLook, requests.nextDue, outbox.nextDue, stop,
    ] {
      if let due { next = min(next, due) }
    }
    if core.log.hasUnflushed { next = min(next, nextFlush) }
    if stopAt == nil, let due = tasks.nextDue { next = min(next, now + max(0, due - core.wall)) }
    if let due = room.nextDue { next = min(next, now + max(0, due - core.wall)) }
    if let until = options.until, stopAt == nil { next = min(next, now + max(0, until.nanoseconds - core.wall)) }
    return next <= now ? 0 : next - now
  }

  // MARK: what comes in

  private func takeSignals() throws(SystemError) {
    for signal in try signals.pending() {
      switch signal {
      case .child: break  // reaped every turn
      case .hangUp:
        reloadSettings(always: true)
        tasks.intake.forgetZones()
      case .user1: core.log.write(.info, "status", statusLine())
      case .terminate, .interrupt:
        wasSignalled = true
        if stopAt == nil {
          stopAt = core.now + core.settings.grace.wholeNanoseconds
          core.log.write(
            .info, "runner-stopping",
            "no new claims; \(attempts.count) running, they get \(DurationText.format(core.settings.grace)) each way")
          if attempts.count == 0, outbox.isIdle { stopAt = core.now }
        } else {
          isForced = true
          attempts.stopAtOnce()
          outbox.stopAtOnce()
        }
      }
    }
  }

  private func reloadSettings(always: Bool) {
    guard core.settingsFile.reload(always: always) else { return }
    if let problem = core.settingsFile.problem {
      core.log.write(.error, "settings-invalid", "settings.json: \(problem.reason); the last good ones stay in force")
    } else {
      core.log.write(.info, "settings-read", "settings.json was read; it holds for jobs started from now on")
    }
    core.log.level = Core.logLevel(core.settings)
    attempts.settingsChanged()
    settler.settingsChanged()
    tasks.settingsChanged()
    requests.settingsChanged()
    outbox.settingsChanged()
  }

  // MARK: the end

  private var isOver: Bool {
    guard attempts.isIdle else { return false }
    if let stopAt {
      // What the disk does not take is not waited for longer than a run would be, nor after a second signal: the job
      // lies in `processing` and runs again.
      return (settler.isIdle && outbox.isIdle) || isForced
        || core.now - stopAt > core.settings.grace.wholeNanoseconds * 2
    }
    guard settler.isIdle else { return false }
    guard options.drain, watcher.hasScanned else { return false }
    // Whatever may still be claimed or become due by itself is waited for; `notBefore` is not.
    if !inbox.isCaughtUp || inbox.hasUnsettled || !recovery.waiting.isEmpty { return false }
    if tasks.hasWork || !requests.isIdle || !input.isIdle || outbox.hasWork { return false }
    if !control.mayClaim { return true }
    return !dispatcher.hasWork && !room.hasRetryAhead
  }

  /// What a drain leaves, with the reason.
  private func left() -> [(name: String, reason: String)] {
    var left = room.waitingJobs(now: core.wall).map { job in
      (name: job.name, reason: control.reason ?? job.reason)
    }
    left += inbox.beingWritten.map { (name: $0, reason: "being written") }
    left += recovery.foreign.map { (name: $0.text, reason: "claimed on another machine") }
    left += outbox.left
    return left
  }

  private func statusLine() -> String {
    "\(attempts.count) running, \(room.count) waiting, \(ledger.summary.finished) finished, \(tasks.count) tasks, "
      + "\(Machine.residentBytes >> 20) MiB resident, \(inbox.ignored) ignored in inbox"
      + (control.pauseReason.map { ", paused: \($0)" } ?? "") + (control.isDiskLow ? ", disk low" : "")
  }
}
