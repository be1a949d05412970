import Jobs
import Observability
import Platform
import Runtimes
import Scheduling
import Spool

/// Starts runs, watches over them and takes them to their end: a result, or a wait for the next attempt.
final class Attempts {
  /// A run is told to the disk when it is this old, so that a claim is synced within a second (DESIGN §1.3), ns.
  private static let recordAfter: Int64 = 500_000_000
  /// A run's streams are watched from this age on, ns: two wake-ups saved for every short job.
  private static let watchAfter: Int64 = 3_000_000
  /// Tags of the poller: two streams a slot.
  static let firstTag: Poller.Tag = 1 << 16

  private let core: Core
  private let settler: Settler
  private let poller: Poller
  private let room: WaitingRoom
  private let runtime: any Runtime = ProcessRuntime()
  private let table: RunTable
  private let scratch: ScratchPool
  private let null: Descriptor
  private var environment: JobEnvironment
  private var active: [Int: ActiveRun] = [:]
  private var byProcess: [Int32: Int] = [:]
  private var freeSlots: [Int] = []
  private var slotsMade = 0
  private var ended: [(run: ActiveRun, at: (wall: Int64, continuous: Int64))] = []
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
  /// After the machine refused a process: not before this, continuous clock.
  private(set) var pausedUntil: Int64 = .min
  private(set) var isStopping = false
  /// Most slots the table of runs has room for.
  static let tableSlots = 1024

  init(
    _ core: Core, settler: Settler, poller: Poller, room: WaitingRoom, isClean: Bool
  ) throws(SystemError) {
    self.core = core
    self.settler = settler
    self.poller = poller
    self.room = room
    let processing = try core.folders[.processing]
    table = try RunTable(folder: processing, slots: Self.tableSlots)
    scratch = try ScratchPool(processing: processing, path: core.realPath + "/processing", isClean: isClean)
    null = try FileSystem.openNull()
    environment = JobEnvironment(allowed: core.settings.env)
  }

  deinit { buffer.deallocate() }

  /// Runs that hold a slot.
  var count: Int { active.count }
  var isIdle: Bool { active.isEmpty && ended.isEmpty }
  /// Runs that ended and wait to be taken to their results.
  var endedCount: Int { ended.count }
  var runs: [ActiveRun] { Array(active.values) }
  func isActive(_ id: JobID) -> Bool { active.values.contains { $0.id == id } }
  func settingsChanged() { environment = JobEnvironment(allowed: core.settings.env) }

  /// The earliest time at which a run needs attention, continuous clock.
  var nextDue: Int64? {
    active.values.compactMap(\.nextDue).min()
  }

  // MARK: start

  /// Starts the next attempt of a claimed job, or settles it if that cannot be.
  ///
  /// - Parameters:
  ///   - job: filled with what settings and group say; - after: what `after` was resolved to, with results.
  func start(_ claimed: Claimed, _ job: Job, after: [UInt8]?) {
    var record = claimed.record
    let number = record.attemptsTotal + 1
    record.runtime = runtime.name
    record.runner = core.mark
    record.group = job.group
    record.jobKey = job.key
    let place: ScratchPool.Scratch
    let streams: (launch: Launch.Streams, output: StreamCapture, error: StreamCapture)
    do throws(SystemError) { place = try scratch.take() } catch {
      return notStarted(claimed, job, record, .exhausted(error))
    }
    do throws(SystemError) {
      if let after {
        place.usedBeside = true
        try place.outer.create(ScratchPool.afterName).write(after)
      }
      streams = try openStreams(job, id: record.id, attempt: number)
    } catch {
      _ = scratch.giveBack(place, keeping: nil)
      return notStarted(claimed, job, record, .exhausted(error))
    }
    var hasRecord = claimed.hasRecord
    if job.rerun == false {
      // Its claim is on the disk before it starts, or a power loss could start it twice.
      do throws(SystemError) {
        record.state = .running(Live())
        try core.writer.writeDurably(
          record.encode(), as: JobFile.record(record.id.text), in: core.folders[.processing])
        try claimed.file.map { (file) throws(SystemError) in try core.disk.sync(file) }
        try core.disk.syncEntries(of: core.folders[.inbox])
        hasRecord = true
      } catch {
        _ = scratch.giveBack(place, keeping: nil)
        return notStarted(claimed, job, record, .exhausted(error))
      }
    }
    let (entries, path) = environment.entries(
      for: job, id: record.id, attempt: number, spool: core.realPath, scratch: place, hasAfter: after != nil)
    let launch = Launch(
      mark: RunMark(spool: core.spoolID, job: record.id), command: job.run, environment: entries, searchPath: path,
      folder: job.directory.map { .path($0) } ?? .open(groupFolder(job.group) ?? place.work),
      limits: Self.limits(job.limits))
    let slot = freeSlots.popLast() ?? slotsMade
    slotsMade = max(slotsMade, slot + 1)
    let birth = table.begin(slot: slot, id: record.id, attempt: number)
    let start = Start(
      claimed: Claimed(claimed, hasRecord: hasRecord), job: job, record: record, scratch: place,
      output: streams.output, error: streams.error, wall: core.wall, continuous: core.now)
    do throws(StartFailure) {
      watchOver(try runtime.start(launch, streams: streams.launch, birth: birth), start, slot)
    } catch {
      table.end(slot: slot)
      freeSlots.append(slot)
      _ = scratch.giveBack(place, keeping: nil)
      notStarted(start.claimed, job, record, error)
    }
  }

  private func watchOver(_ run: Run, _ start: Start, _ slot: Int) {
    var record = start.record
    record.startedAt = Timestamp(nanoseconds: start.wall)
    record.waitSeconds = record.submittedAt.map { Timestamp(nanoseconds: start.wall).duration(since: $0) }
    record.state = .running(Live())
    let grace = (start.job.grace ?? core.settings.grace).wholeNanoseconds
    let entry = ActiveRun(
      slot: slot, handle: start.claimed.handle, job: start.job, jobFile: start.claimed.file, record: record,
      hasRecord: start.claimed.hasRecord, run: run, runtime: runtime, scratch: start.scratch, output: start.output,
      error: start.error, started: (start.wall, start.continuous),
      supervision: Supervision(
        timeoutAt: start.job.timeout.map { start.continuous &+ $0.wholeNanoseconds }, grace: grace),
      recordDue: start.continuous + Self.recordAfter, watchDue: start.continuous + Self.watchAfter)
    active[slot] = entry
    byProcess[run.pid] = slot
    core.log.write(.debug, "job-started", job: record.id.text, "started, attempt \(record.attemptsTotal + 1)")
  }

  private func openStreams(_ job: Job, id: JobID, attempt: Int) throws(SystemError) -> (
    launch: Launch.Streams, output: StreamCapture, error: StreamCapture
  ) {
    let input: Descriptor
    switch job.stdin {
    case .none: input = null
    case .text(let text): input = try FileSystem.memoryFile(Array(text.utf8))
    case .json(let bytes): input = try FileSystem.memoryFile(bytes)
    case .file(let path): input = try FileSystem.openInput(path: path)
    }
    let logs = try core.folders[.jobLogs]
    let (output, error) = (try Program.pipe(), try Program.pipe())
    let limit = job.limits.output ?? Limits.defaultOutput
    let stem = attempt == 1 ? id.text : "\(id.text).\(attempt)"
    return (
      Launch.Streams(input: input, output: output.write, error: error.write),
      StreamCapture(pipe: output.read, limit: limit, stem: stem, ending: ".out", folder: logs),
      StreamCapture(pipe: error.read, limit: limit, stem: stem, ending: ".err", folder: logs)
    )
  }

  /// The folder of the job's group, if there is one: only a host group with a folder gets here.
  private func groupFolder(_ group: GroupName?) -> Folder? {
    guard let group, let groups = try? core.folders[.groups] else { return nil }  // no folder: a scratch one does
    return try? groups.folder(group.text)
  }

  private static func limits(_ limits: Limits) -> [ResourceLimit] {
    var list: [ResourceLimit] = []
    if let files = limits.openFiles { list.append(ResourceLimit(.openFiles, UInt64(max(0, files)))) }
    if let size = limits.fileSize { list.append(ResourceLimit(.fileSize, UInt64(max(0, size.bytes)))) }
    return list
  }

  /// Nothing ran. A machine without room puts the job off without counting; everything else is an ordinary failure.
  private func notStarted(_ claimed: Claimed, _ job: Job, _ record: JobRecord, _ failure: StartFailure) {
    var record = record
    if case .exhausted(let error) = failure, !Self.isJobs(error, job) {
      core.log.write(.warn, "machine-exhausted", job: record.id.text, failure.reason)
      pausedUntil = core.now + 1_000_000_000
      let due = Timestamp(nanoseconds: core.wall) + .seconds(1)
      record.state = .deferred(Deferral(until: due, code: failure.code, reason: failure.reason))
      return settler.submit(
        record, handle: claimed.handle, goal: .deferUntil(due), jobFile: claimed.file, hasRecord: claimed.hasRecord)
    }
    var attempt = Attempt(number: record.attemptsTotal + 1, status: FinalStatus.failed.rawValue)
    var outcome = Outcome(.failed, code: failure.code, reason: failure.reason)
    outcome.exitCode = failure.exitCode
    if case .exhausted(let error) = failure {
      outcome = Outcome(.failed, code: "stdin-unreadable", reason: "stdinFile cannot be read: \(error.reason)")
    }
    attempt.finishedAt = Timestamp(nanoseconds: core.wall)
    (attempt.code, attempt.reason, attempt.exitCode) = (outcome.code, outcome.reason, outcome.exitCode)
    record.append(attempt)
    record.attemptsUsed += 1
    record.interruptions = 0
    conclude(
      record, job, outcome, .failure, retryAfter: nil, handle: claimed.handle, jobFile: claimed.file, outputs: [],
      hasRecord: claimed.hasRecord)
  }

  /// Whether opening failed on what the job named.
  private static func isJobs(_ error: SystemError, _ job: Job) -> Bool {
    if case .file(let path) = job.stdin { error.path == path && !error.isExhausted } else { false }
  }

  // MARK: while they run

  /// A stream of a run can be read.
  func readable(_ tag: Poller.Tag) {
    let number = Int(tag - Self.firstTag)
    guard let run = active[number / 2] else { return }
    let stream = number % 2 == 0 ? run.output : run.error
    stream.drain(using: buffer)
    if stream.isOver { poller.remove(stream.pipe) }
  }

  /// Collects every child that ended. False: none had.
  @discardableResult
  func reap() -> Bool {
    var any = false
    while let end = Children.reap() {
      guard let slot = byProcess.removeValue(forKey: end.pid), let run = active[slot] else { continue }
      run.end = end
      any = true
      if let failure = run.runtime.failure(of: run.run) {
        neverRan(run, failure)
        continue
      }
      act(run, run.supervision.exited(living: livingAfterExit(run), now: core.now))
    }
    return any
  }

  /// Its first process ended without having become the program.
  private func neverRan(_ run: ActiveRun, _ failure: StartFailure) {
    active[run.slot] = nil
    table.end(slot: run.slot)
    freeSlots.append(run.slot)
    _ = scratch.giveBack(run.scratch, keeping: nil)
    var record = run.record
    (record.startedAt, record.waitSeconds) = (nil, nil)
    let claimed = Claimed(
      handle: run.handle, content: .success(run.job), file: run.jobFile, record: record, hasRecord: run.hasRecord)
    notStarted(claimed, run.job, record, failure)
  }

  /// What a run left when its first process ended. Orphans become our children, so with none but known ones nothing
  /// was left, and /proc need not be searched for every job.
  private func livingAfterExit(_ run: ActiveRun) -> Int {
    if !run.supervision.wasSignalled, let children = Children.all(), children.allSatisfy({ byProcess[$0] != nil }) {
      return 0
    }
    return living(run).count
  }

  private func living(_ run: ActiveRun) -> [ProcessFacts] {
    run.runtime.living(of: run.run).filter { byProcess[$0.pid] == nil || byProcess[$0.pid] == run.slot }
  }

  /// Does what is due.
  func timePassed() {
    let now = core.now
    for run in active.values {
      if let due = run.recordDue, now >= due {
        run.recordDue = nil
        writeRunning(run)
      }
      if let due = run.watchDue, now >= due {
        run.watchDue = nil
        // A stream that cannot be watched is read when the run ends; a full pipe would hold the job up until then.
        try? poller.add(run.output.pipe, tag: Self.firstTag + UInt64(run.slot) * 2)
        try? poller.add(run.error.pipe, tag: Self.firstTag + UInt64(run.slot) * 2 + 1)
      }
      if let due = run.supervision.nextDue, now >= due { act(run, run.supervision.due(now: now)) }
    }
  }

  private func writeRunning(_ run: ActiveRun) {
    let facts = ProcessTable.facts(run.run.pid)
    run.record.state = .running(
      Live(
        process: facts.map {
          ProcessMark(pid: Int($0.pid), startTicks: Int64($0.startTicks), session: Int($0.session))
        }))
    settler.submit(run.record, handle: nil, goal: .running, jobFile: run.jobFile, hasRecord: run.hasRecord)
    run.hasRecord = true
  }

  private func act(_ run: ActiveRun, _ action: Supervision.Action) {
    switch action {
    case .none: break
    case .terminate:
      signal(run, SignalNumber.terminate)
      // A stopped process takes SIGTERM only when it goes on.
      signal(run, SignalNumber.go)
    case .kill:
      signal(run, SignalNumber.kill)
      act(run, run.supervision.swept(living: living(run).count, now: core.now))
    case .sweep: act(run, run.supervision.swept(living: living(run).count, now: core.now))
    case .finish: end(run)
    }
  }

  private func signal(_ run: ActiveRun, _ number: Int32) {
    for process in living(run) { ProcessTable.signal(process, number) }
  }

  /// Ends a job's run because a person asked for it.
  func cancel(_ id: JobID) {
    for run in active.values where run.id == id { act(run, run.supervision.end(.cancelled, now: core.now)) }
  }

  /// The runner ends: what runs now gets SIGTERM and then `grace`.
  func stop() {
    isStopping = true
    for run in active.values { act(run, run.supervision.end(.stopped, now: core.now)) }
  }

  /// The runner ends at once.
  func stopAtOnce() {
    isStopping = true
    for run in active.values { act(run, run.supervision.endAtOnce(now: core.now)) }
  }

  // MARK: end

  /// Frees the slot; what remains to do for the run comes after the next one was started.
  private func end(_ run: ActiveRun) {
    guard active.removeValue(forKey: run.slot) != nil else { return }
    table.end(slot: run.slot)
    freeSlots.append(run.slot)
    ended.append((run, (core.wall, core.now)))
  }

  /// Takes some of the runs that ended to their results: few at a time, so that a slot that becomes free meanwhile does
  /// not wait for all of them.
  func concludeEnded(atMost most: Int) {
    let runs = ended.prefix(most)
    ended.removeFirst(runs.count)
    for (run, at) in runs { conclude(run, endedAt: at) }
  }

  private func conclude(_ run: ActiveRun, endedAt: (wall: Int64, continuous: Int64)) {
    guard let end = run.end else { return }
    // No more than a pipe can hold: what is still written now comes from a program that got away, and may never end.
    for stream in [run.output, run.error] { stream.drain(using: buffer) }
    let now = Timestamp(nanoseconds: endedAt.wall)
    let ran = Duration.nanoseconds(endedAt.continuous - run.started.continuous)
    let (value, valueError, hadResult) = ResultValue.read(from: run.scratch.outer)
    run.scratch.usedBeside = hadResult || run.scratch.usedBeside
    var record = run.record
    record.stdout = run.output.finish()
    record.stderr = run.error.finish()
    record.finishedAt = now
    record.runSeconds = ran
    record.cpuSeconds = .nanoseconds(end.processorTime)
    record.maxMemoryBytes = end.maxResidentBytes
    record.accounting = "rusage"
    record.leftover = run.supervision.leftover > 0 ? run.supervision.leftover : nil
    for failure in [run.output.logFailure, run.error.logFailure].compactMap({ $0 }) {
      core.log.write(.warn, "output-log-incomplete", job: run.id.text, "an output log is not whole: \(failure)")
    }
    var outcome = RunOutcome.describe(end.cause, supervision: run.supervision, timeout: run.job.timeout)
    outcome.value = value
    outcome.valueError = valueError
    let kind = RunOutcome.classify(end.cause, supervision: run.supervision)
    let isPlanned = kind == .interrupted(planned: true)
    var attempt = Attempt(number: record.attemptsTotal + 1, startedAt: record.startedAt)
    attempt.finishedAt = now
    attempt.status = isPlanned ? "stopped" : outcome.status.rawValue
    (attempt.code, attempt.reason) = (outcome.code, outcome.reason)
    (attempt.exitCode, attempt.signal) = (outcome.exitCode, outcome.signal)
    attempt.counted = !isPlanned
    (attempt.runSeconds, attempt.cpuSeconds, attempt.maxMemoryBytes) = (ran, record.cpuSeconds, record.maxMemoryBytes)
    record.append(attempt)
    if !isPlanned { record.attemptsUsed += 1 }
    record.interruptions = 0
    conclude(
      record, run.job, outcome, kind, retryAfter: RunOutcome.retryAfter(value), handle: run.handle,
      jobFile: run.jobFile, outputs: [run.output.longLog, run.error.longLog].compactMap { $0 },
      hasRecord: run.hasRecord, scratch: run.scratch)
  }

  /// Settles a job or puts it off, as its retry says.
  private func conclude(
    _ record: JobRecord, _ job: Job, _ outcome: Outcome, _ kind: AttemptOutcome, retryAfter: Duration?,
    handle: Handle?, jobFile: Descriptor?, outputs: [Descriptor], hasRecord: Bool,
    scratch place: ScratchPool.Scratch? = nil
  ) {
    var record = record
    let decision = RetryRule.decide(
      after: kind, policy: job.retry,
      counts: AttemptCounts(counted: record.attemptsUsed, interruptionsInARow: record.interruptions),
      rerun: job.rerun ?? true, maxInterruptions: core.settings.maxInterruptions, retryAfter: retryAfter,
      random: kind == .success ? 0.5 : Double.random(in: 0..<1))
    switch decision {
    case .deferUntil(let delay, _):
      if let place { _ = scratch.giveBack(place, keeping: nil) }
      let due = Timestamp(nanoseconds: core.wall) + delay
      let code = kind == .interrupted(planned: true) ? "stopped" : outcome.code
      record.state = .deferred(Deferral(until: due, code: code, reason: outcome.reason))
      settler.submit(
        record, handle: handle, goal: .deferUntil(due), jobFile: jobFile, outputs: outputs, hasRecord: hasRecord)
    case .settle, .settleInterrupted:
      var final = outcome
      if decision == .settleInterrupted {
        final = Outcome(.interrupted, code: "interrupted", reason: "it was cut short and is not to be run again")
      }
      record.state = .finished(final)
      if record.finishedAt == nil { record.finishedAt = Timestamp(nanoseconds: core.wall) }
      let name = JobFile.files(record.id.text)
      if let place, let processing = try? core.folders[.processing],
        scratch.giveBack(place, keeping: (processing, name))
      {
        record.files = filesName(record.id, final.status.isSuccess ? .done : .errors)
      }
      settler.submit(
        record, handle: handle, goal: .settle(final.status.isSuccess ? .done : .errors), jobFile: jobFile,
        outputs: outputs, hasRecord: hasRecord)
    }
  }

  /// `NAME.files`, or with the attempt's number if an earlier run left one there.
  private func filesName(_ id: JobID, _ place: SpoolPlace) -> String {
    guard let folder = try? core.folders[place] else { return JobFile.files(id.text) }
    var name = JobFile.files(id.text)
    var number = 2
    while folder.has(name) {
      name = JobFile.files("\(id.text).\(number)")
      number += 1
    }
    return name
  }
}

/// What is known of a job when it is started.
private struct Start {
  let claimed: Claimed
  let job: Job
  let record: JobRecord
  let scratch: ScratchPool.Scratch
  let output: StreamCapture
  let error: StreamCapture
  let wall: Int64
  let continuous: Int64
}

extension Claimed {
  init(_ other: Claimed, hasRecord: Bool) {
    self = other
    self.hasRecord = hasRecord
  }
}
