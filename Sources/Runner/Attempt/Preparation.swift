import Jobs
import Observability
import Platform
import Runtimes
import Spool

/// What the start of one attempt needs, opened and put together. Large, and handed around: a class, so that nobody copies it.
final class Readiness {
  let job: Job
  let since: Int64
  let place: ScratchPool.Scratch
  let streams: (launch: Launch.Streams, output: StreamCapture, error: StreamCapture)
  let redactor: Redactor?
  let launch: Launch
  private let around: Surroundings

  /// What a job in isolation has around it.
  struct Surroundings {
    let image: ImageFacts?
    let user: UInt32
    let mounts: [CheckedMount]
    let group: GroupPlaces
    let key: KeptBoxes.Key?
    let reused: KeptBox?
  }

  /// The image it runs on; nil: none.
  var image: ImageFacts? { around.image }
  /// What a box must have to be the one for it; nil: none stays after it.
  var boxKey: KeptBoxes.Key? { around.key }
  /// A box that waits for it.
  var reused: KeptBox? { around.reused }
  /// What it keeps of its conversation; nil: nothing.
  var session: GroupPlaces.Session? { around.group.session }

  fileprivate init(
    _ job: Job, since: Int64, in place: ScratchPool.Scratch,
    _ streams: (launch: Launch.Streams, output: StreamCapture, error: StreamCapture), _ redactor: Redactor?,
    _ launch: Launch, _ around: Surroundings
  ) {
    (self.job, self.since) = (job, since)
    (self.place, self.streams, self.redactor) = (place, streams, redactor)
    (self.launch, self.around) = (launch, around)
  }

  /// Whether it is young enough that the spool's path and its groups are as they were.
  func isFresh(at now: Int64) -> Bool { now - since <= Ahead.lasts }
}

/// Makes an attempt ready: scratch folder, streams, secrets, environment, mounts. Starts nothing.
final class Preparation {
  /// Processor seconds from SIGXCPU to SIGKILL: enough to write what was found so far.
  private static let afterCPUTime: UInt64 = 5

  private let core: Core
  private let scratch: ScratchPool
  private let kept: KeptBoxes
  private let null: Descriptor
  private var environment: JobEnvironment

  init(_ core: Core, scratch: ScratchPool, kept: KeptBoxes) throws(SystemError) {
    self.core = core
    self.scratch = scratch
    self.kept = kept
    null = try FileSystem.openNull()
    environment = JobEnvironment(allowed: core.settings.env)
  }

  func settingsChanged() { environment = JobEnvironment(allowed: core.settings.env) }

  /// - Parameters:
  ///   - job: filled with what settings and group say.
  ///   - after: the content of `BOBBIN_AFTER`; nil: none.
  ///   - group: the settings of the job's group; needed for its mounts only.
  /// - Throws: `StartFailure`; nothing is held then.
  func ready(
    _ job: Job, id: JobID, attempt: Int, after: [UInt8]?, group: GroupSettings?, image: ImageFacts? = nil
  ) throws(StartFailure) -> Readiness {
    let user = user(of: job, group)
    let owner = Machine.user == 0 ? user : nil
    let isIsolated = job.chosenRuntime != .process
    let places = try GroupPlaces(core, job, group, user: owner)
    let own = try checkMounts(job, group: group)
    // Root writes to /dev, and with rights anywhere: what it leaves there nobody clears for the next one.
    let isPowerful = job.chosenRuntime.isEngine && (user == 0 || job.isPrivileged)
    let key =
      group?.keep == nil || !isIsolated || isPowerful
      ? nil : Self.key(job, image: image, user: user, mounts: places.mounts + own)
    let reused = key.flatMap { kept.take($0) }
    let kind: ScratchPool.Kind =
      !isIsolated ? .process : job.chosenRuntime.isEngine || key != nil ? .box(user: owner) : .sandbox(user: owner)
    let place: ScratchPool.Scratch
    if let reused {
      place = reused.scratch
    } else {
      do throws(SystemError) { place = try scratch.take(kind) } catch { throw .exhausted(error) }
    }
    do throws(StartFailure) {
      let surroundings = Readiness.Surroundings(
        image: image, user: user, mounts: places.mounts + own, group: places, key: key, reused: reused)
      return try ready(job, id: id, attempt: attempt, after: after, surroundings, in: place)
    } catch {
      if let reused { kept.giveBack(reused, keep: group?.keep) } else { scratch.giveBack(place, keeping: nil) }
      throw error
    }
  }

  /// What jobs of a group must have in common to run in one box.
  private static func key(_ job: Job, image: ImageFacts?, user: UInt32, mounts: [CheckedMount]) -> KeptBoxes.Key? {
    guard let group = job.group else { return nil }
    var wants = ["user \(user)", "network \(job.network ?? "none")"]
    wants += mounts.map { "\($0.container) \($0.device):\($0.inode) \($0.isReadOnly)" }.sorted()
    let limits = job.limits
    wants.append(
      "\(limits.memory?.bytes ?? -1) \(limits.swap?.bytes ?? -1) \(limits.cpus ?? -1) \(limits.pids ?? -1) \(limits.scratch?.bytes ?? -1)"
    )
    // The container's own, which the job's are within.
    wants.append("nofile \(max(limits.openFiles ?? 0, Limits.containerOpenFiles.hard))")
    wants += limits.engine.words
    return KeptBoxes.Key(group: group, runtime: job.chosenRuntime, digest: image?.digest, wants: wants)
  }

  private func ready(
    _ job: Job, id: JobID, attempt: Int, after: [UInt8]?, _ around: Readiness.Surroundings,
    in place: ScratchPool.Scratch
  ) throws(StartFailure) -> Readiness {
    let secrets = try readSecrets(job)
    let redactor = redactor(for: secrets, id)
    let input = try openInput(job)
    let streams: (launch: Launch.Streams, output: StreamCapture, error: StreamCapture)
    do throws(SystemError) {
      if let after, place.kind == .process {
        place.usedBeside = true
        try place.outer.create(ScratchPool.afterName).write(after)
      }
      streams = try openStreams(job, input, id: id, attempt: attempt, redactor)
      if let user = place.kind.user { Self.give(streams.launch, to: user) }
    } catch { throw .exhausted(error) }
    let (entries, path) = environment.entries(
      for: job, secrets: secrets, attempt: attempt, spool: core.realPath, scratch: place,
      hasAfter: after != nil, group: around.group, image: around.image?.environment)
    let own: Program.Folder? = job.directory.map { .path($0) } ?? groupFolder(job.group).map { .open($0) }
    if job.limits.scratch != nil, own != nil, place.kind == .process {
      throw .limitRefused(
        reason: "'scratch' holds the folder that a job gets, and this one runs in another; leave one of the two out")
    }
    var launch = Launch(
      mark: RunMark(spool: core.spoolID, job: id), command: job.run, environment: entries, searchPath: path,
      folder: own ?? .open(place.work),
      limits: Self.limits(job.limits, inContainer: job.chosenRuntime.isEngine), mounts: around.mounts)
    launch.grace = job.grace ?? core.settings.grace
    if place.kind != .process {
      var places = Launch.Places(work: place.work, result: place.result)
      places.after = after
      places.paths = core.settings.sandboxPaths
      places.hasHostNetwork = job.network == "host"
      places.scratch = job.limits.scratch
      if case .stored(let image)? = around.image { places.root = image.root }
      if place.kind.isBox {
        if let reused = around.reused {
          places.reused = reused.box
        } else {
          places.box = try boxPlan(id, attempt, keptFor: around.key?.group, in: place)
        }
      }
      if case .engine(let image)? = around.image {
        launch.container = ContainerRequest(
          image: image.id, user: around.user, network: job.network, isPrivileged: job.isPrivileged,
          limits: job.limits, volumes: image.volumes)
      }
      launch.places = places
    }
    return Readiness(job, since: core.now, in: place, streams, redactor, launch, around)
  }

  /// Whom a job in isolation runs as.
  private func user(of job: Job, _ group: GroupSettings?) -> UInt32 {
    guard job.chosenRuntime.isEngine else { return core.settings.sandboxUser }
    return job.user ?? group?.containerUser ?? core.settings.containerUser
      ?? (Machine.user == 0 ? Settings.nobody : Machine.user)
  }

  private func boxPlan(
    _ id: JobID, _ attempt: Int, keptFor group: GroupName?, in place: ScratchPool.Scratch
  ) throws(StartFailure) -> BoxPlan {
    do throws(SystemError) {
      let rendezvous = try Rendezvous(place.outer.folder(place.meeting.name), path: place.meeting.path)
      return BoxPlan(
        rendezvous: rendezvous, workPath: place.workPath, resultPath: place.resultFolderPath,
        name: core.boxName.new(id, attempt: attempt),
        // A kept one has other jobs later.
        labels: group.map { [Label("bobbin.group", $0.text)] }
          ?? [Label("bobbin.job", id.text), Label("bobbin.attempt", "\(attempt)")], isKept: group != nil)
    } catch { throw .exhausted(error) }
  }

  /// Its secrets as they are now. That the settings allow them was seen at the claim.
  private func readSecrets(_ job: Job) throws(StartFailure) -> [Secret] {
    if job.secrets.isEmpty { return [] }
    do throws(SecretRefusal) { return try SecretStore().read(job.secrets) } catch {
      throw .secretRefused(code: error.code.rawValue, reason: error.reason)
    }
  }

  private func redactor(for secrets: [Secret], _ id: JobID) -> Redactor? {
    if secrets.isEmpty { return nil }
    let redactor = Redactor(secrets)
    for name in redactor.tooShort {
      core.log.write(
        .warn, "secret-too-short", job: id.text,
        "the secret '\(name)' has fewer than \(SecretForms.shortest) bytes: it is not looked for in what the job prints"
      )
    }
    return redactor
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

  /// A pipe has the rights of who made it, 0600, which count where a job under another user opens it anew: `/dev/stderr`.
  private static func give(_ streams: Launch.Streams, to user: UInt32) {
    for stream in [streams.output, streams.error] {
      // A user that is none in our own namespace: what the job was given can be written all the same.
      try? stream.setOwner(user, group: user)
    }
  }

  /// The folder of the job's group, if there is one: only a host group's counts, and only for a process.
  private func groupFolder(_ group: GroupName?) -> Folder? {
    guard let group, let groups = try? core.folders[.groups] else { return nil }  // no folder: a scratch one does
    return try? groups.folder(group.text)
  }

  /// What the first process is to set for the job.
  private static func limits(_ limits: Limits, inContainer: Bool) -> [ResourceLimit] {
    var list: [ResourceLimit] = []
    // A container has its own already where nobody says another number, or says it in `ulimits`: with a hard limit above it.
    let isContainers =
      inContainer
      && (limits.openFiles == Limits.containerOpenFiles.soft || limits.engine.ulimits.contains { $0.name == "nofile" })
    if let files = limits.openFiles, !isContainers { list.append(ResourceLimit(.openFiles, UInt64(max(0, files)))) }
    // One file alone fills a scratch folder quicker than anybody looks.
    if let size = [limits.fileSize, limits.scratch].compactMap({ $0 }).min() {
      list.append(ResourceLimit(.fileSize, UInt64(max(0, size.bytes))))
    }
    if let time = limits.cpuTime {
      // SIGXCPU at the limit; SIGKILL to who ignores that.
      let (seconds, rest) = time.components
      let soft = UInt64(seconds) + (rest > 0 ? 1 : 0)
      list.append(ResourceLimit(.processorSeconds, soft, hard: soft + Self.afterCPUTime))
    }
    return list
  }
}
