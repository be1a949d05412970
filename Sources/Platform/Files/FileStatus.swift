#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What stat(2) says of a file.
public struct FileStatus: Equatable, Sendable {
  public enum Kind: Sendable { case file, folder, link, other }

  public let kind: Kind
  public let size: Int64
  /// What it takes of the disk, bytes: less than `size` where it has holes.
  public let allocated: Int64
  public let device: UInt64
  public let inode: UInt64
  public let owner: UInt32
  public let group: UInt32
  /// Permission bits, setuid, setgid and sticky among them.
  public let mode: UInt32
  /// Last change of the content, ns since 1970.
  public let modified: Int64
  /// Last change of content, name or rights, ns since 1970: when a dropped file arrived.
  public let changed: Int64
  public let linkCount: UInt64

  init(_ raw: stat) {
    kind =
      switch raw.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    size = Int64(raw.st_size)
    allocated = Int64(raw.st_blocks) * 512
    device = UInt64(raw.st_dev)
    inode = UInt64(raw.st_ino)
    owner = raw.st_uid
    group = raw.st_gid
    mode = UInt32(raw.st_mode) & 0o7777
    linkCount = UInt64(raw.st_nlink)
    #if canImport(Darwin)
      modified = Self.nanoseconds(raw.st_mtimespec)
      changed = Self.nanoseconds(raw.st_ctimespec)
    #else
      modified = Self.nanoseconds(raw.st_mtim)
      changed = Self.nanoseconds(raw.st_ctim)
    #endif
  }

  /// The device as major and minor number, as statx(2) gives it, in one: the upper and the lower 32 bits. Linux's own
  /// encoding, makedev(3), is another.
  public var deviceNumbers: UInt64 {
    let major = (device >> 8 & 0xFFF) | (device >> 32 & 0xFFFF_F000)
    let minor = (device & 0xFF) | (device >> 12 & 0xFFFF_FF00)
    return major << 32 | minor
  }

  /// Held at the ends of what Int64 nanoseconds hold (1677 to 2262): file systems know later years, and a due time there
  /// must not come out as one long past.
  private static func nanoseconds(_ time: timespec) -> Int64 {
    let (product, tooLarge) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, tooLargeNow) = product.addingReportingOverflow(Int64(time.tv_nsec))
    return tooLarge || tooLargeNow ? (time.tv_sec < 0 ? .min : .max) : sum
  }

  /// The same bytes as far as the file system can tell without reading them.
  public func sameContent(as other: FileStatus) -> Bool {
    inode == other.inode && device == other.device && size == other.size && modified == other.modified
  }

  /// The same file with nothing changed in it, neither content nor rights nor, of a folder, names.
  public func isSame(as other: FileStatus) -> Bool { sameContent(as: other) && changed == other.changed }

  /// Whether any later change is sure to carry another change time, which nobody can set.
  ///
  /// - Parameter wall: now, ns since 1970.
  public func isSettled(at wall: Int64) -> Bool {
    let (age, isFarOff) = wall.subtractingReportingOverflow(changed)
    return isFarOff || age.magnitude >= UInt64(Clock.fileTimeGrain * 2)
  }
}
