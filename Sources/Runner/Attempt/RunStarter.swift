import Jobs
import Platform
import Runtimes
import Spool

/// Starts the next attempt of a claimed job.
final class RunStarter {
  /// A run is told to the disk when it is this old, so that a claim is synced within a second (DESIGN §1.3), ns.
  private static let recordAfter: Int64 = 500_000_000
  /// A run's streams are watched from this age on, ns: two wake-ups saved for every short job.
  private static let watchAfter: Int64 = 3_000_000

  private let core: Core
  private let scratch: ScratchPool
  private let process = ProcessRuntime()
  private let sandboxes = SandboxMachine(searchPath: Machine.environment("PATH") ?? "")
  private let preparation: Preparation
  private let engineNote: EngineNote
  private let images: ImageStore
  private let kept: KeptBoxes
  /// What was made ready for a job that was not claimed yet.
  private var ahead: (ready: Readiness, of: Prepared)?

  init(_ core: Core, scratch: ScratchPool, kept: KeptBoxes) throws(SystemError) {
    self.kept = kept
    self.core = core
    self.scratch = scratch
    preparation = try Preparation(core, scratch: scratch, kept: kept)
    engineNote = EngineNote(core)
    images = ImageStore(state: try core.folders[.state])
  }

  func settingsChanged() {
    preparation.settingsChanged()
    dropAhead()
  }

  /// What a record says of an attempt before anything was started.
  func fill(_ record: inout JobRecord, _ job: Job) {
    record.runtime = job.chosenRuntime.rawValue
    (record.runtimeVersion, record.image, record.imageDigest, record.phases) = (nil, job.image, nil, nil)
    record.runner = core.mark
    record.group = job.group
    record.jobKey = job.key
  }

  /// Makes the first attempt of a job ready that may be started soon. One at a time; a failure is met again by `start`.
  func prepare(_ head: Prepared, _ job: Job) {
    dropAhead()
    ahead = (try? preparation.ready(job, id: head.id, attempt: 1, after: nil, group: nil)).map { ($0, head) }
  }

  /// The job as it was admitted when its first attempt was made ready, while that counts; nil: it was not, or settings have
  /// changed.
  func admitted(_ head: Prepared) -> Job? {
    guard let ahead, ahead.of === head, ahead.ready.isFresh(at: core.now) else { return nil }
    return ahead.ready.job
  }

  /// What was made ready is not to be used.
  func dropAhead() {
    guard let unused = ahead else { return }
    ahead = nil
    scratch.giveBack(unused.ready.place, keeping: nil)
  }

  /// - Parameters:
  ///   - job: filled with what settings and group say.
  ///   - after: the content of `BOBBIN_AFTER`; nil: none.
  ///   - slot: where the run is noted in the table of runs.
  /// - Throws: `StartFailure`; nothing of the attempt is left then.
  func start(
    _ claimed: Claimed, _ job: Job, after: [UInt8]?, slot: Int, table: RunTable
  ) throws(StartFailure) -> ActiveRun {
    let (runtime, image) = try runtime(for: job)
    let attempt = claimed.record.attemptsTotal + 1
    let ready: Readiness
    if let (made, head) = ahead, after == nil, head === claimed.ahead, made.isFresh(at: core.now), made.job == job {
      ready = made
      self.ahead = nil
    } else {
      dropAhead()
      ready = try preparation.ready(
        job, id: claimed.id, attempt: attempt, after: after, group: claimed.group, image: image)
    }
    do throws(StartFailure) {
      return try start(claimed, ready, by: runtime, slot: slot, table: table)
    } catch {
      table.end(slot: slot)
      if let reused = ready.reused {
        kept.giveBack(reused, keep: claimed.group?.keep)
      } else {
        scratch.giveBack(ready.place, keeping: nil)
      }
      throw error
    }
  }

  /// `processing` is another folder now.
  func processingWasReplaced() throws(SystemError) {
    dropAhead()
    try engineNote.processingWasReplaced()
  }

  /// Nothing of ours is in any engine, and nothing will be.
  func forgetEngines() { engineNote.clear() }

  /// What runs the job, and the image as it is there.
  private func runtime(for job: Job) throws(StartFailure) -> (any Runtime, ImageFacts?) {
    switch job.chosenRuntime {
    case .process, .auto: return (process, nil)
    case .sandbox:
      // The image first: that it is missing is final whatever the machine can do.
      let image: ImageFacts? = if let name = job.image { try storedImage(name) } else { nil }
      return (try sandbox(), image)
    case .podman, .docker, .container:
      let engine = try core.engines.runtime(job.chosenRuntime)
      let image = try engine.image(job.image ?? "")
      do throws(SystemError) { try engineNote.add(engine.kind) } catch { throw .exhausted(error) }
      return (engine, .engine(image))
    }
  }

  private func storedImage(_ name: String) throws(StartFailure) -> ImageFacts {
    let cure = "'bobbin image add', 'pull' or 'build' makes one for sandboxes; podman or docker would bring its own"
    let image: StoredImage?
    do throws(ImageFailure) { image = try images.find(name) } catch {
      throw .sandboxFailed(reason: "its image cannot be used: \(error.reason)")
    }
    guard let image else { throw .imageMissing(name, cure: cure) }
    return .stored(image)
  }

  private func sandbox() throws(StartFailure) -> SandboxRuntime {
    for path in core.settings.sandboxPaths where SandboxPaths.holds(path, core.realPath) {
      throw .runtimeUnavailable(
        reason:
          "a sandbox cannot be made on this machine now: sandboxPaths of settings.json has '\(path)', which shows the spool to every job",
        again: .seconds(5))
    }
    return try sandboxes.runtime(user: core.settings.sandboxUser, paths: core.settings.sandboxPaths)
  }

  /// A sandbox that could not be made is the job's fault if another one can be.
  func judged(_ failure: StartFailure, by runtime: any Runtime) -> StartFailure {
    switch failure {
    case .sandboxFailed:
      sandboxes.doubt()
      do throws(StartFailure) { _ = try sandbox() } catch { return error }
    case .engineFailed, .runtimeUnavailable:
      guard let engine = runtime as? EngineRuntime else { break }
      core.engines.doubt(engine.kind)
      do throws(StartFailure) { _ = try core.engines.runtime(engine.kind) } catch { return error }
    default: break
    }
    return failure
  }

  private func start(
    _ claimed: Claimed, _ ready: Readiness, by runtime: any Runtime, slot: Int, table: RunTable
  ) throws(StartFailure) -> ActiveRun {
    let job = ready.job
    var record = claimed.record
    // Its claim is on the disk before it starts, or a power loss could start it twice.
    if job.rerun == false {
      do throws(SystemError) { try noteStart(&record, claimed) } catch { throw .exhausted(error) }
    }
    var launch = ready.launch
    // A runtime with an init of its own ends all of a run with it, and needs no cgroup to find what got away.
    let mayLose = runtime.ownProcesses == 0
    let engine = runtime as? EngineRuntime
    // An engine holds its containers' limits itself.
    let hold: Hold =
      engine != nil || ready.reused != nil
      ? .nothing
      : try core.cgroups.hold(
        job.limits, ownProcesses: runtime.ownProcesses, hasTimeout: mayLose && job.timeout != nil, slot: slot)
    switch hold {
    case .nothing: break
    case .cgroup(let cgroup): launch.joins = cgroup.joins
    case .scope(let wrapper): launch.wrapper = wrapper
    }
    let birth = table.begin(slot: slot, id: record.id, attempt: record.attemptsTotal + 1)
    let (wall, now) = (core.wall, core.now)
    let run: Run
    do throws(StartFailure) { run = try runtime.start(launch, streams: ready.streams.launch, birth: birth) } catch {
      core.cgroups.letGo(hold)
      throw error
    }
    (record.runtimeVersion, record.imageDigest) = (engine?.version, ready.image?.digest)
    record.startedAt = Timestamp(nanoseconds: wall)
    record.waitSeconds = (record.budgetStartedAt ?? record.submittedAt).map {
      Timestamp(nanoseconds: wall).duration(since: $0)
    }
    record.state = .running(Live())
    let grace = (job.grace ?? core.settings.grace).wholeNanoseconds
    var keptBox = ready.reused
    if keptBox == nil, let key = ready.boxKey, let box = run.box {
      ready.place.isHeld = true
      keptBox = KeptBox(key: key, box: box, scratch: ready.place, hold: hold, image: ready.image)
    }
    let active = ActiveRun(
      slot: slot, handle: claimed.handle, job: job, jobFile: claimed.file, record: record,
      hasRecord: claimed.hasRecord || job.rerun == false, run: run, hold: keptBox == nil ? hold : .nothing,
      runtime: runtime, scratch: ready.place, session: ready.session,
      redactor: ready.redactor, output: ready.streams.output, error: ready.streams.error, started: (wall, now),
      supervision: Supervision(
        timeoutAt: job.timeout.map { now &+ $0.wholeNanoseconds }, grace: grace,
        idle: job.idle?.wholeNanoseconds, now: now),
      recordDue: now + Self.recordAfter, watchDue: now + Self.watchAfter)
    (active.kept, active.keep) = (keptBox, claimed.group?.keep)
    active.image = ready.image
    return active
  }

  private func noteStart(_ record: inout JobRecord, _ claimed: Claimed) throws(SystemError) {
    record.state = .running(Live())
    try core.writer.writeDurably(record.encode(), as: JobFile.record(record.id.text), in: core.folders[.processing])
    if let file = claimed.file { try core.disk.sync(file) }
    try core.disk.syncEntries(of: core.folders[.inbox])
  }
}
