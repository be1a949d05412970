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
  public enum Kind: Sendable { case openFiles, fileSize, processorSeconds }
  public let kind: Kind
  /// Soft and hard limit alike.
  public let value: UInt64

  public init(_ kind: Kind, _ value: UInt64) {
    self.kind = kind
    self.value = value
  }

  var resource: Int32 {
    switch kind {
    case .openFiles: Int32(RLIMIT_NOFILE.rawValue)
    case .fileSize: Int32(RLIMIT_FSIZE.rawValue)
    case .processorSeconds: Int32(RLIMIT_CPU.rawValue)
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

  public init(paths: [String], arguments: [String], environment: [String], folder: Folder? = nil) {
    self.paths = paths
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
  }

  /// Why a program could not be started.
  public struct Failure: Error, Equatable, Sendable {
    public enum Stage: Int32, Sendable { case fork = 1, setUp, limits, folder, execute }
    public let stage: Stage
    public let cause: SystemError
  }

  /// Starts it, and returns when it runs (vfork(2): 0.3 ms) or could not be.
  ///
  /// - Parameter birth: where the child notes its own pid before its first instruction.
  public func start(
    input: Descriptor, output: Descriptor, error: Descriptor, birth: BirthNote? = nil
  ) throws(Failure) -> Int32 {
    let pathStrings = CStrings(paths)
    let argumentStrings = CStrings(arguments)
    let environmentStrings = CStrings(environment)
    var spec = bobbin_spawn()
    spec.argv = UnsafePointer(argumentStrings.pointer)
    spec.envp = UnsafePointer(environmentStrings.pointer)
    spec.stdin_fd = input.number
    spec.stdout_fd = output.number
    spec.stderr_fd = error.number
    spec.birth = birth?.pointer
    spec.directory_fd = -1
    let raw = limits.map { bobbin_rlimit(resource: $0.resource, soft: $0.value, hard: $0.value) }
    var pathText: [CChar]?
    switch folder {
    case .path(let path): pathText = Array(path.utf8CString)
    case .open(let folder): spec.directory_fd = folder.descriptor.number
    case nil: break
    }
    let pid = raw.withUnsafeBufferPointer { limits in
      spec.limits = limits.baseAddress
      spec.limit_count = Int32(limits.count)
      return pathStrings.withConstant { paths in
        spec.paths = paths
        guard let pathText else { return bobbin_spawn_program(&spec) }
        return pathText.withUnsafeBufferPointer { text in
          spec.directory = text.baseAddress
          return bobbin_spawn_program(&spec)
        }
      }
    }
    guard pid > 0 else {
      throw Failure(
        stage: Failure.Stage(rawValue: spec.stage) ?? .execute,
        cause: SystemError(call: spec.stage == Failure.Stage.execute.rawValue ? "execve" : "spawn", code: spec.error))
    }
    return pid
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

/// A C array of C strings in two allocations, whatever their number.
private struct CStrings: ~Copyable {
  let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let bytes: UnsafeMutablePointer<CChar>

  init(_ strings: [String]) {
    var size = 1
    for string in strings { size += string.utf8.count + 1 }
    bytes = .allocate(capacity: size)
    pointer = .allocate(capacity: strings.count + 1)
    var next = bytes
    for (index, string) in strings.enumerated() {
      pointer[index] = next
      for byte in string.utf8 {
        next.pointee = CChar(bitPattern: byte)
        next += 1
      }
      next.pointee = 0
      next += 1
    }
    pointer[strings.count] = nil
  }

  deinit {
    bytes.deallocate()
    pointer.deallocate()
  }

  borrowing func withConstant<T>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> T) -> T {
    // The same pointers, seen as constant ones.
    body(UnsafeRawPointer(pointer).assumingMemoryBound(to: UnsafePointer<CChar>?.self))
  }
}
