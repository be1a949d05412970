#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import CPlatform

/// Questions about a file system as a whole, and calls that act on all of it.
public enum FileSystem {
  /// syncfs(2): everything written to and renamed in the file system that holds the folder is on the disk. Linux 5.8 and
  /// later report a write that failed since the last call through this descriptor.
  public static func syncAll(_ folder: Folder) throws(SystemError) {
    #if os(Linux)
      try check("syncfs", folder.path) { bobbin_syncfs(folder.descriptor.number) }
    #else
      try folder.descriptor.sync()
    #endif
  }

  /// Whether somebody has the file open for writing; nil where the kernel cannot be asked (F_SETLEASE of a file of
  /// another user, or a file system without leases).
  public static func hasWriter(_ file: Descriptor) -> Bool? {
    #if os(Linux)
      switch bobbin_has_writer(file.number) {
      case 1: true
      case 0: false
      default: nil
      }
    #else
      nil
    #endif
  }

  /// Name of a file system on which another machine's writes, locks and renames are not seen as ours are: "nfs", "smb",
  /// "fuse" …; nil for a local one. The numbers are those of statfs(2) and linux/magic.h.
  public static func networkName(magic: Int) -> String? {
    switch magic {
    case 0x6969: "nfs"
    case 0x517B, 0xFE53_4D42, 0xFF53_4D42: "smb"
    case 0x6573_5546: "fuse"
    case 0x0102_1997: "9p"
    case 0x00C3_6400: "ceph"
    case 0x5346_414F, 0x6B41_4653: "afs"
    case 0x0BD0_0BD0: "lustre"
    case 0x0116_1970: "gfs2"
    case 0x7461_636F: "ocfs2"
    default: nil
    }
  }

  /// `networkName` of the file system that holds the folder.
  public static func networkName(of folder: Folder) throws(SystemError) -> String? {
    #if os(Linux)
      var raw = statfs()
      try check("fstatfs", folder.path) { fstatfs(folder.descriptor.number, &raw) }
      return networkName(magic: Int(raw.f_type) & 0xFFFF_FFFF)
    #else
      return nil
    #endif
  }

  /// The path without links, realpath(3).
  public static func realPath(_ path: String) throws(SystemError) -> String {
    guard let raw = realpath(path, nil) else { throw SystemError(call: "realpath", path: path) }
    defer { free(raw) }
    return String(cString: raw)
  }

  /// What a symbolic link says, readlink(2).
  public static func linkTarget(_ path: String) throws(SystemError) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = try check("readlink", path) { readlink(path, &buffer, buffer.count) }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Where an open folder is now, without links: /proc/self/fd, F_GETPATH. Of one that was deleted Linux answers a path
  /// that is not there.
  public static func path(of folder: Folder) throws(SystemError) -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    #if os(Linux)
      let count = try check("readlink") {
        buffer.withUnsafeMutableBytes {
          readlink("/proc/self/fd/\(folder.descriptor.number)", $0.baseAddress.unsafelyUnwrapped, $0.count)
        }
      }
    #else
      try check("fcntl F_GETPATH") {
        buffer.withUnsafeMutableBytes { fcntl(folder.descriptor.number, F_GETPATH, $0.baseAddress) }
      }
      let count = buffer.firstIndex(of: 0) ?? buffer.count
    #endif
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// lstat(2) by path; nil if there is nothing.
  public static func status(path: String, following: Bool = false) throws(SystemError) -> FileStatus? {
    var raw = stat()
    if fstatat(AT_FDCWD, path, &raw, following ? 0 : AT_SYMLINK_NOFOLLOW) == 0 { return FileStatus(raw) }
    if errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG { return nil }
    throw SystemError(call: "stat", path: path)
  }

  /// Makes a folder and those above it that are missing, mkdir(2).
  public static func makeFolders(path: String, mode: UInt32 = 0o700) throws(SystemError) {
    if mkdir(path, mode_t(mode)) == 0 { return }
    if errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw SystemError(call: "mkdir", path: path)
    }
    try makeFolders(path: String(path[..<slash]), mode: mode)
    if mkdir(path, mode_t(mode)) != 0, errno != EEXIST { throw SystemError(call: "mkdir", path: path) }
  }

  /// Removes an empty folder, rmdir(2).
  public static func removeFolder(path: String) throws(SystemError) { try check("rmdir", path) { rmdir(path) } }

  /// Opens any file by path for reading, links followed: for files that the person who calls named.
  public static func openForReading(path: String) throws(SystemError) -> Descriptor {
    Descriptor(owning: try check("open", path) { open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) })
  }

  /// Opens what a program is to read: a regular file or a device such as /dev/null, links followed. Never waits: the open
  /// of a pipe would until somebody writes, and a runner has one thread.
  ///
  /// - Throws: `ENOTSUP` for folders, pipes and sockets.
  public static func openInput(path: String) throws(SystemError) -> Descriptor {
    let file = Descriptor(owning: try check("open", path) { open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) })
    var raw = stat()
    try check("fstat", path) { fstat(file.number, &raw) }
    guard raw.st_mode & S_IFMT == S_IFREG || raw.st_mode & S_IFMT == S_IFCHR else {
      throw SystemError(call: "open", code: ENOTSUP, path: path)
    }
    try check("fcntl", path) { fcntl(file.number, F_SETFL, 0) }
    return file
  }

  /// /dev/null, for reading and writing.
  public static func openNull() throws(SystemError) -> Descriptor {
    Descriptor(owning: try check("open", "/dev/null") { open("/dev/null", O_RDWR | O_CLOEXEC) })
  }

  /// A file without a name that holds these bytes, read from the start: a job's standard input, whatever its length.
  public static func memoryFile(_ bytes: [UInt8]) throws(SystemError) -> Descriptor {
    #if os(Linux)
      let file = Descriptor(owning: try check("memfd_create") { bobbin_memory_file("stdin") })
    #else
      var template = Array("/tmp/bobbinXXXXXX".utf8CString)
      let file = Descriptor(owning: try check("mkstemp") { mkstemp(&template) })
      unlink(template)
    #endif
    try file.write(bytes)
    try check("lseek") { lseek(file.number, 0, SEEK_SET) }
    return file
  }

  private static var temporaryBase: String {
    Machine.environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
  }

  /// Removes empty folders of ours under TMPDIR or /tmp that `makeTemporaryFolder` made and whose maker was killed; says how
  /// many there were.
  ///
  /// - Parameters:
  ///   - prefix: of their names; - age: since their last change, ns, so that nobody's who still lives is taken.
  public static func sweepTemporaryFolders(prefix: String, olderThan age: Int64) -> Int {
    // What cannot be looked at or removed does no harm.
    guard let folder = try? Folder(path: temporaryBase), let names = try? folder.names() else { return 0 }
    let now = Clock.wall()
    var count = 0
    for name in names where name.hasPrefix(prefix) {
      guard let status = (try? folder.status(name)) ?? nil, status.kind == .folder, now - status.changed > age else {
        continue
      }
      if (try? folder.removeFolder(name)) != nil { count += 1 }
    }
    return count
  }

  /// A new folder under TMPDIR or /tmp that only this user can enter, mkdtemp(3).
  public static func makeTemporaryFolder(prefix: String) throws(SystemError) -> String {
    let base = temporaryBase
    var template = Array((base + "/" + prefix + "XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError(call: "mkdtemp", path: base) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
