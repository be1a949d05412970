import Jobs
import Observability
import Platform
import Runtimes
import Scheduling
import Spool

/// Takes an attempt that is over to what follows: the job's result, or a wait for its next attempt.
final class Conclusions {
  /// What `conclude` needs to know beside the record.
  private struct Rest {
    let handle: Handle?
    let jobFile: Descriptor?
    var outputs: [LastingFile] = []
    let hasRecord: Bool
    var scratch: ScratchPool.Scratch?
  }

  private let core: Core
  private let settler: Settler
  private let scratch: ScratchPool

  init(_ core: Core, settler: Settler, scratch: ScratchPool) {
    self.core = core
    self.settler = settler
    self.scratch = scratch
  }

  /// A run ended and nothing of it is alive.
  ///
  /// - Parameter readings: what its cgroup counted; nil: it had none of its own.
  func conclude(
    _ run: ActiveRun, _ end: ProcessEnd, _ readings: CgroupReadings?, at: (wall: Int64, continuous: Int64)
  ) {
    let now = Timestamp(nanoseconds: at.wall)
    let ran = Duration.nanoseconds(at.continuous - run.started.continuous)
    var (value, valueError, hadResult) = (CompactJSON?.none, String?.none, false)
    if !run.scratch.isUntouched {
      run.scratch.openUp()
      (value, valueError, hadResult) = ResultValue.read(from: run.scratch.result)
    }
    run.scratch.usedBeside = hadResult || run.scratch.usedBeside
    var record = run.record
    record.stdout = run.output.finish()
    record.stderr = run.error.finish()
    record.finishedAt = now
    record.runSeconds = ran
    record.cpuSeconds = .nanoseconds(readings?.processorTime ?? end.processorTime)
    record.maxMemoryBytes = readings?.peakMemory ?? end.maxResidentBytes
    record.accounting = readings?.processorTime == nil ? "rusage" : "cgroup"
    record.phases = run.run.box?.times.phases(queued: record.waitSeconds, until: at.continuous)
    let leftover = run.supervision.leftover + run.leftover
    record.leftover = leftover > 0 ? leftover : nil
    for failure in [run.output.logFailure, run.error.logFailure].compactMap({ $0 }) {
      core.log.write(.warn, "output-log-incomplete", job: run.id.text, "an output log is not whole: \(failure)")
    }
    let hits = LimitHits(end, run.job.limits, readings, inScope: run.hold.isScope, supervision: run.supervision)
    var outcome = RunOutcome.describe(
      end.cause, supervision: run.supervision, timeout: run.job.timeout, limits: run.job.limits, hits: hits,
      session: run.session)
    outcome.value = value
    outcome.valueError = valueError
    run.redactor?.redact(&outcome)
    let kind = RunOutcome.classify(end.cause, supervision: run.supervision, hits: hits)
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
      record, run.job, outcome, kind, retryAfter: RunOutcome.retryAfter(value),
      Rest(
        handle: run.handle, jobFile: run.jobFile,
        outputs: [run.output.longLog, run.error.longLog].compactMap { $0 }, hasRecord: run.hasRecord,
        scratch: run.scratch))
  }

  /// A run was started and its program could not be executed.
  func conclude(_ run: ActiveRun, _ failure: StartFailure) {
    scratch.giveBack(run.scratch, keeping: nil)
    var record = run.record
    (record.startedAt, record.waitSeconds) = (nil, nil)
    let claimed = Claimed(
      handle: run.handle, content: .success(run.job), file: run.jobFile, record: record, hasRecord: run.hasRecord)
    conclude(claimed, run.job, record, failure, run.redactor)
  }

  /// Nothing ran. A machine without room, or on which a runtime does not answer, puts the job off without counting; a limit
  /// that cannot be held and a runtime that is not there are final; everything else is an ordinary failure.
  func conclude(
    _ claimed: Claimed, _ job: Job, _ record: JobRecord, _ failure: StartFailure, _ redactor: Redactor? = nil
  ) {
    var record = record
    // `rerun: false` may have noted a start that did not come.
    let hasRecord = claimed.hasRecord || job.rerun == false
    if let delay = failure.putsOff {
      core.log.write(.warn, failure.code, job: record.id.text, failure.reason)
      let due = Timestamp(nanoseconds: core.wall) + delay
      record.state = .deferred(Deferral(until: due, code: failure.code, reason: failure.reason))
      return settler.submit(
        record, handle: claimed.handle, goal: .deferUntil(due), jobFile: claimed.file, hasRecord: hasRecord)
    }
    var outcome = Outcome(.failed, code: failure.code, reason: failure.reason)
    outcome.exitCode = failure.exitCode
    redactor?.redact(&outcome)
    var attempt = Attempt(number: record.attemptsTotal + 1, status: FinalStatus.failed.rawValue)
    attempt.finishedAt = Timestamp(nanoseconds: core.wall)
    (attempt.code, attempt.reason, attempt.exitCode) = (outcome.code, outcome.reason, outcome.exitCode)
    record.append(attempt)
    record.attemptsUsed += 1
    record.interruptions = 0
    conclude(
      record, job, outcome, failure.isFinal ? .final : .failure, retryAfter: nil,
      Rest(handle: claimed.handle, jobFile: claimed.file, hasRecord: hasRecord))
  }

  /// What it was to run on does not answer, or is not there.
  func conclude(_ claimed: Claimed, _ job: Job, _ failure: StartFailure) {
    conclude(claimed, job, claimed.record, failure)
  }

  /// Settles a job or puts it off, as its retry says.
  private func conclude(
    _ record: consuming JobRecord, _ job: Job, _ outcome: Outcome, _ kind: AttemptOutcome, retryAfter: Duration?,
    _ rest: Rest
  ) {
    let decision = RetryRule.decide(
      after: kind, policy: job.retry,
      counts: AttemptCounts(counted: record.attemptsUsed, interruptionsInARow: record.interruptions),
      rerun: job.rerun ?? true, maxInterruptions: core.settings.maxInterruptions, retryAfter: retryAfter,
      random: kind == .success ? 0.5 : Double.random(in: 0..<1))
    let goal: Settler.Goal
    switch decision {
    case .deferUntil(let delay, _):
      if let place = rest.scratch { scratch.giveBack(place, keeping: nil) }
      let due = Timestamp(nanoseconds: core.wall) + delay
      let code = kind == .interrupted(planned: true) ? "stopped" : outcome.code
      record.state = .deferred(Deferral(until: due, code: code, reason: outcome.reason))
      goal = .deferUntil(due)
    case .settle, .settleInterrupted:
      var final = outcome
      if decision == .settleInterrupted {
        final = Outcome(.interrupted, code: "interrupted", reason: "it was cut short and is not to be run again")
      }
      let place: SpoolPlace = final.status.isSuccess ? .done : .errors
      record.state = .finished(final)
      record.finishedAt = record.finishedAt ?? Timestamp(nanoseconds: core.wall)
      record.files = keepFiles(rest.scratch, record.id, place)
      goal = .settle(place)
    }
    settler.submit(
      record, handle: rest.handle, goal: goal, jobFile: rest.jobFile, outputs: rest.outputs,
      hasRecord: rest.hasRecord)
  }

  /// Puts what the job left in its scratch folder beside its record. Answers the name it will have beside the result.
  private func keepFiles(_ place: ScratchPool.Scratch?, _ id: JobID, _ target: SpoolPlace) -> String? {
    guard let place, let processing = try? core.folders[.processing] else { return nil }
    let left = scratch.giveBack(place, keeping: (processing, JobFile.files(id.text)))
    if let (path, error) = left.stuck {
      core.log.write(
        .error, "files-not-moved", job: id.text,
        "what it left cannot be moved to its result, and stays in \(path): \(error)")
    }
    return left.areMoved ? filesName(id, target) : nil
  }

  /// `NAME.files`, or with the attempt's number if an earlier run left one there.
  private func filesName(_ id: JobID, _ place: SpoolPlace) -> String {
    guard let folder = try? core.folders[place] else { return JobFile.files(id.text) }
    var name = JobFile.files(id.text)
    var number = 2
    // One that cannot be looked for is met by the rename.
    while (try? folder.has(name)) == true {
      name = JobFile.files("\(id.text).\(number)")
      number += 1
    }
    return name
  }
}
