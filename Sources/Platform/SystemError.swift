#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A system call that failed: which, with what, and on what.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The call as its manual page names it.
  public let call: String
  /// errno(3), taken in the throw itself.
  public let code: Int32
  /// What it was asked about, where there is a name.
  public let path: String?

  public init(call: String, code: Int32 = errno, path: String? = nil) {
    self.call = call
    self.code = code
    self.path = path
  }

  /// The code's sentence, strerror(3).
  public var reason: String { String(cString: strerror(code)) }

  public var description: String { path.map { "\(call) \($0): \(reason)" } ?? "\(call): \(reason)" }

  public var isMissing: Bool { code == ENOENT }
  public var isTaken: Bool { code == EEXIST || code == ENOTEMPTY }
  public var isNoFolder: Bool { code == ENOTDIR }
  /// A folder where a file was to be replaced or removed; unlink(2) of POSIX says EPERM, Linux EISDIR.
  public var isFolder: Bool { code == EISDIR }
  public var isLink: Bool { code == ELOOP }
  public var isNotPermitted: Bool { code == EACCES || code == EPERM }
  /// Not even its owner may: immutable files, others' files in a sticky folder.
  public var isForbidden: Bool { code == EPERM }
  public var isCrossDevice: Bool { code == EXDEV }
  public var isBusy: Bool { code == EWOULDBLOCK || code == EAGAIN || code == EBUSY }
  /// Somebody has the program open for writing: it is being installed.
  public var isBeingWritten: Bool { code == ETXTBSY }
  /// No room: the disk, the quota, or the inodes.
  public var isFull: Bool { code == ENOSPC || code == EDQUOT }
  /// No descriptors or memory at this moment.
  public var isExhausted: Bool { code == EMFILE || code == ENFILE || code == ENOMEM }

  /// A process that ended while it was looked at.
  public var isGone: Bool { code == ESRCH }
  /// Nobody reads the other end any more.
  public var isClosedPipe: Bool { code == EPIPE }

  /// A socket, or a device without a driver: opening it makes no sense.
  public var isNoDevice: Bool { code == ENXIO || code == ENODEV }
  /// There is no file to be read: nothing, or a link, a folder, a device, which nobody of ours makes in its place.
  public var isNoFile: Bool { isMissing || isLink || isFolder || isNoDevice }
  public var isTooLong: Bool { code == E2BIG }
  public var isInvalid: Bool { code == EINVAL }

  public static let inputOutput: Int32 = EIO
  public static let noSpace: Int32 = ENOSPC
  public static let taken: Int32 = EEXIST
  public static let busy: Int32 = EBUSY
  public static let invalid: Int32 = EINVAL
  public static let missing: Int32 = ENOENT
  public static let noPermission: Int32 = EACCES
  public static let noExecutableFormat: Int32 = ENOEXEC

  /// The number behind a name such as "EIO"; nil if it is not one that tests inject.
  public static func code(named name: String) -> Int32? {
    switch name {
    case "EIO": EIO
    case "ENOSPC": ENOSPC
    case "EMFILE": EMFILE
    case "ENOMEM": ENOMEM
    case "EACCES": EACCES
    case "EROFS": EROFS
    case "EDQUOT": EDQUOT
    default: nil
    }
  }
}

/// Calls until the answer is not EINTR, and throws errno for −1.
@discardableResult
@inline(__always)
func check<T: FixedWidthInteger & SignedInteger>(
  _ call: String, _ path: @autoclosure () -> String? = nil, _ body: () -> T
) throws(SystemError) -> T {
  while true {
    let answer = body()
    if answer >= 0 { return answer }
    if errno != EINTR { throw SystemError(call: call, path: path()) }
  }
}
