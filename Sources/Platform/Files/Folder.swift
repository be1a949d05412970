#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import CPlatform
import Synchronization

/// An open folder, through which names in it are reached without following links (openat(2), O_NOFOLLOW). What is renamed
/// above it does not matter.
///
/// Names are bytes: `String` where the caller made them, `[UInt8]` where they were read from a disk.
public struct Folder: Sendable {
  public let descriptor: Descriptor
  /// For messages only.
  public let path: String
  #if DEBUG
    /// Counts what is asked about names in this folder and in those opened from it, a listing once: tests of what something
    /// costs count calls and not time. Default nil.
    public var looks: LookCounter?
  #endif

  public init(_ descriptor: Descriptor, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Opens a folder by path; links in the path are followed (a spool may stand behind one).
  public init(path: String) throws(SystemError) {
    self.init(
      Descriptor(owning: try check("open", path) { openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }),
      path: path)
  }

  var number: Int32 { descriptor.number }
  private func said(_ name: String) -> String { path + "/" + name }

  /// Opens a folder in this one.
  public func folder(_ name: String) throws(SystemError) -> Folder {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
    let descriptor = Descriptor(owning: try check("open", said(name)) { openat(number, name, flags) })
    var folder = Folder(descriptor, path: said(name))
    #if DEBUG
      folder.looks = looks
    #endif
    return folder
  }

  public func folder(_ name: [UInt8]) throws(SystemError) -> Folder {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
    return Folder(
      Descriptor(owning: try check("open", path) { withPath(name) { openat(number, $0, flags) } }), path: path)
  }

  /// Opens a folder that belongs to this one's mount. Throws `isCrossDevice` where something is mounted on it: what is there
  /// is not of this tree.
  func folder(ofSameMount name: [UInt8]) throws(SystemError) -> Folder {
    #if os(Linux)
      let shown = said(String(decoding: name, as: UTF8.self))
      return Folder(
        Descriptor(owning: try check("open", shown) { withPath(name) { bobbin_open_same_mount(number, $0) } }),
        path: shown)
    #else
      let inner = try folder(name)
      guard try inner.descriptor.status().device == descriptor.status().device else {
        throw SystemError(call: "open", code: EXDEV, path: inner.path)
      }
      return inner
    #endif
  }

  /// Opens for reading: never through a link, never waiting for a FIFO's writer. The caller asks `status()` for the kind.
  public func open(_ name: String) throws(SystemError) -> Descriptor {
    let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    return Descriptor(owning: try check("open", said(name)) { openat(number, name, flags) })
  }

  /// - Parameter isUnnoticed: reading it leaves no access time behind, as far as the file is ours (O_NOATIME, open(2)). For
  ///   those of which there are many: each time is a block to be written with the next sync of all.
  public func open(_ name: [UInt8], isUnnoticed: Bool = false) throws(SystemError) -> Descriptor {
    let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    return Descriptor(
      owning: try check("open", said(String(decoding: name, as: UTF8.self))) {
        withPath(name) { path in
          #if os(Linux)
            isUnnoticed ? bobbin_open_unnoticed(number, path, flags) : openat(number, path, flags)
          #else
            openat(number, path, flags)
          #endif
        }
      })
  }

  /// Creates; throws `isTaken` if the name is there.
  public func create(_ name: String, mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
    let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    return Descriptor(owning: try check("open", said(name)) { openat(number, name, flags, mode_t(mode)) })
  }

  /// A file without a name, on the disk of this folder: gone when it is closed.
  public func createUnnamed() throws(SystemError) -> Descriptor {
    let name = ".unnamed.\(Machine.processID).\(UInt64.random(in: 0 ... .max))"
    let file = try create(name)
    try remove(name)
    return file
  }

  /// Opens for appending, creates if missing. Never waits: a FIFO that nobody reads is `ENXIO`.
  public func append(_ name: String, mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    return Descriptor(owning: try check("open", said(name)) { openat(number, name, flags, mode_t(mode)) })
  }

  /// Opens for reading and writing, creates if missing.
  public func update(_ name: String, mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    return Descriptor(owning: try check("open", said(name)) { openat(number, name, flags, mode_t(mode)) })
  }

  /// lstat(2) of a name; nil if there is none.
  public func status(_ name: String) throws(SystemError) -> FileStatus? {
    noteLook()
    var raw = stat()
    if fstatat(number, name, &raw, AT_SYMLINK_NOFOLLOW) == 0 { return FileStatus(raw) }
    if errno == ENOENT || errno == ENAMETOOLONG { return nil }
    throw SystemError(call: "fstatat", path: said(name))
  }

  public func status(_ name: [UInt8]) throws(SystemError) -> FileStatus? {
    var raw = stat()
    if withPath(name, { fstatat(number, $0, &raw, AT_SYMLINK_NOFOLLOW) }) == 0 { return FileStatus(raw) }
    if errno == ENOENT || errno == ENAMETOOLONG { return nil }
    throw SystemError(call: "fstatat", path: path)
  }

  /// Whether the name is there at all, whatever it is. A name too long for the file system is not.
  ///
  /// - Throws: where that cannot be told: what cannot be looked at is not missing.
  public func has(_ name: String) throws(SystemError) -> Bool {
    noteLook()
    if faccessat(number, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 { return true }
    if errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG { return false }
    throw SystemError(call: "faccessat", path: said(name))
  }

  func noteLook() {
    #if DEBUG
      looks?.note()
    #endif
  }

  /// Moves without ever overwriting, renameat2(2) RENAME_NOREPLACE. Throws `isMissing`, `isTaken`.
  public func move(_ name: String, to folder: Folder, as newName: String) throws(SystemError) {
    #if os(Linux)
      try check("rename", said(name)) { bobbin_rename_new(number, name, folder.number, newName) }
    #else
      try check("rename", said(name)) { renameatx_np(number, name, folder.number, newName, UInt32(RENAME_EXCL)) }
    #endif
  }

  public func move(_ name: [UInt8], to folder: Folder, as newName: String) throws(SystemError) {
    #if os(Linux)
      try check("rename", path) { withPath(name) { bobbin_rename_new(number, $0, folder.number, newName) } }
    #else
      try check("rename", path) {
        withPath(name) { renameatx_np(number, $0, folder.number, newName, UInt32(RENAME_EXCL)) }
      }
    #endif
  }

  public func move(_ name: [UInt8], to folder: Folder, as newName: [UInt8]) throws(SystemError) {
    try check("rename", path) {
      withPath(name) { old in
        withPath(newName) { new in
          #if os(Linux)
            bobbin_rename_new(number, old, folder.number, new)
          #else
            renameatx_np(number, old, folder.number, new, UInt32(RENAME_EXCL))
          #endif
        }
      }
    }
  }

  /// Moves over whatever is there, renameat(2): for records and files of ours only.
  public func replace(_ name: String, with other: String) throws(SystemError) {
    try check("rename", said(other)) { renameat(number, other, number, name) }
  }

  public func remove(_ name: String) throws(SystemError) {
    try check("unlink", said(name)) { unlinkat(number, name, 0) }
  }

  public func remove(_ name: [UInt8]) throws(SystemError) {
    try check("unlink", path) { withPath(name) { unlinkat(number, $0, 0) } }
  }

  public func removeFolder(_ name: [UInt8]) throws(SystemError) {
    try check("rmdir", path) { withPath(name) { unlinkat(number, $0, AT_REMOVEDIR) } }
  }

  public func removeFolder(_ name: String) throws(SystemError) {
    try check("rmdir", said(name)) { unlinkat(number, name, AT_REMOVEDIR) }
  }

  /// Makes a folder; false if one was there.
  @discardableResult
  public func makeFolder(_ name: String, mode: UInt32 = 0o700) throws(SystemError) -> Bool {
    if mkdirat(number, name, mode_t(mode)) == 0 { return true }
    if errno == EEXIST { return false }
    throw SystemError(call: "mkdir", path: said(name))
  }

  /// Sets a file's content time: a deferred job's due time, ns since 1970.
  public func setModified(_ name: String, to nanoseconds: Int64) throws(SystemError) {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let times = [timespec(tv_sec: 0, tv_nsec: omitTime), timespec(tv_sec: Int(seconds), tv_nsec: Int(rest))]
    try check("utimensat", said(name)) { utimensat(number, name, times, AT_SYMLINK_NOFOLLOW) }
  }

  /// Free bytes for this user, statvfs(3).
  public func freeBytes() throws(SystemError) -> Int64 {
    var raw = statvfs()
    try check("fstatvfs", path) { fstatvfs(number, &raw) }
    let (bytes, overflow) = Int64(raw.f_bavail).multipliedReportingOverflow(by: Int64(raw.f_frsize))
    return overflow ? .max : bytes
  }

  /// fchown(2) of the folder itself, to a user and the group of the same number.
  public func setOwner(_ user: UInt32) throws(SystemError) {
    try check("fchown", path) { fchown(number, user, user) }
  }

  /// Gives a folder in this one mode 0700, whatever it refuses now; never through a link.
  public func openUp(_ name: [UInt8]) throws(SystemError) {
    #if os(Linux)
      // O_PATH asks for no right to the folder; fchmod(2) does not take such a descriptor, its name in /proc does.
      let flags = bobbin_o_path() | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
      let inner = Descriptor(owning: try check("open", path) { withPath(name) { openat(number, $0, flags) } })
      try check("chmod", path) { withExtendedLifetime(inner) { chmod("/proc/self/fd/\(inner.number)", 0o700) } }
    #else
      try check("fchmodat", path) { withPath(name) { fchmodat(number, $0, 0o700, AT_SYMLINK_NOFOLLOW) } }
    #endif
  }

  /// fchmod(2) of the folder itself.
  public func setMode(_ mode: UInt32) throws(SystemError) {
    try check("fchmod", path) { fchmod(number, mode_t(mode)) }
  }
}

#if DEBUG
  /// How often a folder was asked about a name.
  public final class LookCounter: Sendable {
    private let counter = Atomic(0)

    public init() {}

    /// Looks so far.
    public var count: Int { counter.load(ordering: .relaxed) }

    func note() { counter.add(1, ordering: .relaxed) }
  }
#endif

#if canImport(Darwin)
  private let omitTime = Int(UTIME_OMIT)
#else
  private let omitTime = (1 << 30) - 2  // UTIME_OMIT, a macro with a cast that is not imported
#endif

/// A null-terminated copy of a name read from a disk, for the length of one call.
func withPath<T>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> T) -> T {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: name.count + 1) { buffer in
    for (index, byte) in name.enumerated() { buffer[index] = CChar(bitPattern: byte) }
    buffer[name.count] = 0
    // Not a force: an allocation of at least one element has an address.
    return body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
  }
}
