import Jobs
import Platform

/// Makes what umoci has unpacked fit to be mounted read-only as `/` of a sandbox.
///
/// umoci 0.4.7 with `--rootless` makes no device and changes no owner, also as root; but it makes FIFOs and leaves setuid and
/// setgid bits as they are (seen 2026-11-26). All here goes by descriptors and never through a link.
struct ImageRoot {
  /// Where the sandbox mounts something of its own: a link there would let the mount land elsewhere.
  static let folders = ["proc", "dev", "dev/shm", "tmp", "run", "bobbin", "etc"]
  /// What it mounts over in /etc.
  static let files = ["hosts", "resolv.conf", "passwd", "group"]
  /// Folders in folders; each is one open file.
  private static let deepest = 110
  /// What a name costs at least: its entry and its inode. A million empty files are not free.
  private static let perName: Int64 = 4096

  private let root: Folder
  private let limit: Int64
  private var bytes: Int64 = 0
  private var names: Int64 = 0
  private var counted: Set<UInt64> = []

  private init(_ root: Folder, limit: Int64) {
    self.root = root
    self.limit = limit
  }

  /// Tidies a root.
  ///
  /// - Returns: what it takes of the disk.
  /// - Throws: `tooLarge` when that is more than it may, or has more folders in folders than anybody makes; `system`.
  static func makeReady(_ root: Folder, limit: ByteCount) throws(ImageFailure) -> ByteCount {
    var tidying = ImageRoot(root, limit: limit.bytes)
    let fits: Bool
    do throws(SystemError) {
      try root.descriptor.removeAttributes()
      fits = try tidying.tidy(root, depth: 0)
    } catch { throw .system(error) }
    guard fits else { throw .tooLarge(limit: limit) }
    do throws(SystemError) {
      for path in folders { try tidying.makeFolder(path) }
      let etc = try root.folder("etc")
      for name in files { try tidying.makeFile(name, in: etc) }
      // Everybody who can reach it at all: `state` above it is closed to others.
      try root.setMode(0o755)
    } catch { throw .system(error) }
    return ByteCount(tidying.bytes)
  }

  /// - Returns: false when it takes too much.
  private mutating func tidy(_ folder: Folder, depth: Int) throws(SystemError) -> Bool {
    var names: [[UInt8]] = []
    try folder.forEachName { name, _ in names.append(Array(name)) }
    self.names += Int64(names.count)
    guard depth <= Self.deepest, bytes + self.names * Self.perName <= limit else { return false }
    for name in names {
      guard let status = try folder.status(name) else { continue }
      switch status.kind {
      case .link: bytes += status.allocated
      case .other: try folder.remove(name)
      case .file:
        if status.linkCount > 1, !counted.insert(status.inode).inserted { continue }
        bytes += status.allocated
        try setRights(0o400 | status.mode & 0o777, of: name, status, in: folder)
        try folder.open(name).removeAttributes()
      case .folder:
        bytes += status.allocated
        try setRights(0o700 | status.mode & 0o1777, of: name, status, in: folder)
        let inner = try folder.folder(name)
        try inner.descriptor.removeAttributes()
        guard try tidy(inner, depth: depth + 1) else { return false }
      }
    }
    return true
  }

  /// Takes setuid and setgid away, and lets its owner read it: so that it can be looked at, and removed, by an ordinary user.
  private func setRights(_ mode: UInt32, of name: [UInt8], _ status: FileStatus, in folder: Folder) throws(SystemError)
  {
    if status.mode != mode { try folder.setMode(mode, of: name) }
  }

  /// A real folder, whatever was there.
  private func makeFolder(_ path: String) throws(SystemError) {
    var folder = root
    for name in path.split(separator: "/").map(String.init) {
      if let status = try folder.status(name), status.kind != .folder { try folder.remove(name) }
      if try folder.makeFolder(name, mode: 0o755) { try folder.setMode(0o755, of: Array(name.utf8)) }
      folder = try folder.folder(name)
    }
  }

  /// A regular file of one name: writing through another name of it is nobody's, but mounting over it must be over this one.
  private func makeFile(_ name: String, in folder: Folder) throws(SystemError) {
    if let status = try folder.status(name) {
      if status.kind == .file { return }
      try Tree.remove(name, in: folder)
    }
    try folder.create(name, mode: 0o644).setMode(0o644)
  }
}
