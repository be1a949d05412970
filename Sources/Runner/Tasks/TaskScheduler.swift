import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Makes a job of each time of a task, once: waits for the next one, asks the plan, writes what it says. What is due and
/// what becomes of it is `OccurrencePlan`'s to decide.
final class TaskScheduler {
  /// Tasks gone through in one turn: some milliseconds.
  private static let tasksPerTurn = 64
  /// States on their way to the disk at a time: each is held in memory as bytes, in two open files, until it is there.
  private static let statesAtOnce = 128
  /// After what the disk or a person kept from being done, ns.
  static let again: Int64 = 1_000_000_000

  private let machinery: TaskMachinery
  private let files: TaskFiles
  private let table = TaskTable()
  private let journal: TaskJournal
  private let states: TaskStates
  private let jobs: TaskJobs
  private let ends: TaskEnds
  private let dues: TaskDues
  private let changes: TaskChanges
  let intake: TaskIntake
  /// More are due than one turn goes through.
  private var isBehind = false
  private var clock = TaskClock()
  /// Ends a job that waits or runs.
  var cancel: (JobID) -> Void = { _ in }

  init(_ machinery: TaskMachinery, commit: GroupCommit, reader: TaskReader) {
    self.machinery = machinery
    files = TaskFiles(folders: machinery.folders, disk: machinery.disk)
    journal = TaskJournal(files: files, commit: commit, log: machinery.log, now: machinery.now)
    states = TaskStates(table: table, journal: journal, log: machinery.log) { [files] name throws(SystemError) in
      try files.state(of: name)
    }
    jobs = TaskJobs(homes: JobHomes(machinery.folders), states: states)
    intake = TaskIntake(machinery, files: files, table: table, reader: reader)
    ends = TaskEnds(machinery, files: files, table: table, states: states, isAsRead: intake.isAsRead)
    dues = TaskDues(machinery, table: table, states: states)
    changes = TaskChanges(
      machinery, files: files, table: table, states: states, jobs: jobs, ends: ends, dues: dues)
    intake.changed = { [unowned self] in changes.changed($0, good: $1, passed: $2) }
    intake.left = { [unowned self] in changes.left($0, isPaused: $1) }
    journal.made = { [unowned self] in made($0, $1, existed: $2) }
    journal.kept = { [unowned self] in kept($0) }
  }

  /// With a thread of its own for the disk.
  convenience init(_ core: Core, notify: @escaping @Sendable () -> Void) throws(SystemError) {
    let commit = try GroupCommit(
      disk: core.disk, folders: core.folders, isDurable: core.settings.durability == .full, notify: notify)
    self.init(TaskMachinery(core), commit: commit, reader: .ofMachine())
  }

  // MARK: the loop

  /// Every file that was named has been looked at, and every task that is due gone through.
  var isCaughtUp: Bool { intake.isCaughtUp && !isBehind }
  /// Nothing is on its way to the disk.
  var isIdle: Bool { journal.isIdle && states.isIdle && intake.isCaughtUp }
  /// A time is due, or something is still to be written: a drain stays for it, also while a time that waited for the job before
  /// it is held back to the grain.
  var hasWork: Bool {
    !isIdle || intake.hasUnsettled || table.isDelayed || (table.nextDue.map { $0 <= machinery.wall() } ?? false)
  }
  /// When a task has to be looked at, ns since 1970.
  var nextDue: Int64? { table.nextDue.map { onGrain($0, up: true) } }
  /// When a file or a failed write is to be looked at again, continuous clock.
  var nextLook: Int64? { earlier(journal.nextDue, intake.nextLook) }
  var count: Int { table.count }
  /// Counts what changes about tasks.
  var version: Int { states.version }

  /// The tasks of a group, or all, by name.
  func listing(of group: GroupName?) -> [TaskTable.Line] { table.listing(of: group) }

  /// Tells what is on the disk, and makes the jobs of times that have come.
  func proceed(mayMake: Bool) {
    journal.proceed()
    keepGoing { () throws(SystemError) in try intake.look() }
    if mayMake {
      // The grain: due times that lie closer together than `taskInterval` are gone through together.
      let until = onGrain(machinery.wall(), up: false)
      isBehind = true
      for _ in 0..<Self.tasksPerTurn {
        guard let entry = table.popDue(until) else {
          isBehind = false
          break
        }
        keepGoing { () throws(SystemError) in
          do throws(SystemError) { try intake.lookAgain(at: entry) } catch {
            putOff(entry)
            throw error
          }
          decide(entry)
        }
      }
    }
    // All tasks are known first: the folder they are read from is locked for each file that is made in it.
    if intake.isCaughtUp { states.write(atMost: Self.statesAtOnce - journal.count) }
    journal.flush()
  }

  func scan() {
    lookAtClock()
    keepGoing { () throws(SystemError) in try intake.scan() }
  }

  func settingsChanged() { journal.setDurable(machinery.settings().durability == .full) }

  func close() {
    states.write(atMost: .max)
    journal.close()
  }

  private var grain: Int64 { machinery.settings().taskInterval.wholeNanoseconds }

  private func onGrain(_ time: Int64, up: Bool) -> Int64 {
    OccurrencePlan.onGrain(time, grain, up: up)
  }

  /// Somebody set the clock: every wait was for a moment that is another now.
  private func lookAtClock() {
    guard let step = clock.step(wall: machinery.wall(), now: machinery.now()) else { return }
    machinery.log.write(
      .warn, "clock-set",
      "the time of day went \(step < 0 ? "back" : "on") by \(DurationText.rounded(.nanoseconds(Int64(step.magnitude))))"
    )
    for entry in table.all where entry.rule != nil { table.set(entry, due: machinery.wall()) }
  }

  private func keepGoing(_ body: () throws(SystemError) -> Void) {
    do throws(SystemError) { try body() } catch {
      machinery.log.write(.error, "task-failed", "a task cannot be looked at now: \(error)")
    }
  }

  // MARK: due

  private func putOff(_ entry: TaskEntry) { table.putOff(entry, until: machinery.wall() + Self.again) }

  private func decide(_ entry: TaskEntry) {
    if case .leaves(let isPaused) = entry.afterwards, !entry.isWriting, !entry.mustWrite {
      return ends.leave(entry, isPaused: isPaused)
    }
    guard let rule = entry.rule, entry.isPresent, entry.making.isEmpty else { return dues.plan(entry) }
    // What `@reboot` noted has to be on the disk first; once it is, it is looked at again.
    if rule.recurrence == .reboot, entry.isWriting || entry.mustWrite { return table.set(entry, due: nil) }
    jobs.forgetVanished(entry)
    let facts = OccurrencePlan.Facts(
      handled: entry.progress.handled, now: machinery.wall(), isBusy: !entry.progress.active.isEmpty,
      queued: entry.progress.queued, runs: entry.runs, limit: machinery.settings().maxMissed, grain: grain)
    let plan = OccurrencePlan(rule, facts)
    if plan.cancelsActive { entry.progress.active.forEach(cancel) }
    guard plan.handled != facts.handled || plan.queued != facts.queued || !plan.make.isEmpty else {
      return dues.plan(entry)
    }
    var task: ScheduledTask?
    if !plan.make.isEmpty {
      task = intake.inForce(entry)
      // Gone this very moment: the next look tells what became of it.
      guard task != nil else { return putOff(entry) }
    }
    let there: [Int64: SpoolPlace]
    do throws(SystemError) { there = try jobs.homes(of: plan.make, entry) } catch {
      machinery.log.write(.error, "task-failed", "what task '\(entry.name)' has made cannot be told now: \(error)")
      return putOff(entry)
    }
    var state = states.state(of: entry)
    if plan.clockWentBack {
      entry.progress.repeatedUntil = max(facts.handled, entry.progress.repeatedUntil ?? .min)
      let until = Timestamp(seconds: facts.handled).secondsText()
      state.notice =
        "the clock was wrong: times up to \(until) were done with at \(Timestamp(nanoseconds: facts.now).secondsText()); they go on from there, those that have a job already get no other"
      machinery.log.write(.warn, "task-clock", "task '\(entry.name)': \(state.notice ?? "")")
    }
    entry.state = state
    for skip in plan.skipped { states.note(skip, of: entry) }
    entry.progress.handled = plan.handled
    entry.progress.queued = plan.queued
    // All at once: the state is not written before the last one is there.
    entry.making = Set(plan.make)
    if let task { for time in plan.make { make(task, entry, time, home: there[time]) } }
    if entry.making.isEmpty { states.keep(entry) }
    dues.plan(entry)
  }

  private func make(_ task: ScheduledTask, _ entry: TaskEntry, _ time: Int64, home: SpoolPlace?) {
    let at = Timestamp(seconds: time)
    let id = OccurrenceID.make(entry.name, at: at)
    if let home {
      machinery.log.write(.info, "occurrence-exists", job: id.text, "its job lies in \(home.rawValue) already")
      // Told before the clock was set back.
      if time <= entry.progress.repeatedUntil ?? .min {
        entry.making.remove(time)
        return
      }
      return made(entry.handle, time, existed: true)
    }
    let bytes = task.occurrence(of: entry.name, at: at, limit: machinery.maxBytes)
    journal.make(id, bytes, for: entry.handle, at: time)
  }

  private func made(_ handle: Handle, _ time: Int64, existed: Bool) {
    guard let entry = table[handle], entry.making.remove(time) != nil else { return }
    let id = OccurrenceID.make(entry.name, at: Timestamp(seconds: time))
    var state = states.state(of: entry)
    entry.runs += 1
    // Its end may have been told before its beginning.
    if !state.occurrences.contains(where: { $0.id == id }) {
      state.add(Occurrence(scheduled: Timestamp(seconds: time), id: id))
    }
    state.previous = entry.text(time)
    entry.state = state
    if state.occurrences.first(where: { $0.id == id })?.status == nil, !entry.progress.active.contains(id) {
      entry.progress.active.append(id)
      if existed { jobs.reconcile(entry) }
    }
    if !existed { machinery.log.write(.info, "occurrence-made", job: id.text, "task '\(entry.name)' was due") }
    if entry.making.isEmpty {
      states.keep(entry)
      dues.plan(entry)
    }
  }

  // MARK: jobs of tasks

  /// A job of a task came to the inbox: one that a person asked for, or tries again.
  func noticed(_ id: JobID, of task: String) {
    guard let read = OccurrenceID.read(id), read.task == task,
      let entry = (try? table.meet(task, files, machinery)) ?? nil
    else { return }
    let time = read.time.nanoseconds / 1_000_000_000
    let progress = entry.progress
    // Of a time that is still to come, as far as is known here, it is found when that is due: a runner was killed.
    let isMade = time <= progress.handled && !progress.queued.contains(time) && !entry.making.contains(time)
    guard read.isManual || isMade, !progress.active.contains(id) else { return ends.leaveUnread(entry) }
    entry.progress.active.append(id)
    var state = states.state(of: entry)
    if !state.occurrences.contains(where: { $0.id == id }) { state.add(Occurrence(scheduled: read.time, id: id)) }
    entry.state = state
    states.keep(entry)
    ends.leaveUnread(entry)
  }

  /// A job came to its end.
  func ended(_ record: JobRecord) {
    ended(record.id) { states.note($0, record.id, record.status, record.finishedAt) }
  }

  /// A job that waited was cancelled: its result lies in `errors/`.
  func cancelled(_ id: JobID) { ended(id, note: jobs.reconcile) }

  private func ended(_ id: JobID, note: (TaskEntry) -> Void) {
    guard let read = OccurrenceID.read(id), let entry = (try? table.meet(read.task, files, machinery)) ?? nil
    else { return }
    note(entry)
    states.keep(entry)
    if entry.making.isEmpty { dues.plan(entry) }
    ends.leaveUnread(entry)
  }

  private func kept(_ handle: Handle) {
    guard let entry = table[handle], states.written(entry) else { return }
    switch entry.afterwards {
    case .stays: if entry.rule?.recurrence == .reboot { dues.plan(entry) }
    case .finishes: ends.finish(entry)
    case .leaves(let isPaused): ends.leave(entry, isPaused: isPaused)
    }
  }
}
