import Platform

/// A file system that clones files in one moment, in a file of its own, and the disks that lie in it as files.
///
/// FICLONE (ioctl_ficlone(2)) keeps writers out of the file, brings what was written to its blocks, and then shares them: the
/// clone holds every write that the loop driver had done when it began, flushed or not, and none that came later.
struct Holder {
  /// What makes the clones.
  enum Kind: String, Sendable { case xfs, btrfs }

  private static let size: Int64 = 8 << 30
  /// Of a disk.
  private static let diskSize: Int64 = 256 << 20

  private let ground: String
  private let tool: SystemTool
  private var path: String { ground + "/holder" }

  /// Makes and mounts it in the folder.
  init(_ kind: Kind, in place: Folder) throws {
    (ground, tool) = (place.path, SystemTool(place: place))
    let file = ground + "/holder.img"
    try tool.run(["truncate", "--size", "\(Self.size)", file])
    try tool.run(kind == .xfs ? ["mkfs.xfs", "-q", "-m", "reflink=1", file] : ["mkfs.btrfs", "-q", file])
    try FileSystem.makeFolders(path: path)
    try tool.run(["mount", "-o", "loop", file, path])
    // Every disk is a clone of this one. Its tables are written now and not by a thread of the kernel's later.
    try tool.run(["truncate", "--size", "\(Self.diskSize)", path + "/new"])
    try tool.run([
      "mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", path + "/new",
    ])
  }

  /// Unmounts it.
  func close() throws { try unmount(path) }

  /// A new disk with an empty ext4.
  func makeDisk(_ name: String) throws { try clone("new", as: name) }

  /// The disk as it is at one moment.
  func clone(_ name: String, as other: String) throws {
    try tool.run(["cp", "--reflink=always", "\(path)/\(name)", "\(path)/\(other)"])
  }

  func remove(_ name: String) throws { try Folder(path: path).remove(name) }

  /// Leaves a disk where it outlives this.
  func keep(_ name: String, as file: String) throws {
    try tool.run(["cp", "--sparse=always", "\(path)/\(name)", file])
  }

  /// ext4 with what it does by itself: data=ordered, a commit each 5 s. The kernel replays the journal.
  ///
  /// - Throws: a disk that the kernel does not take tells nothing of whoever wrote to it.
  func mount(_ name: String, at path: String) throws {
    try FileSystem.makeFolders(path: path)
    try tool.run(["mount", "-t", "ext4", "-o", "loop", "\(self.path)/\(name)", path])
  }

  /// As soon as nobody uses it any more.
  func unmount(_ path: String) throws {
    try wait("\(path) is in use") { try tool.end(["umount", path]) == .exited(0) }
  }

  /// Unmounts a disk, and waits until it is detached: a namespace that is being taken down may have it mounted a moment
  /// longer, and what is written last is then not in the file.
  func unmount(_ name: String, at path: String) throws {
    try unmount(path)
    try wait("\(name) is attached") { try !isAttached("\(self.path)/\(name)") }
  }

  private func wait(_ what: String, until isDone: () throws -> Bool) throws {
    var patience = Patience(nanoseconds: 20_000_000_000)
    while try !isDone() {
      guard !patience.isOver() else { throw TortureError.machine("\(what) for 20 s") }
      Clock.wait(nanoseconds: 10_000_000)
    }
  }

  /// Whether a loop device has the file, as sysfs(5) tells.
  private func isAttached(_ file: String) throws -> Bool {
    let devices = try Folder(path: "/sys/block").names().filter { $0.hasPrefix("loop") }
    return devices.contains { device in
      // Of a free one there is no such file.
      let text = (try? FileSystem.openForReading(path: "/sys/block/\(device)/loop/backing_file").readChunk(4096)) ?? []
      return String(decoding: text.dropLast(), as: UTF8.self) == file
    }
  }

  /// Whether its journal tells of something that is not in its place yet: INCOMPAT_RECOVER in the superblock.
  func needsReplay(_ name: String) throws -> Bool {
    let file = try Folder(path: path).open(name)
    let superblock = try file.readChunk(2048).dropFirst(1024)
    guard superblock.count == 1024, superblock[1024 + 0x38] == 0x53, superblock[1024 + 0x39] == 0xEF else {
      throw TortureError.machine("\(name) is no ext4")
    }
    return superblock[1024 + 0x60] & 0x4 != 0
  }

  /// - Throws: when the file system in it is not whole, after it was unmounted: then the cut was none.
  func check(_ name: String) throws { try tool.run(["e2fsck", "-f", "-n", "\(path)/\(name)"]) }
}
