#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import CPlatform

/// A limit of setrlimit(2) that a program starts with.
public struct ResourceLimit: Equatable, Sendable {
  public enum Kind: Sendable { case openFiles, fileSize, processorSeconds, processes }
  public let kind: Kind
  /// The soft limit.
  public let value: UInt64
  /// The number of setrlimit(2).
  public var number: Int { Int(resource) }
  /// The hard limit; the soft one by default.
  public let hard: UInt64

  public init(_ kind: Kind, _ value: UInt64, hard: UInt64? = nil) {
    self.kind = kind
    self.value = value
    self.hard = hard ?? value
  }

  var resource: Int32 {
    switch kind {
    case .openFiles: Int32(RLIMIT_NOFILE.rawValue)
    case .fileSize: Int32(RLIMIT_FSIZE.rawValue)
    case .processorSeconds: Int32(RLIMIT_CPU.rawValue)
    case .processes:
      #if canImport(Darwin)
        RLIMIT_NPROC
      #else
        Int32(__RLIMIT_NPROC.rawValue)
      #endif
    }
  }

  /// The most this process may give: its own hard limit.
  public static func ceiling(_ kind: Kind) -> UInt64 {
    bobbin_hard_limit(ResourceLimit(kind, 0).resource)
  }
}

/// Where a child notes its own birth, in memory that outlives the runner.
///
/// `@unchecked Sendable`: the memory is written by one child and read after the runner's death.
public struct BirthNote: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<bobbin_birth>

  public init(_ memory: UnsafeMutableRawPointer) { pointer = memory.assumingMemoryBound(to: bobbin_birth.self) }

  /// Notes a process that is there already and begins something new.
  public func note(_ pid: Int32) {
    // The pid last: it says that there is something.
    pointer.pointee.boottime_ns = Clock.continuous()
    pointer.pointee.pid = Int64(pid)
  }
}

/// A program to start: in its own session, every signal at its default, nothing open but 0, 1 and 2.
public struct Program: Sendable {
  public enum Folder: Sendable {
    case path(String)
    case open(Platform.Folder)
  }

  /// Where the program may be, tried in order as execvp(3) does.
  public var paths: [String]
  public var arguments: [String]
  /// "NAME=value", the whole environment.
  public var environment: [String]
  public var folder: Folder?
  public var limits: [ResourceLimit] = []
  /// `cgroup.procs` files that it writes itself into before anything else (cgroups(7)), so no process of it is outside.
  public var joins: [Descriptor] = []
  /// Signals to be set back from being ignored, as `Signals.ignored()` gives them. Nil: asked at each start.
  public var ignoredSignals: UInt64?
  /// Stay open in the program under the same number.
  public var kept: [Descriptor] = []
  /// Folders and files that it finds at `givenPlace(0)`, 1, …, whatever the rights of the folders above them: for a program
  /// under another user. Root only, and 96 at most; nobody else sees these mounts.
  public var given: [Given] = []
  /// Where it finds itself beside what is `given`, instead of among all of the machine's mounts. Nil: there.
  public var smallRoot: SmallRoot?
  /// Runs as this user, in the group of the same number and no other. Root only. Nil: as we do.
  public var user: UInt32?
  /// SIGKILL when this process ends, however it does (PR_SET_PDEATHSIG). Lost when it changes its user itself.
  public var diesWithParent = false

  /// Something to be reached by a program under another user.
  public struct Given: Sendable {
    public let descriptor: Descriptor
    public let isFolder: Bool

    public init(_ descriptor: Descriptor, isFolder: Bool) {
      self.descriptor = descriptor
      self.isFolder = isFolder
    }
  }

  /// Where the program finds what is `given`.
  public static func givenPlace(_ index: Int) -> String { "/tmp/\(index / 10)\(index % 10)" }

  public init(paths: [String], arguments: [String], environment: [String], folder: Folder? = nil) {
    self.paths = paths
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
  }

  /// Why a program could not be started.
  public struct Failure: Error, Equatable, Sendable {
    public enum Stage: Int32, Sendable { case fork = 1, setUp, limits, folder, execute, join, given, user }
    public let stage: Stage
    public let cause: SystemError

    public init(stage: Stage, cause: SystemError) {
      self.stage = stage
      self.cause = cause
    }
  }

  /// Starts it, and returns when it runs (0.3 ms) or could not be.
  ///
  /// - Parameter birth: where the child notes its own pid before its first instruction.
  public func start(
    input: Descriptor, output: Descriptor, error: Descriptor, birth: BirthNote? = nil
  ) throws(Failure) -> Int32 {
    try launch(input: input, output: output, error: error, birth: birth, waiting: true).pid
  }

  /// Starts it, and returns while the child is still on its way to the program: what it became shows when it was reaped.
  ///
  /// - Parameter waiting: return only when it runs or could not be.
  /// - Throws: what is known at once: no process could be made.
  public func launch(
    input: Descriptor, output: Descriptor, error: Descriptor, birth: BirthNote? = nil, waiting: Bool = false
  ) throws(Failure) -> Launching {
    let launching = Launching(self)
    launching.spec.stdin_fd = input.number
    launching.spec.stdout_fd = output.number
    launching.spec.stderr_fd = error.number
    launching.spec.birth = birth?.pointer
    launching.spec.waits = waiting ? 1 : 0
    try launching.begin()
    return launching
  }

  /// This process becomes that program, execve(2), with its own environment: for what needs the terminal that we have.
  ///
  /// - Returns: only why it did not.
  public static func become(_ arguments: [String]) -> SystemError {
    var list = arguments.map { strdup($0) } + [nil]
    defer { for argument in list { free(argument) } }
    execve(arguments.first ?? "", &list, environ)
    return SystemError(call: "execve", path: arguments.first)
  }

  /// Both ends of a pipe, close-on-exec, the reading end not blocking.
  public static func pipe() throws(SystemError) -> (read: Descriptor, write: Descriptor) {
    var ends: [Int32] = [0, 0]
    #if os(Linux)
      try check("pipe2") { bobbin_pipe(&ends) }
    #else
      try check("pipe") { Darwin.pipe(&ends) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    #endif
    let pair = (read: Descriptor(owning: ends[0]), write: Descriptor(owning: ends[1]))
    try check("fcntl") { fcntl(ends[0], F_SETFL, O_NONBLOCK) }
    return pair
  }
}
