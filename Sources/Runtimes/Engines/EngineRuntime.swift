import Jobs
import Platform

/// Runs a command in a container of podman, docker or Apple's `container`, made by its command line client: argument lists,
/// never a shell.
///
/// The engine makes the container and takes it away; everything about the job goes by the box's socket (`Box`). So the exit
/// code is exact, the environment and the secrets are in no `inspect` and no `ps`, 50 MB of output pass no engine's log, and
/// a client or daemon that dies takes no job along.
public final class EngineRuntime: Runtime {
  let engine: Engine
  private let images: EngineImages
  let removals: EngineRemovals
  private let null: Descriptor?
  private let ignoredSignals = Signals.ignored()

  init(_ engine: Engine) {
    self.engine = engine
    images = EngineImages(engine)
    removals = EngineRemovals(engine)
    null = try? FileSystem.openNull()  // asked again at the start
  }

  public var name: String { engine.kind.rawValue }
  public var kind: RuntimeChoice { engine.kind }
  public var version: String { engine.version }
  /// Its limits are the engine's to hold.
  public var ownProcesses: Int { 0 }

  /// The image under a name as it is now.
  ///
  /// - Throws: `imageMissing`, or that the engine does not answer.
  public func image(_ name: String) throws(StartFailure) -> EngineImage { try images.find(name) }

  public func start(_ launch: Launch, streams: Launch.Streams, birth: BirthNote?) throws(StartFailure) -> Run {
    guard let request = launch.container, let places = launch.places else {
      throw .engineFailed(reason: "it has no image")
    }
    if let box = places.reused {
      return try Run(launch, in: box, streams, tmpfs: request.limits.engine.tmpfs, birth: birth)
    }
    guard let plan = places.box else { throw .engineFailed(reason: "it has no place") }
    let binds = try EngineBinds(launch, places, plan)
    var asked = EngineArguments.Request(user: request.user)
    asked.network = request.network ?? "none"
    asked.isPrivileged = request.isPrivileged
    asked.isRootless = Machine.user != 0
    try engine.checkLimits(request.limits)
    asked.limits = request.limits
    asked.volumes = request.volumes
    // docker makes the place for it: a folder of root's among what the job leaves.
    if let volume = asked.volumes.first(where: { volume in
      binds.list.contains { Mount.lies(volume, at: $0.place) && volume != $0.place }
    }) {
      throw .engineFailed(reason: "its image wants a volume at '\(volume)', within what is the job's own")
    }
    asked.ceilings.openFiles = min(asked.ceilings.openFiles, ResourceLimit.ceiling(.openFiles))
    asked.ceilings.processes = min(asked.ceilings.processes, ResourceLimit.ceiling(.processes))
    var arguments = EngineArguments(engine.kind, asked, plan, binds: binds.list, spool: launch.mark.spool)
    if engine.kind == .container {
      arguments.run(ProcessRuntime.words(of: launch).arguments, on: request.image)
      return try startAttached(launch, streams, arguments, plan, birth)
    }
    arguments.run([Rendezvous.initPath, Rendezvous.socketPath], on: request.image)
    let job = BoxJob(
      launch, streams, mounted: binds.expected, tmpfs: plan.isKept ? request.limits.engine.tmpfs : nil)
    do {
      try plan.rendezvous.setAfter(places.after)
      let listener = try plan.rendezvous.listen()
      let complaints = try FileSystem.memoryFile([])
      var client = Program(
        paths: [engine.program], arguments: [engine.program] + arguments.words,
        environment: Engine.environment(), folder: .path("/"))
      client.diesWithParent = true
      client.ignoredSignals = ignoredSignals
      let null = try self.null ?? FileSystem.openNull()
      let launching = try client.launch(input: null, output: null, error: complaints, birth: birth)
      let (engine, removals, name) = (engine, removals, plan.name)
      let maker = BoxMaker(
        launching: launching, complaints: complaints, remove: { removals.add(name) },
        explain: { engine.failure(words: $0, cause: $1) })
      return Run(
        mark: launch.mark, box: Box(plan, listener: listener, maker: maker, job: job), name: launch.command.name)
    } catch let failure as Program.Failure {
      throw StartFailure(failure, name: engine.program)
    } catch let error as SystemError {
      throw .exhausted(error)
    } catch { throw .engineFailed(reason: "\(error)") }
  }

  public func end(of run: Run, reaped: ProcessEnd?) -> RunEnd? {
    guard let box = run.box else {
      if reaped != nil { run.launching?.isReaped = true }
      if let failure = run.launching?.failure { return .neverRan(StartFailure(failure, name: engine.program)) }
      return reaped.map { Self.endAttached($0, kind: engine.kind) }
    }
    if let reaped { box.reaped(reaped.cause) }
    guard box.isRunOver else { return nil }
    let end = box.runEnd()
    if case .neverRan(.imageMissing) = end { images.forget() }
    return end
  }

  /// What is alive of it here: the client. What is in the box is seen by its first process, which says when all is gone.
  public func living(of run: Run) -> [ProcessFacts] {
    if run.isReaped { return [] }
    return ProcessTable.facts(run.pid).map { $0.isZombie ? [] : [$0] } ?? []
  }

  public func signal(_ run: Run, _ number: Int32, living: [ProcessFacts]) {
    if let box = run.box { return box.signal(number) }
    if let container = run.container { signalAttached(container, number) }
  }

  /// Makes an image of a tar of a root file system.
  ///
  /// - Parameter environment: "NAME=value", what programs on it find set.
  /// - Throws: `engineFailed`, or that it does not answer.
  func take(_ archive: String, as name: String, environment: [String]) throws(StartFailure) {
    // A Dockerfile's instruction, quoted as its parser has it.
    let changes = environment.flatMap { entry in
      let (key, value) = (entry.prefix { $0 != "=" }, entry.drop { $0 != "=" }.dropFirst())
      let quoted = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "\\$")
      return ["--change", "ENV \(key)=\"\(quoted)\""]
    }
    guard let answer = try engine.run(["import"] + changes + [archive, name], patience: Self.longest) else {
      throw .engineFailed(reason: "'\(engine.kind.rawValue) import' does not end")
    }
    guard answer.isSuccess else { throw .engineFailed(reason: answer.words) }
    images.forget()
  }

  /// Takes an image away that nothing runs on. False: it is still there.
  @discardableResult
  public func removeImage(_ name: String) -> Bool {
    (try? engine.run(["rmi", name]))?.isSuccess ?? false  // does not answer: it stays
  }

  /// How long an engine may take for a large image, ns.
  private static let longest: Int64 = 3_600_000_000_000

  // MARK: what is left

  /// Whether everything that had to be taken away is gone.
  public var isClear: Bool { removals.isEmpty }

  /// When `proceed` is to be called, continuous clock; nil: nothing is left.
  var nextDue: Int64? { removals.nextDue }

  /// Tries again what could not be taken away.
  public func proceed(now: Int64) { removals.proceed(now: now) }

  /// Ends what there is of a spool. False: not all of it is known to be gone.
  ///
  /// - Parameter own: what has such names is left alone. Nil: there is nothing of the runner's own any more.
  public func endEarlier(of spool: String, besides own: BoxName?) -> Bool {
    func look() -> [String]? {
      engine.containers(of: spool)?.filter { own?.isOwn($0.name) != true }.map(\.id)
    }
    guard let found = look() else { return false }
    if !found.isEmpty {
      _ = engine.remove(found)
      guard look()?.isEmpty == true else { return false }
    }
    // Every container of ours has a name that begins so; another's may too, and that one podman knows.
    if kind == .podman, let known = engine.containers(of: nil).map({ Set($0.map(\.id)) }) {
      ContainerMonitors.end { name, id in
        BoxName.isOf(spool, name) && own?.isOwn(name) != true && !known.contains(id)
      }
    }
    return true
  }
}

/// What a container is asked for beside what every run is.
public struct ContainerRequest: Sendable {
  /// As the engine knows it for certain (`EngineImage.id`): what was looked at is what runs.
  public var image: String
  public var user: UInt32
  public var network: String?
  public var isPrivileged: Bool
  public var limits: Limits
  /// Places that the image wants to have writable (VOLUME). Default: none.
  public var volumes: [String]

  public init(
    image: String, user: UInt32, network: String?, isPrivileged: Bool, limits: Limits, volumes: [String] = []
  ) {
    self.image = image
    self.user = user
    self.network = network
    self.isPrivileged = isPrivileged
    self.limits = limits
    self.volumes = volumes
  }
}
