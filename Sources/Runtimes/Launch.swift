import Jobs
import Platform

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
