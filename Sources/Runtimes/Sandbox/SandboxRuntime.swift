import Jobs
import Platform

/// Runs a command in a sandbox that bubblewrap makes: a root built from nothing, namespaces of its own, no rights, a filter
/// of system calls, and a first process of ours that passes signals on, reaps, and reports.
///
///     runner ─ bwrap (outside, in a session of its own) ─ bobbin-init (pid 1 inside) ─ the job (a session of its own)
///
/// All of it dies with the runner: bwrap by PR_SET_PDEATHSIG, set before it is executed; pid 1 by its own; everything
/// else with pid 1. What is alive of a run is found by descent: an orphan inside becomes pid 1's child.
public final class SandboxRuntime: Runtime {
  /// Where a job finds itself, its HOME too.
  public static let workPath = "/bobbin/job"
  static let resultFolder = "/bobbin/out"
  /// The folder of the job's group, and where it asks for things.
  public static let groupPath = "/bobbin/group"
  public static let ipcPath = "/bobbin/ipc"
  /// What the job keeps of its conversation.
  public static let sessionPath = "/bobbin/session"
  /// `BOBBIN_RESULT`; the folder around it is the job's too, so that it can write a temporary and rename it.
  public static let resultPath = resultFolder + "/result"
  /// `BOBBIN_AFTER`.
  public static let afterPath = "/bobbin/after.json"
  static let initPath = "/bobbin/" + initName
  /// What it mounts over in an image.
  static let ownNames: Set<String> = ["proc", "dev", "tmp", "run", "bobbin"]
  private static let initName = "bobbin-init"
  /// What /tmp and /dev/shm hold each where nothing is said. Memory, so not generous.
  public static let defaultScratch = ByteCount.mebibytes(256)
  /// PATH where the job says nothing: the machine's own folders, whatever the runner's PATH is.
  public static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  private let program: String
  private let user: UInt32?
  private let initProgram: Descriptor
  private let filter: Descriptor
  private let disablesUserNamespaces: Bool
  private let null: Descriptor
  private let ignoredSignals = Signals.ignored()
  private let smallRoot = Locked(BwrapRoot())

  /// - Parameters:
  ///   - program: bwrap's path.
  ///   - user: whom bwrap and the job run as when this process is root's; ignored otherwise.
  /// - Throws: `SystemError` without descriptors or memory; nil from `make` where there is no code for this processor.
  init(program: String, user: UInt32, disablesUserNamespaces: Bool) throws(SystemError) {
    guard let code = InitProgram.bytes, let processor = SeccompProgram.Processor.own else {
      throw SystemError(call: "bobbin-init", code: SystemError.noExecutableFormat)
    }
    self.program = program
    self.user = Machine.user == 0 ? user : nil
    self.disablesUserNamespaces = disablesUserNamespaces
    initProgram = try FileSystem.memoryFile(code)
    filter = try FileSystem.memoryFile(SeccompProgram(FilteredCall.all, for: processor).bytes)
    null = try FileSystem.openNull()
  }

  /// bwrap and pid 1.
  public var ownProcesses: Int { 2 }

  public func start(
    _ launch: Launch, streams: Launch.Streams, birth: BirthNote?
  ) throws(StartFailure) -> Run {
    guard let places = launch.places else { throw .sandboxFailed(reason: "it has no folder") }
    if let box = places.reused { return try Run(launch, in: box, streams, tmpfs: [], birth: birth) }
    do throws(Program.Failure) {
      if let plan = places.box { return try start(launch, places, plan, streams, birth) }
      return try start(launch, places, streams, birth)
    } catch { throw StartFailure(error, name: program) }
  }

  /// One that stays after the job: what tells it what to run is a socket, as for any box.
  private func start(
    _ launch: Launch, _ places: Launch.Places, _ plan: BoxPlan, _ streams: Launch.Streams, _ birth: BirthNote?
  ) throws(Program.Failure) -> Run {
    var bwrap: Program
    let (listener, complaints): (Descriptor, Descriptor)
    do throws(SystemError) {
      try plan.rendezvous.setAfter(places.after)
      listener = try plan.rendezvous.listen()
      complaints = try FileSystem.memoryFile([])
      bwrap = try prepared(launch, places, [Rendezvous.initPath, Rendezvous.socketPath], kept: [])
    } catch { throw Program.Failure(stage: .setUp, cause: error) }
    let launching = try bwrap.launch(input: null, output: complaints, error: complaints, birth: birth)
    let maker = BoxMaker(
      launching: launching, complaints: complaints,
      // What kills bwrap takes all of it along.
      remove: {},
      explain: { words, _ in .sandboxFailed(reason: words.isEmpty ? "bwrap ended without a word" : words) })
    // Mounted from descriptors: there is nothing to be compared.
    let job = BoxJob(launch, streams, mounted: [], tmpfs: [])
    return Run(mark: launch.mark, box: Box(plan, listener: listener, maker: maker, job: job), name: launch.command.name)
  }

  /// bwrap as it is called for a run, and what it executes within.
  private func prepared(
    _ launch: Launch, _ places: Launch.Places, _ command: [String], kept: [Descriptor]
  ) throws(SystemError) -> Program {
    let options = try SandboxArguments(
      places, mounts: launch.mounts, root: places.root == nil ? SandboxRoot() : SandboxRoot(entries: []),
      initProgram: initProgram, filter: filter, isOtherUser: user != nil,
      disablesUserNamespaces: disablesUserNamespaces)
    let file = try FileSystem.memoryFile(options.bytes)
    // Its environment is the mark and nothing else: the job's own variables would act outside.
    var bwrap = Program(
      paths: [program], arguments: [program, "--args", "\(file.number)", "--"] + command,
      environment: launch.mark.entries, folder: .path("/"))
    bwrap.kept = options.kept + [file] + kept
    bwrap.given = options.given
    if places.root != nil, launch.wrapper == nil {
      bwrap.smallRoot = smallRoot.withLock { $0.root(for: program, user) }
    }
    if let wrapper = launch.wrapper { bwrap.wrap(in: wrapper) }
    bwrap.joins = launch.joins
    bwrap.user = user
    bwrap.diesWithParent = true
    bwrap.ignoredSignals = ignoredSignals
    return bwrap
  }

  private func start(
    _ launch: Launch, _ places: Launch.Places, _ streams: Launch.Streams, _ birth: BirthNote?
  ) throws(Program.Failure) -> Run {
    var bwrap: Program
    let (report, complaints): (Descriptor, Descriptor)
    do throws(SystemError) {
      let pipe = try Program.pipe()
      report = pipe.read
      complaints = try FileSystem.memoryFile([])
      let told = try FileSystem.memoryFile(
        LaunchFile(launch).bytes(
          status: pipe.write.number, streams: [streams.input, streams.output, streams.error].map(\.number)))
      bwrap = try prepared(
        launch, places, [Self.initPath, "\(told.number)"],
        kept: [told, pipe.write, streams.input, streams.output, streams.error])
    } catch { throw Program.Failure(stage: .setUp, cause: error) }
    let launching = try bwrap.launch(input: null, output: complaints, error: complaints, birth: birth)
    return Run(
      mark: launch.mark, pid: launching.pid, launching: launching, report: report, complaints: complaints,
      name: launch.command.name)
  }

  public func end(of run: Run, reaped: ProcessEnd?) -> RunEnd? {
    if let box = run.box {
      if let reaped { box.reaped(reaped.cause) }
      return box.isRunOver ? box.runEnd() : nil
    }
    guard let reaped else { return nil }
    run.launching?.isReaped = true
    if let failure = run.launching?.failure { return .neverRan(StartFailure(failure, name: program)) }
    let report = InitReport(from: run.report)
    if let failure = report.failure { return .neverRan(StartFailure(failure, name: run.name)) }
    var end = reaped
    if let cause = report.cause {
      end.cause = cause
    } else if case .exited(let code) = reaped.cause {
      // Without a report: bwrap gave up, or pid 1 was killed from outside, which bwrap tells as a shell does.
      guard code > 128 else { return .neverRan(.sandboxFailed(reason: complaint(of: run))) }
      end.cause = .signalled(code - 128)
    }
    if let usage = report.usage {
      end.processorTime = usage.processorTime
      end.maxResidentBytes = usage.maxResidentBytes
    }
    return .ran(end, leftover: report.leftover)
  }

  /// What bwrap wrote.
  private func complaint(of run: Run) -> String {
    guard let file = run.complaints, let reopened = try? file.reopened(),  // no descriptors: said without its words
      let bytes = try? reopened.readAll(limit: 2000), !bytes.isEmpty
    else { return "bwrap ended without a word" }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: "; ")
  }

  public func living(of run: Run) -> [ProcessFacts] {
    let processes = ProcessTable.all()
    let members = RunTree.members(of: run.pid, isReaped: run.isReaped, among: processes)
    return processes.filter { members.contains($0.pid) && $0.pid != Machine.processID }
  }

  /// All but SIGKILL goes to pid 1 alone, which passes it on: bwrap would die of it and take everything along without
  /// grace.
  public func signal(_ run: Run, _ number: Int32, living: [ProcessFacts]) {
    if let box = run.box { return box.signal(number) }
    if number == SignalNumber.kill {
      for process in living { ProcessTable.signal(process, number) }
      return
    }
    // In bwrap's session are bwrap, pid 1, and for a moment the job.
    let first = living.first {
      $0.session == run.pid && $0.pid != run.pid && ProcessTable.name(of: $0.pid) == Self.initName
    }
    if let first {
      ProcessTable.signal(first, number)
    } else if number == SignalNumber.terminate {
      // The job has not begun: nobody needs grace, and pid 1 takes no SIGTERM before it is ours.
      for process in living { ProcessTable.signal(process, SignalNumber.kill) }
    }
  }
}

extension LaunchFile {
  init(_ launch: Launch) {
    let (paths, arguments) = ProcessRuntime.words(of: launch)
    self.init(
      paths: paths, arguments: arguments,
      // Not the whole mark: within it nobody needs it to be found, and could only claim to be another job's.
      environment: [launch.mark.jobEntry] + launch.environment, limits: launch.limits)
    // Held where the numbers stay small enough to be added to a time.
    if let grace = launch.grace { self.grace = min(max(0, grace.wholeNanoseconds / 1_000_000), 1 << 40) }
  }
}

extension Job.Command {
  /// For messages.
  var name: String {
    switch self {
    case .arguments(let list): list.first ?? ""
    case .shell: "/bin/sh"
    }
  }
}
