import CPlatform

/// A child from its start to its reaping. Until it executes its program it runs in our memory, so this holds all that it
/// reads there.
///
/// `@unchecked Sendable`: nothing changes after `begin` but what the child notes, which is read after it was reaped, and
/// that it was.
public final class Launching: @unchecked Sendable {
  /// The child.
  public private(set) var pid: Int32 = 0
  /// Its pid may be another's: set by who was told of its end, in the turn in which it is asked.
  public var isReaped = false
  /// What it was to execute, for messages.
  public let name: String

  let storage: UnsafeMutablePointer<bobbin_spawn>
  private let paths: CStrings
  private let arguments: CStrings
  private let environment: CStrings
  private let directory: CStrings?
  /// Kept open until the child has entered it.
  private let folder: Program.Folder?
  private let limits: UnsafeMutableBufferPointer<bobbin_rlimit>
  /// Kept open until the child has written to them.
  private let joined: [Descriptor]
  private let joins: UnsafeMutableBufferPointer<Int32>
  /// Kept open until the child is in it.
  private let smallRoot: SmallRoot?
  private let kept: UnsafeMutableBufferPointer<Int32>
  private let given: UnsafeMutableBufferPointer<bobbin_given>

  var spec: bobbin_spawn {
    get { storage.pointee }
    set { storage.pointee = newValue }
  }

  init(_ program: Program) {
    name = program.arguments.first ?? ""
    paths = CStrings(program.paths)
    arguments = CStrings(program.arguments)
    environment = CStrings(program.environment)
    folder = program.folder
    if case .path(let path) = program.folder { directory = CStrings([path]) } else { directory = nil }
    limits = .allocate(capacity: program.limits.count)
    _ = limits.initialize(
      from: program.limits.map { bobbin_rlimit(resource: $0.resource, soft: $0.value, hard: $0.hard) })
    joined = program.joins
    joins = .allocate(capacity: joined.count)
    _ = joins.initialize(from: joined.map(\.number))
    smallRoot = program.smallRoot
    kept = Self.buffer(program.kept.map(\.number))
    given = Self.buffer(
      program.given.map { bobbin_given(fd: $0.descriptor.number, is_folder: $0.isFolder ? 1 : 0) })
    storage = .allocate(capacity: 1)
    storage.initialize(to: bobbin_spawn())
    spec.paths = paths.constant
    spec.argv = UnsafePointer(arguments.pointer)
    spec.envp = UnsafePointer(environment.pointer)
    spec.limits = UnsafePointer(limits.baseAddress)
    spec.limit_count = Int32(limits.count)
    spec.joins = UnsafePointer(joins.baseAddress)
    spec.join_count = Int32(joins.count)
    spec.directory = directory?.pointer.pointee.map { UnsafePointer($0) }
    spec.directory_fd = -1
    (spec.kept, spec.kept_count) = (UnsafePointer(kept.baseAddress), Int32(kept.count))
    (spec.given, spec.given_count) = (UnsafePointer(given.baseAddress), Int32(given.count))
    spec.small_root = smallRoot?.descriptor.number ?? -1
    (spec.changes_user, spec.user) = (program.user == nil ? 0 : 1, program.user ?? 0)
    spec.dies_with_parent = program.diesWithParent ? 1 : 0
    spec.ignored = program.ignoredSignals ?? Signals.ignored()
    if case .open(let folder) = program.folder { spec.directory_fd = folder.descriptor.number }
    spec.stack_size = Int(BOBBIN_SPAWN_STACK)
    // What malloc(3) gives: where it starts the child, the stack is aligned as the ABI wants it.
    spec.stack = .allocate(byteCount: spec.stack_size, alignment: 16)
  }

  deinit {
    // Never let go before the child was reaped; if it were, a leak is better than a child on memory that is another's.
    guard storage.pointee.before_exec == 0 || pid <= 0 else { return }
    storage.pointee.stack.deallocate()
    storage.deallocate()
    limits.deallocate()
    joins.deallocate()
    kept.deallocate()
    given.deallocate()
    for strings in [paths, arguments, environment] { strings.deallocate() }
    directory?.deallocate()
  }

  private static func buffer<Element>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
    let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
    _ = buffer.initialize(from: elements)
    return buffer
  }

  func begin() throws(Program.Failure) {
    pid = bobbin_spawn_program(storage)
    if pid <= 0 { throw failure ?? Program.Failure(stage: .fork, cause: SystemError(call: "spawn", code: spec.error)) }
  }

  /// Why the program was not executed; nil if it was. Asked when the child was reaped.
  public var failure: Program.Failure? {
    guard spec.error != 0 else { return nil }
    let stage = Program.Failure.Stage(rawValue: spec.stage) ?? .execute
    let call = stage == .execute ? "execve" : stage == .join ? "write" : "spawn"
    return Program.Failure(stage: stage, cause: SystemError(call: call, code: spec.error))
  }
}

/// A C array of C strings in two allocations, whatever their number. Whoever made it deallocates it.
private struct CStrings {
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
      var string = string
      next = string.withUTF8 { text in
        text.withMemoryRebound(to: CChar.self) { bytes in
          if let start = bytes.baseAddress { next.initialize(from: start, count: bytes.count) }
        }
        return next + text.count
      }
      next.pointee = 0
      next += 1
    }
    pointer[strings.count] = nil
  }

  func deallocate() {
    bytes.deallocate()
    pointer.deallocate()
  }

  /// The same pointers, seen as constant ones.
  var constant: UnsafePointer<UnsafePointer<CChar>?> {
    UnsafeRawPointer(pointer).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
  }
}
