import Jobs
import Platform
import Runtimes
import Spool

/// Starts the next attempt of a claimed job: scratch folder, streams, environment, program.
final class RunStarter {
  /// A run is told to the disk when it is this old, so that a claim is synced within a second (DESIGN §1.3), ns.
  private static let recordAfter: Int64 = 500_000_000
  /// A run's streams are watched from this age on, ns: two wake-ups saved for every short job.
  private static let watchAfter: Int64 = 3_000_000

  private let core: Core
  private let scratch: ScratchPool
  private let process = ProcessRuntime()
  private let sandboxes = SandboxMachine(searchPath: Machine.environment("PATH") ?? "")
  private let null: Descriptor
  private var environment: JobEnvironment

  init(_ core: Core, scratch: ScratchPool) throws(SystemError) {
    self.core = core
    self.scratch = scratch
    null = try FileSystem.openNull()
    environment = JobEnvironment(allowed: core.settings.env)
  }

  func settingsChanged() { environment = JobEnvironment(allowed: core.settings.env) }

  /// What a record says of an attempt before anything was started.
  func fill(_ record: inout JobRecord, _ job: Job) {
    record.runtime = job.chosenRuntime.rawValue
    record.runner = core.mark
    record.group = job.group
    record.jobKey = job.key
  }

  /// - Parameters:
  ///   - job: filled with what settings and group say.
  ///   - after: the content of `BOBBIN_AFTER`; nil: none.
  ///   - slot: where the run is noted in the table of runs.
  /// - Throws: `StartFailure`; nothing of the attempt is left then.
  func start(
    _ claimed: Claimed, _ job: Job, after: [UInt8]?, slot: Int, table: RunTable
  ) throws(StartFailure) -> ActiveRun {
    let runtime: any Runtime = job.chosenRuntime == .sandbox ? try sandbox() : process
    let kind =
      job.chosenRuntime == .sandbox
      ? ScratchPool.Kind.sandbox(user: Machine.user == 0 ? core.settings.sandboxUser : nil) : .process
    let place: ScratchPool.Scratch
    do throws(SystemError) { place = try scratch.take(kind) } catch { throw .exhausted(error) }
    do throws(StartFailure) {
      return try start(claimed, job, by: runtime, after: after, in: place, slot: slot, table: table)
    } catch {
      table.end(slot: slot)
      _ = scratch.giveBack(place, keeping: nil)
      throw error
    }
  }

  private func sandbox() throws(StartFailure) -> SandboxRuntime {
    for path in core.settings.sandboxPaths where SandboxPaths.holds(path, core.realPath) {
      throw .runtimeUnavailable(
        reason: "sandboxPaths of settings.json has '\(path)', which shows the spool to every job", again: .seconds(5))
    }
    return try sandboxes.runtime(user: core.settings.sandboxUser, paths: core.settings.sandboxPaths)
  }

  /// A sandbox that could not be made is the job's fault if another one can be.
  func judged(_ failure: StartFailure) -> StartFailure {
    guard case .sandboxFailed = failure else { return failure }
    sandboxes.doubt()
    do throws(StartFailure) { _ = try sandbox() } catch { return error }
    return failure
  }

  private func start(
    _ claimed: Claimed, _ job: Job, by runtime: any Runtime, after: [UInt8]?, in place: ScratchPool.Scratch, slot: Int,
    table: RunTable
  ) throws(StartFailure) -> ActiveRun {
    var record = claimed.record
    let attempt = record.attemptsTotal + 1
    let input = try openInput(job)
    let streams: (launch: Launch.Streams, output: StreamCapture, error: StreamCapture)
    do throws(SystemError) {
      if let after, place.kind == .process {
        place.usedBeside = true
        try place.outer.create(ScratchPool.afterName).write(after)
      }
      streams = try openStreams(job, input, id: record.id, attempt: attempt)
      // Its claim is on the disk before it starts, or a power loss could start it twice.
      if job.rerun == false { try noteStart(&record, claimed) }
    } catch { throw .exhausted(error) }
    let (entries, path) = environment.entries(
      for: job, attempt: attempt, spool: core.realPath, scratch: place, hasAfter: after != nil)
    var launch = Launch(
      mark: RunMark(spool: core.spoolID, job: record.id), command: job.run, environment: entries, searchPath: path,
      folder: job.directory.map { .path($0) } ?? .open(groupFolder(job.group) ?? place.work),
      limits: Self.limits(job.limits))
    if place.kind != .process {
      var places = Launch.Places(work: place.work, result: place.result)
      places.after = after
      places.paths = core.settings.sandboxPaths
      places.hasHostNetwork = job.network == "host"
      launch.places = places
    }
    let birth = table.begin(slot: slot, id: record.id, attempt: attempt)
    let (wall, now) = (core.wall, core.now)
    let run = try runtime.start(launch, streams: streams.launch, birth: birth)
    record.startedAt = Timestamp(nanoseconds: wall)
    record.waitSeconds = (record.budgetStartedAt ?? record.submittedAt).map {
      Timestamp(nanoseconds: wall).duration(since: $0)
    }
    record.state = .running(Live())
    let grace = (job.grace ?? core.settings.grace).wholeNanoseconds
    return ActiveRun(
      slot: slot, handle: claimed.handle, job: job, jobFile: claimed.file, record: record,
      hasRecord: claimed.hasRecord || job.rerun == false, run: run, runtime: runtime, scratch: place,
      output: streams.output, error: streams.error, started: (wall, now),
      supervision: Supervision(timeoutAt: job.timeout.map { now &+ $0.wholeNanoseconds }, grace: grace),
      recordDue: now + Self.recordAfter, watchDue: now + Self.watchAfter)
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

  private func openStreams(_ job: Job, _ input: Descriptor, id: JobID, attempt: Int) throws(SystemError) -> (
    launch: Launch.Streams, output: StreamCapture, error: StreamCapture
  ) {
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

  /// The folder of the job's group, if there is one: only a host group's counts, and only for a process.
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
