import Platform

/// A path followed by ourselves, one name at a time through open folders, where nobody but the runner's user and root could
/// have turned it aside: what it ends at is what the owner meant, and the descriptor stays that.
///
/// The rule is that of sshd's StrictModes: every folder on the way, and every link, belongs to the runner's user or root, and
/// no folder is writable by a group or by others. As with sudo a sticky folder such as /tmp is passed all the same, for in it
/// nobody can rename or remove what is not theirs, and what is found in it has to be ours. A group that has no other member
/// counts as others too: who is in a group is not to be seen from its files.
struct OwnedPath {
  /// Where it ends, opened with O_PATH.
  let descriptor: Descriptor
  let status: FileStatus
  /// The path without links.
  let real: String
  /// The folders in which a name was looked up, without links: of all of them it depends where the path leads.
  let passed: Set<String>

  /// Why a path is not followed to its end.
  enum Fault: Error, Equatable {
    case missing(String)
    /// Who could turn the path aside here, in words.
    case unsafe(path: String, reason: String)
    case system(SystemError)
  }

  /// As many links as the kernel follows in a path, path_resolution(7).
  private static let mostLinks = 40

  /// - Parameters:
  ///   - path: absolute; - isFolderOfMore: it is looked into further, so its end may be sticky too;
  ///   - owner: whose files are trusted beside root's.
  init(_ path: String, isFolderOfMore: Bool = false, owner: UInt32 = Machine.user) throws(Fault) {
    guard path.utf8.first == UInt8(ascii: "/") else { throw .missing(path) }
    do {
      let root = try Descriptor.locateRoot()
      var way: [(name: String, descriptor: Descriptor, status: FileStatus)] = [("", root, try root.status())]
      var names = Self.names(path)
      var links = 0
      var passed: Set<String> = []
      while let name = names.popLast() {
        if name == ".." {
          if way.count > 1 { way.removeLast() }
          continue
        }
        let folder = way[way.count - 1]
        let at = Self.path(way.map(\.name))
        guard folder.status.kind == .folder else { throw Fault.missing(path) }
        try Self.check(folder.status, at, owner, isPassed: true)
        passed.insert(at)
        let next = try folder.descriptor.locate(name)
        let status = try next.status()
        let place = Self.path(way.map(\.name) + [name])
        guard status.owner == owner || status.owner == 0 else {
          throw Fault.unsafe(path: place, reason: "it belongs to \(Machine.userName(status.owner))")
        }
        guard status.kind == .link else {
          way.append((name, next, status))
          continue
        }
        links += 1
        guard links <= Self.mostLinks else { throw Fault.unsafe(path: path, reason: "too many links on the way") }
        let target = try next.linkTarget()
        if target.utf8.first == UInt8(ascii: "/") { way.removeLast(way.count - 1) }
        names += Self.names(target)
      }
      let end = way[way.count - 1]
      real = Self.path(way.map(\.name))
      try Self.check(end.status, real, owner, isPassed: isFolderOfMore)
      (descriptor, status, self.passed) = (end.descriptor, end.status, passed)
    } catch let fault as Fault {
      throw fault
    } catch let error as SystemError {
      throw error.isMissing || error.isNoFolder ? .missing(path) : .system(error)
    } catch { throw .missing(path) }  // nothing else is thrown above
  }

  /// The components, the first one last.
  private static func names(_ path: String) -> [String] {
    path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }.filter { $0 != "." }.reversed()
  }

  private static func path(_ names: [String]) -> String {
    names.count == 1 ? "/" : names.joined(separator: "/")
  }

  private static func check(_ status: FileStatus, _ path: String, _ owner: UInt32, isPassed: Bool) throws(Fault) {
    guard status.owner == owner || status.owner == 0 else {
      throw .unsafe(path: path, reason: "it belongs to \(Machine.userName(status.owner))")
    }
    guard status.mode & 0o022 != 0 else { return }
    if isPassed, status.mode & 0o1000 != 0 { return }
    throw .unsafe(path: path, reason: "others may write to it (mode \(String(status.mode, radix: 8)))")
  }
}
