import Jobs
import Platform

/// Decides which of the mounts that a job asks for it gets (DESIGN §3, `mounts`), and opens them.
///
/// What was checked is the descriptor of the answer. Every folder on its way was passed through descriptors too and can be
/// changed by nobody but the runner's user and root, so the path leads nowhere else a moment later; and if it did, the sandbox
/// mounts the descriptor.
public struct MountCheck {
  /// Who asks, and what is never given.
  public struct Asker: Sendable {
    /// The mounts of the job's group; nil: it has no settings, and then the job and the root decide.
    public var group: [Mount]?
    /// A container asked for the job: it gets its group's mounts and no others.
    public var isContainer: Bool
    /// Host paths that some group of the spool may mount read-write.
    public var writableByGroups: [String]
    /// The spool's path.
    public var spool: String

    public init(spool: String, group: [Mount]?, isContainer: Bool, writableByGroups: [String]) {
      self.spool = spool
      self.group = group
      self.isContainer = isContainer
      self.writableByGroups = writableByGroups
    }
  }

  /// Folders of the kernel and of running programs: sockets, processes, devices.
  private static let neverMounted = ["/proc", "/sys", "/dev", "/run"]

  private let config: ConfigFolder
  private let list: Result<MountList?, MountRefusal>
  private let asker: Asker
  /// `asker.writableByGroups` without links.
  private let writable: [String]
  /// `asker.group` without links, and without those that a container could turn.
  private let group: [(path: String, isReadOnly: Bool)]

  /// Reads the list; one check serves one job.
  public init(config: ConfigFolder = .own(), for asker: Asker) {
    self.config = config
    self.asker = asker
    let writable = asker.writableByGroups.map(Self.real)
    self.writable = writable
    group = (asker.group ?? []).compactMap { mount in
      guard let path = try? OwnedPath(mount.host), Self.turn(of: path, by: writable) == nil else { return nil }
      return (path.real, mount.isReadOnly)
    }
    do throws(MountRefusal) { list = .success(try MountList(config)) } catch { list = .failure(error) }
  }

  /// The verdict on each, in order.
  public func verdicts(_ mounts: [Mount]) -> [Result<CheckedMount, MountRefusal>] {
    var verdicts: [Result<CheckedMount, MountRefusal>] = []
    for (index, mount) in mounts.enumerated() {
      do throws(MountRefusal) {
        // A job's own do not lie in each other, but a group's are added to them.
        if let other = mounts[..<index].first(where: { Mount.overlap($0.container, mount.container) }) {
          throw MountRefusal(.conflict, "'\(mount.container)' lies in another mount's place: '\(other.container)'")
        }
        verdicts.append(.success(try check(mount)))
      } catch { verdicts.append(.failure(error)) }
    }
    return verdicts
  }

  /// All of them, or the first refusal.
  public func check(all mounts: [Mount]) throws(MountRefusal) -> [CheckedMount] {
    var checked: [CheckedMount] = []
    for verdict in verdicts(mounts) { checked.append(try verdict.get()) }
    return checked
  }

  private func check(_ mount: Mount) throws(MountRefusal) -> CheckedMount {
    guard let list = try list.get() else {
      throw MountRefusal(.notAllowed, "there is no \(config.path)/mounts.json, and without it nothing is mounted")
    }
    let source = try open(mount)
    let real = source.real
    try checkPlace(source, mount)
    if let pattern = list.rules.pattern(blocking: real) {
      throw MountRefusal(.blocked, "\(Self.shown(mount, real)): '\(pattern)' is never mounted")
    }
    // The longest one rules: a root in a root may take the right to write away, or give it.
    let roots = list.roots.filter {
      Mount.lies(real, at: $0.path.real) && Self.turn(of: $0.path, by: writable) == nil
    }
    guard let root = roots.max(by: { $0.path.real.utf8.count < $1.path.real.utf8.count }) else {
      throw MountRefusal(
        .notAllowed, "\(Self.shown(mount, real)) lies below no root of \(config.path)/mounts.json")
    }
    try checkGroup(mount, real)
    if !mount.isReadOnly, !root.allowsReadWrite {
      throw MountRefusal(
        .readOnly, "\(Self.shown(mount, real)) may only be read: '\(root.path.real)' has no \"allowReadWrite\": true")
    }
    return CheckedMount(
      descriptor: source.descriptor, container: mount.container, isReadOnly: mount.isReadOnly, hostPath: real,
      status: source.status)
  }

  private func open(_ mount: Mount) throws(MountRefusal) -> OwnedPath {
    do throws(OwnedPath.Fault) { return try OwnedPath(mount.host) } catch {
      switch error {
      case .missing: throw MountRefusal(.missing, "'\(mount.host)' is not there")
      case .unsafe(let path, let reason):
        throw MountRefusal(.unsafe, "'\(mount.host)' may be turned aside by others: \(path): \(reason)")
      case .system(let error): throw MountRefusal(.missing, "'\(mount.host)' cannot be reached: \(error)")
      }
    }
  }

  /// What is never mounted, whatever the list says.
  private func checkPlace(_ source: OwnedPath, _ mount: Mount) throws(MountRefusal) {
    guard source.status.kind == .file || source.status.kind == .folder else {
      throw MountRefusal(
        .wrongKind, "\(Self.shown(mount, source.real)) is a socket, a FIFO or a device; expected a file or a folder")
    }
    let shown = Self.shown(mount, source.real)
    if let own = Self.neverMounted.first(where: { Mount.overlap(source.real, $0) }) {
      throw MountRefusal(.blocked, "\(shown) is, holds or lies in \(own), which is never mounted")
    }
    for (what, path) in [("the spool", asker.spool), ("bobbin's configuration", config.path)] {
      let isSame =
        ((try? FileSystem.status(path: path, following: true)) ?? nil).map {  // none there is none to protect
          $0.inode == source.status.inode && $0.device == source.status.device
        } ?? false
      if isSame || Mount.overlap(source.real, Self.real(path)) {
        throw MountRefusal(.blocked, "\(shown) is, holds or lies in \(what), which is never mounted")
      }
    }
    // In the home lie all keys that patterns are for, and it is chosen easily.
    if Mount.lies(Self.real(config.home), at: source.real) {
      throw MountRefusal(.blocked, "\(shown) is or holds the home folder; expected a folder in it")
    }
    if let folder = Self.turn(of: source, by: writable) {
      throw MountRefusal(
        .unsafe, "'\(mount.host)' leads through '\(folder)', where a group may write: a container could turn it aside")
    }
  }

  private func checkGroup(_ mount: Mount, _ real: String) throws(MountRefusal) {
    let own = group.filter { Mount.lies(real, at: $0.path) }
    if asker.isContainer, own.isEmpty {
      throw MountRefusal(.notAllowed, "\(Self.shown(mount, real)) lies in no mount of the job's group")
    }
    if asker.group != nil, !mount.isReadOnly, !own.contains(where: { !$0.isReadOnly }) {
      throw MountRefusal(
        .readOnly, "\(Self.shown(mount, real)) may only be read: the job's group has no mount of it to write")
    }
  }

  /// The folder on a path's way in which a container could change where it leads; nil: none.
  private static func turn(of path: OwnedPath, by writable: [String]) -> String? {
    path.passed.first { folder in writable.contains { Mount.lies(folder, at: $0) } }
  }

  /// Without links; as it is where there is nothing yet.
  private static func real(_ path: String) -> String {
    (try? FileSystem.realPath(path)) ?? path
  }

  private static func shown(_ mount: Mount, _ real: String) -> String {
    mount.host == real ? "'\(real)'" : "'\(mount.host)' ('\(real)')"
  }
}
