import Jobs
import Observability
import Platform
import Runtimes
import Spool

/// What the start of one attempt needs, opened and put together.
private struct Readiness {
  let id: JobID
  let attempt: Int
  let job: Job
  let since: Int64
  let place: ScratchPool.Scratch
  let streams: Launch.Streams
  let output: StreamCapture
  let error: StreamCapture
  /// Of the job's secrets; nil: it has none.
  let redactor: Redactor?
  let launch: Launch

  /// Whether it was made for this, and is young enough that the spool's path and its groups are as they were.
  func isFor(_ id: JobID, _ attempt: Int, _ job: Job, now: Int64) -> Bool {
    self.id == id && self.attempt == attempt && now - since <= Claims.preparedFor && self.job == job
  }
}

/// Starts the next attempt of a claimed job: scratch folder, streams, environment, program.
final class RunStarter {
  /// A run is told to the disk when it is this old, so that a claim is synced within a second (DESIGN §1.3), ns.
  private static let recordAfter: Int64 = 500_000_000
  /// A run's streams are watched from this age on, ns: two wake-ups saved for every short job.
  private static let watchAfter: Int64 = 3_000_000

  private let core: Core
  private let scratch: ScratchPool
  private let runtime: any Runtime = ProcessRuntime()
  private let null: Descriptor
  private var environment: JobEnvironment
  private var prepared: Readiness?

  init(_ core: Core, scratch: ScratchPool) throws(SystemError) {
    self.core = core
    self.scratch = scratch
    null = try FileSystem.openNull()
    environment = JobEnvironment(allowed: core.settings.env)
  }

  func settingsChanged() {
    environment = JobEnvironment(allowed: core.settings.env)
    dropPrepared()
  }

  /// What a record says of an attempt before anything was started.
  func fill(_ record: inout JobRecord, _ job: Job) {
    record.runtime = runtime.name
    record.runner = core.mark
    record.group = job.group
    record.jobKey = job.key
  }

  /// Makes the first attempt of a job ready that may be started soon: what `start` would open and put together. One at a
  /// time; a failure is met again by `start`.
  func prepare(_ id: JobID, _ job: Job) {
    dropPrepared()
    prepared = try? ready(job, id: id, attempt: 1, after: nil, group: nil)
  }

  /// - Parameters:
  ///   - job: filled with what settings and group say.
  ///   - after: the content of `BOBBIN_AFTER`; nil: none.
  ///   - slot: where the run is noted in the table of runs.
  /// - Throws: `StartFailure`; nothing of the attempt is left then.
  func start(
    _ claimed: Claimed, _ job: Job, after: [UInt8]?, slot: Int, table: RunTable
  ) throws(StartFailure) -> ActiveRun {
    let attempt = claimed.record.attemptsTotal + 1
    let readiness: Readiness
    if let prepared, after == nil, prepared.isFor(claimed.id, attempt, job, now: core.now) {
      readiness = prepared
      self.prepared = nil
    } else {
      dropPrepared()
      readiness = try ready(job, id: claimed.id, attempt: attempt, after: after, group: claimed.group)
    }
    do throws(StartFailure) {
      return try start(claimed, readiness, slot: slot, table: table)
    } catch {
      table.end(slot: slot)
      _ = scratch.giveBack(readiness.place, keeping: nil)
      throw error
    }
  }

  private func dropPrepared() {
    guard let prepared else { return }
    self.prepared = nil
    _ = scratch.giveBack(prepared.place, keeping: nil)
  }

  private func ready(
    _ job: Job, id: JobID, attempt: Int, after: [UInt8]?, group: GroupSettings?
  ) throws(StartFailure) -> Readiness {
    let secrets = try readSecrets(job)
    let redactor = secrets.isEmpty ? nil : Redactor(secrets)
    for name in redactor?.tooShort ?? [] {
      core.log.write(
        .warn, "secret-too-short", job: id.text,
        "the secret '\(name)' has fewer than \(SecretForms.shortest) bytes: it is not looked for in what the job prints"
      )
    }
    let place: ScratchPool.Scratch
    do throws(SystemError) { place = try scratch.take() } catch { throw .exhausted(error) }
    do throws(StartFailure) {
      let input = try openInput(job)
      let streams: (launch: Launch.Streams, output: StreamCapture, error: StreamCapture)
      do throws(SystemError) {
        if let after {
          place.usedBeside = true
          try place.outer.create(ScratchPool.afterName).write(after)
        }
        streams = try openStreams(job, input, id: id, attempt: attempt, redactor)
      } catch { throw StartFailure.exhausted(error) }
      let (entries, path) = environment.entries(
        for: job, secrets: secrets, id: id, attempt: attempt, spool: core.realPath, scratch: place,
        hasAfter: after != nil)
      let launch = Launch(
        mark: RunMark(spool: core.spoolID, job: id), command: job.run, environment: entries, searchPath: path,
        folder: job.directory.map { .path($0) } ?? .open(groupFolder(job.group) ?? place.work),
        limits: Self.limits(job.limits), mounts: try checkMounts(job, group: group))
      return Readiness(
        id: id, attempt: attempt, job: job, since: core.now, place: place, streams: streams.launch,
        output: streams.output, error: streams.error, redactor: redactor, launch: launch)
    } catch {
      _ = scratch.giveBack(place, keeping: nil)
      throw error
    }
  }

  private func start(
    _ claimed: Claimed, _ ready: Readiness, slot: Int, table: RunTable
  ) throws(StartFailure) -> ActiveRun {
    let job = ready.job
    var record = claimed.record
    // Its claim is on the disk before it starts, or a power loss could start it twice.
    if job.rerun == false {
      do throws(SystemError) { try noteStart(&record, claimed) } catch { throw .exhausted(error) }
    }
    let birth = table.begin(slot: slot, id: record.id, attempt: ready.attempt)
    let (wall, now) = (core.wall, core.now)
    let run = try runtime.start(ready.launch, streams: ready.streams, birth: birth)
    record.startedAt = Timestamp(nanoseconds: wall)
    record.waitSeconds = (record.budgetStartedAt ?? record.submittedAt).map {
      Timestamp(nanoseconds: wall).duration(since: $0)
    }
    record.state = .running(Live())
    let grace = (job.grace ?? core.settings.grace).wholeNanoseconds
    return ActiveRun(
      slot: slot, handle: claimed.handle, job: job, jobFile: claimed.file, record: record,
      hasRecord: claimed.hasRecord || job.rerun == false, run: run, runtime: runtime, scratch: ready.place,
      redactor: ready.redactor, output: ready.output, error: ready.error, started: (wall, now),
      supervision: Supervision(timeoutAt: job.timeout.map { now &+ $0.wholeNanoseconds }, grace: grace),
      recordDue: now + Self.recordAfter, watchDue: now + Self.watchAfter)
  }

  /// Its secrets as they are now. That the settings allow them was seen at the claim.
  private func readSecrets(_ job: Job) throws(StartFailure) -> [Secret] {
    if job.secrets.isEmpty { return [] }
    do throws(SecretRefusal) { return try SecretStore().read(job.secrets) } catch {
      throw .secretRefused(code: error.code.rawValue, reason: error.reason)
    }
  }

  /// Its mounts, checked as late as can be and opened: what is mounted is what was checked.
  private func checkMounts(_ job: Job, group: GroupSettings?) throws(StartFailure) -> [CheckedMount] {
    if job.mounts.isEmpty { return [] }
    let writable: [String]
    do throws(SystemError) { writable = try core.folders.pathsWritableByGroups() } catch { throw .exhausted(error) }
    let asker = MountCheck.Asker(
      spool: core.realPath, group: group?.mounts, isContainer: job.origin != nil, writableByGroups: writable)
    do throws(MountRefusal) { return try MountCheck(for: asker).check(all: job.mounts) } catch {
      throw .mountRefused(code: error.code.rawValue, reason: error.reason)
    }
  }

  private func noteStart(_ record: inout JobRecord, _ claimed: Claimed) throws(SystemError) {
    record.state = .running(Live())
    try core.writer.writeDurably(record.encode(), as: JobFile.record(record.id.text), in: core.folders[.processing])
    if let file = claimed.file { try core.disk.sync(file) }
    try core.disk.syncEntries(of: core.folders[.inbox])
  }

  private func openInput(_ job: Job) throws(StartFailure) -> Descriptor {
    do throws(SystemError) {
      switch job.stdin {
      case .none: return null
      case .text(let text): return try FileSystem.memoryFile(Array(text.utf8))
      case .json(let bytes): return try FileSystem.memoryFile(bytes)
      case .file(let path): return try FileSystem.openInput(path: path)
      }
    } catch {
      // The file is the job's own; descriptors and memory are the machine's.
      if case .file = job.stdin, !error.isExhausted { throw .inputUnreadable(reason: error.reason) }
      throw .exhausted(error)
    }
  }

  private func openStreams(_ job: Job, _ input: Descriptor, id: JobID, attempt: Int, _ redactor: Redactor?)
    throws(SystemError) -> (launch: Launch.Streams, output: StreamCapture, error: StreamCapture)
  {
    let logs = try core.folders[.jobLogs]
    let (output, error) = (try Program.pipe(), try Program.pipe())
    let limit = job.limits.output ?? Limits.defaultOutput
    let stem = attempt == 1 ? id.text : "\(id.text).\(attempt)"
    return (
      Launch.Streams(input: input, output: output.write, error: error.write),
      StreamCapture(pipe: output.read, limit: limit, stem: stem, ending: ".out", folder: logs, redactor: redactor),
      StreamCapture(pipe: error.read, limit: limit, stem: stem, ending: ".err", folder: logs, redactor: redactor)
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
}
