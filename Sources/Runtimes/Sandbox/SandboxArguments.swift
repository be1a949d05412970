import Jobs
import Platform

/// The arguments of bwrap(1) for one run. Pure but for the files it opens; what it opens stays open in the program.
struct SandboxArguments {
  /// NUL-separated, for `--args`.
  private(set) var words: [String] = []
  /// To be kept open in bwrap, under their numbers.
  private(set) var kept: [Descriptor] = []
  /// To be given to a bwrap under another user.
  private(set) var given: [Program.Given] = []
  /// The root is the image itself, read-only.
  private var isImageMounted = false
  /// Whether bwrap runs under another user than this process: a folder is then given as a mount, else as a descriptor.
  private let isOtherUser: Bool

  /// - Parameters:
  ///   - filter: the bytes of a `SeccompProgram`; - hidesUserNamespaces: `--disable-userns`.
  init(
    _ places: Launch.Places, mounts: [CheckedMount], root: SandboxRoot, initProgram: Descriptor, filter: Descriptor,
    isOtherUser: Bool,
    disablesUserNamespaces: Bool
  ) throws(SystemError) {
    self.isOtherUser = isOtherUser
    words = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"]
    if !places.hasHostNetwork { words.append("--unshare-net") }
    if disablesUserNamespaces { words.append("--disable-userns") }
    words += ["--uid", "\(SandboxRoot.user)", "--gid", "\(SandboxRoot.user)", "--hostname", "bobbin"]
    words += ["--die-with-parent", "--as-pid-1", "--cap-drop", "ALL"]
    if let image = places.root {
      try add(image, for: mounts)
    } else {
      for path in ["/etc", "/run"] { words += ["--perms", "0755", "--dir", path] }
      for entry in root.entries { try add(entry) }
    }
    words += ["--proc", "/proc", "--dev", "/dev"]
    // Every place that can be written to has a limit: the root and /dev are closed at the end.
    let size = "\((places.scratch ?? SandboxRuntime.defaultScratch).bytes)"
    for path in ["/tmp", "/dev/shm"] { words += ["--perms", "1777", "--size", size, "--tmpfs", path] }
    if let plan = places.box {
      // Only there are queues seen that a job left, and taken away (`LaunchFile.setCleared`).
      if Self.hasQueues { words += ["--mqueue", "/dev/mqueue"] }
      bind(plan.rendezvous.folder.descriptor, at: "/bobbin", isFolder: true, isReadOnly: true)
    } else {
      words += ["--perms", "0755", places.root == nil ? "--dir" : "--tmpfs", "/bobbin"]
    }
    bind(places.work.descriptor, at: SandboxRuntime.workPath, isFolder: true, isReadOnly: false)
    bind(places.result.descriptor, at: SandboxRuntime.resultFolder, isFolder: true, isReadOnly: false)
    if places.box == nil {
      if let after = places.after { try copy(FileSystem.memoryFile(after), to: SandboxRuntime.afterPath, "0444") }
      try copy(initProgram.reopened(), to: SandboxRuntime.initPath, "0555")
    }
    for path in places.paths where places.root == nil { words += ["--ro-bind", path, path] }
    for mount in mounts {
      let isFolder = try mount.descriptor.status().kind == .folder
      bind(mount.descriptor, at: mount.container, isFolder: isFolder, isReadOnly: mount.isReadOnly)
    }
    words += ["--remount-ro", "/dev"]
    if !isImageMounted { words += ["--remount-ro", "/"] }
    if places.root != nil {
      words += ["--remount-ro", "/run"]
      if places.box == nil { words += ["--remount-ro", "/bobbin"] }
    }
    words += ["--seccomp", keep(try filter.reopened()), "--chdir", SandboxRuntime.workPath]
  }

  /// Takes an image for the root: as one mount, which costs least; or, where a mount is to stand at a name that the image
  /// does not have, as a root of our own with each of its names in it.
  private mutating func add(_ image: Folder, for mounts: [CheckedMount]) throws(SystemError) {
    var lacks = false
    for mount in mounts {
      let top = mount.container.dropFirst().prefix { $0 != "/" }
      if top != "bobbin", try !image.has(String(top)) { lacks = true }
    }
    if lacks {
      for name in try image.names() where !SandboxRuntime.ownNames.contains(name) { try add(name, of: image) }
    } else {
      bind(image.descriptor, at: "/", isFolder: true, isReadOnly: true)
      isImageMounted = true
    }
    // Real folders in every image of the store.
    words += ["--perms", "0755", lacks ? "--dir" : "--tmpfs", "/run"]
    if lacks { words += ["--perms", "0755", "--tmpfs", "/run"] }
  }

  private mutating func add(_ name: String, of image: Folder) throws(SystemError) {
    switch try image.status(name)?.kind {
    case .folder: bind(try image.folder(name).descriptor, at: "/" + name, isFolder: true, isReadOnly: true)
    case .link: words += ["--symlink", try image.descriptor.locate(name).linkTarget(), "/" + name]
    case .file: bind(try image.open(name), at: "/" + name, isFolder: false, isReadOnly: true)
    default: break
    }
  }

  private mutating func add(_ entry: SandboxRoot.Entry) throws(SystemError) {
    switch entry {
    case .shown(let path): words += ["--ro-bind", path, path]
    case .link(let path, let target): words += ["--symlink", target, path]
    case .copied(let path):
      // Gone since it was seen, or not for us to read: the sandbox does without.
      guard let file = try? FileSystem.openForReading(path: path) else { return }
      copy(file, to: path, "0444")
    case .made(let path, let bytes): try copy(FileSystem.memoryFile(bytes), to: path, "0444")
    }
  }

  /// Whether the kernel has queues of POSIX at all, mq_overview(7).
  private static let hasQueues = ((try? FileSystem.status(path: "/proc/sys/fs/mqueue")) ?? nil) != nil

  private mutating func copy(_ file: Descriptor, to path: String, _ mode: String) {
    words += ["--perms", mode, "--file", keep(file), path]
  }

  private mutating func bind(
    _ descriptor: Descriptor, at path: String, isFolder: Bool, isReadOnly: Bool
  ) {
    guard isOtherUser else {
      words += [isReadOnly ? "--ro-bind-fd" : "--bind-fd", keep(descriptor), path]
      return
    }
    words += [isReadOnly ? "--ro-bind" : "--bind", Program.givenPlace(given.count), path]
    given.append(Program.Given(descriptor, isFolder: isFolder))
  }

  private mutating func keep(_ descriptor: Descriptor) -> String {
    kept.append(descriptor)
    return "\(descriptor.number)"
  }

  var bytes: [UInt8] { words.flatMap { Array($0.utf8) + [0] } }
}
