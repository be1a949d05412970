import Jobs
import Platform

/// A way to run a job's command: as a process, in a sandbox, later in a container. Knows nothing of job files.
///
/// `start` may return before the program runs: whether it could be executed is `end`'s to say. Everything is called
/// from the runner's loop and returns at once.
public protocol Runtime: Sendable {
  /// As the result names it.
  var name: String { get }

  /// Processes of a run that are the runtime's own (an init, a monitor): on top of what the job's `pids` allows. 0: it has
  /// none with which all of a run ends.
  var ownProcesses: Int { get }

  /// Starts a run. The runner reaps its first process and so learns of the end.
  func start(
    _ launch: Launch, streams: Launch.Streams, birth: BirthNote?
  ) throws(StartFailure) -> Run

  /// What became of a run, once its first process was reaped. Nil: what that process stood for is not over yet; the run's
  /// box tells when it is.
  func end(of run: Run, reaped: ProcessEnd?) -> RunEnd?

  /// What of a run is alive at this moment, its first process included until it was reaped.
  func living(of run: Run) -> [ProcessFacts]

  /// Signals all of a run: these, as `living` gave them, or whoever among them passes it on to the others.
  func signal(_ run: Run, _ number: Int32, living: [ProcessFacts])
}

extension Runtime {
  /// Signals all that is alive of a run. Answers how many there were.
  @discardableResult
  public func signal(_ run: Run, _ number: Int32) -> Int {
    let living = living(of: run)
    signal(run, number, living: living)
    return living.count
  }
}

/// What became of a run whose first process has ended.
public enum RunEnd: Equatable, Sendable {
  /// The program ran and ended.
  ///
  /// - leftover: how many processes it left that the runtime has ended by itself.
  case ran(ProcessEnd, leftover: Int)
  /// It was not executed.
  case neverRan(StartFailure)
}

/// What to start, independent of where.
public struct Launch {
  /// The three streams as the program gets them.
  public struct Streams: Sendable {
    public let input: Descriptor
    public let output: Descriptor
    public let error: Descriptor

    public init(input: Descriptor, output: Descriptor, error: Descriptor) {
      self.input = input
      self.output = output
      self.error = error
    }
  }

  /// Which run this is: in its environment, so that it is found again.
  public let mark: RunMark
  public var command: Job.Command
  /// The whole environment, "NAME=value"; the mark's entries are added. Secrets are among them: it never goes into an
  /// argument list, which everybody can read, nor into a log.
  public var environment: [String]
  /// PATH of that environment, to look the program up.
  public var searchPath: String
  public var folder: Program.Folder
  public var limits: [ResourceLimit]
  /// What all of it gets between a SIGTERM of the runner and its end, also if its first process ends at once: for runtimes
  /// that end what is left by themselves. Nil: as what a job leaves without being told.
  public var grace: Duration?
  /// For runtimes with a root of their own: what stands where in it. Others ignore it.
  public var places: Places?

  /// What a job finds in a root of its own.
  public struct Places {
    /// At `SandboxRuntime.workPath`, the current folder.
    public var work: Folder
    /// Where `BOBBIN_RESULT` is written, at `SandboxRuntime.resultFolder`.
    public var result: Folder
    /// The content of `BOBBIN_AFTER`; nil: none.
    public var after: [UInt8]?
    /// Absolute paths that it sees read-only beside the system's own.
    public var paths: [String] = []
    /// Whether it has the machine's network. Default false: none at all.
    public var hasHostNetwork = false
    /// How much its /tmp and its /dev/shm hold each; nil: `SandboxRuntime.defaultScratch`.
    public var scratch: ByteCount?

    /// - Parameters: two open folders, each with a descriptor of its own: bwrap closes one that it has mounted.
    /// What a box is given, and what stands where in it beside the job's own; nil: it is no box.
    public var box: BoxPlan?
    /// A box that waits for this job, instead of a new one.
    public var reused: Box?
    /// The image's root and environment where the runner has it unpacked; nil: the machine's own programs.
    public var root: Folder?

    public init(work: Folder, result: Folder) {
      self.work = work
      self.result = result
    }
  }
  /// What a container engine is asked for; nil: it is no container of one.
  public var container: ContainerRequest?
  /// What else of the machine it sees, checked a moment ago. Empty for a process, which sees all of it.
  public var mounts: [CheckedMount]
  /// What the first process writes itself into before anything else: `cgroup.procs` of the job's cgroups; empty: none.
  public var joins: [Descriptor] = []
  /// A program that becomes the run's first one: its arguments stand before the run's own. Nil: none.
  public var wrapper: Wrapper?

  /// A program that sets something up and then executes the rest of its arguments.
  public struct Wrapper: Equatable, Sendable {
    /// The first is the program's absolute path.
    public let arguments: [String]
    /// "NAME=value", which it needs and takes out again.
    public let environment: [String]
  }

  public init(
    mark: RunMark, command: Job.Command, environment: [String], searchPath: String, folder: Program.Folder,
    limits: [ResourceLimit], mounts: [CheckedMount] = []
  ) {
    self.mark = mark
    self.command = command
    self.environment = environment
    self.searchPath = searchPath
    self.folder = folder
    self.limits = limits
    self.mounts = mounts
  }
}

extension Program {
  /// Puts the wrapper before the program. What it needs of the environment is its own: entries of the same name are given
  /// to the program as arguments of the wrapper's last step, env(1).
  mutating func wrap(in wrapper: Launch.Wrapper) {
    let names = wrapper.environment.map { $0.prefix { $0 != "=" } + "=" }
    let hidden = environment.filter { entry in names.contains { entry.hasPrefix($0) } }
    paths = Array(wrapper.arguments.prefix(1))
    arguments = wrapper.arguments + hidden + arguments
    environment = environment.filter { !hidden.contains($0) } + wrapper.environment
  }
}

/// What every process of a run carries in its environment.
public struct RunMark: Equatable, Sendable {
  public static let spoolName = "BOBBIN_SPOOL_ID"
  public static let jobName = "BOBBIN_JOB_ID"

  public let spool: String
  public let job: JobID

  public init(spool: String, job: JobID) {
    self.spool = spool
    self.job = job
  }

  public var entries: [String] { ["\(Self.spoolName)=\(spool)", jobEntry] }
  var jobEntry: String { "\(Self.jobName)=\(job.text)" }
}

/// A run that was started.
public struct Run: Equatable {
  public let mark: RunMark
  /// Its first process, which leads a session of its own.
  public let pid: Int32
  /// The first process as it was started; nil of a run that another runner started.
  public let launching: Launching?
  /// The box it runs in, if it is one; its end is then the box's to say.
  public private(set) var box: Box?
  /// The container that it runs in, where only the engine reaches it.
  private(set) var container: String?
  /// Where the first process of a sandbox reports.
  let report: Descriptor?
  /// What the program that makes the sandbox says.
  let complaints: Descriptor?
  /// The job's program, for messages.
  let name: String

  public init(mark: RunMark, pid: Int32, launching: Launching? = nil) {
    self.init(
      mark: mark, pid: pid, launching: launching, report: nil, complaints: nil, name: launching?.name ?? "")
  }

  /// A run in a container of which the engine's client is all that is seen.
  init(attached mark: RunMark, _ launching: Launching, container: String, name: String) {
    self.init(mark: mark, pid: launching.pid, launching: launching, report: nil, complaints: nil, name: name)
    self.container = container
  }

  /// A run in a box, whose maker's pid stands for it.
  init(mark: RunMark, box: Box, name: String) {
    self.init(mark: mark, pid: box.makerPID, launching: nil, report: nil, complaints: nil, name: name)
    self.box = box
  }

  init(
    mark: RunMark, pid: Int32, launching: Launching?, report: Descriptor?, complaints: Descriptor?, name: String
  ) {
    self.name = name
    self.mark = mark
    self.pid = pid
    self.launching = launching
    self.report = report
    self.complaints = complaints
  }

  public static func == (one: Run, other: Run) -> Bool { one.mark == other.mark && one.pid == other.pid }
}

/// Why nothing was started.
public enum StartFailure: Error, Equatable, Sendable {
  /// No such program in the search path, or the interpreter in its first line is missing.
  case notFound(String)
  /// It is there and cannot be executed.
  case notExecutable(String, reason: String)
  case folderUnusable(reason: String)
  case limitRefused(reason: String)
  /// The kernel does not let it into the cgroup that was made for it.
  case notJoined(SystemError)
  case argumentsTooLong
  /// The file that the job names as its standard input.
  case inputUnreadable(reason: String)
  /// The program that a runtime needs is not installed.
  case runtimeMissing(String, cure: String)
  /// It is installed and does not do it here and now: not the job's fault.
  case runtimeUnavailable(reason: String, again: Duration)
  /// It could not make this one sandbox.
  case sandboxFailed(reason: String)
  /// An engine answers and could not make this one container.
  case engineFailed(reason: String)
  /// The image is not on this machine.
  case imageMissing(String, cure: String)
  /// A mount that the list outside the spool does not allow, or that cannot be made safely.
  case mountRefused(code: String, reason: String)
  /// A secret that the job may not have, or that is not there.
  case secretRefused(code: String, reason: String)
  /// The machine has no processes, memory or descriptors to spare: not the job's fault.
  case exhausted(SystemError)

  /// Stable code for the result.
  public var code: String {
    switch self {
    case .notFound: "not-found"
    case .notExecutable: "not-executable"
    case .folderUnusable: "directory-unusable"
    case .limitRefused, .notJoined: "limit-unavailable"
    case .argumentsTooLong: "arguments-too-long"
    case .inputUnreadable: "stdin-unreadable"
    case .runtimeMissing: "runtime-missing"
    case .runtimeUnavailable: "runtime-unavailable"
    case .sandboxFailed: "sandbox-failed"
    case .engineFailed: "engine-failed"
    case .imageMissing: "image-missing"
    case .mountRefused(let code, _), .secretRefused(let code, _): code
    case .exhausted: "machine-exhausted"
    }
  }

  /// The shell's exit code for the same thing (POSIX sh, 2.8.2); nil where it has none.
  public var exitCode: Int? {
    switch self {
    case .notFound: 127
    case .notExecutable, .argumentsTooLong: 126
    default: nil
    }
  }

  /// Trying again cannot help.
  public var isFinal: Bool {
    switch self {
    case .limitRefused, .notJoined, .runtimeMissing, .imageMissing: true
    default: false
    }
  }

  /// What has nothing to do with the job puts it off for so long; nil: it is the job's failure.
  public var putsOff: Duration? {
    switch self {
    case .exhausted: .seconds(1)
    case .runtimeUnavailable(_, let again): max(again, .seconds(1))
    default: nil
    }
  }

  /// One sentence.
  public var reason: String {
    switch self {
    case .notFound(let name): "'\(name)' was not found in PATH, or the interpreter in its first line is missing"
    case .notExecutable(let name, let reason): "'\(name)' cannot be executed: \(reason)"
    case .folderUnusable(let reason): "the job's directory cannot be entered: \(reason)"
    case .limitRefused(let reason): "a limit cannot be held: \(reason)"
    case .notJoined(let error): "a limit cannot be held: the job cannot join its cgroup: \(error.reason)"
    case .argumentsTooLong: "arguments and environment together are longer than the kernel takes"
    case .inputUnreadable(let reason): "stdinFile cannot be read: \(reason)"
    case .runtimeMissing(let name, let cure): "there is no '\(name)' here: \(cure)"
    case .runtimeUnavailable(let reason, _): reason
    case .sandboxFailed(let reason): "the sandbox could not be made: \(reason)"
    case .engineFailed(let reason): "the container could not be made: \(reason)"
    case .imageMissing(let name, let cure): "there is no image '\(name)' here: \(cure)"
    case .mountRefused(_, let reason), .secretRefused(_, let reason): reason
    case .exhausted(let error): "the machine cannot start a process now: \(error)"
    }
  }
}
