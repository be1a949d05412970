import Platform

/// What is done to folders of cgroups, whatever the version.
struct CgroupTree: Sendable {
  typealias Maker = @Sendable (_ name: String, _ parent: Folder) throws(SystemError) -> Folder
  typealias Remover = @Sendable (_ name: String, _ parent: Folder) throws(SystemError) -> Void

  /// Makes a cgroup: mkdir(2), on which the kernel puts its files there. Throws `isTaken`.
  var make: Maker = { name, parent throws(SystemError) in
    guard try parent.makeFolder(name, mode: 0o755) else {
      throw SystemError(call: "mkdir", code: SystemError.taken, path: parent.path + "/" + name)
    }
    return try parent.folder(name)
  }
  /// Removes one without others in it: rmdir(2), files and all. Throws `isBusy` while processes are in it.
  var remove: Remover = { name, parent throws(SystemError) in try parent.removeFolder(name) }
  /// Whether a folder is a cgroup at all: a noted path may be something else by now.
  var isCgroup: @Sendable (Folder) -> Bool = { $0.isCgroup }
  /// Whether a cgroup of version 2 is this user's to arrange.
  var isHandedOver: @Sendable (Folder) -> Bool = { folder in
    guard (try? folder.descriptor.status().owner) == Machine.user else { return false }
    // Everything is root's: there systemd's mark tells what is not its own. Elsewhere it is the owner that tells.
    let hasSystemd = ((try? FileSystem.status(path: "/run/systemd/system")) ?? nil) != nil
    return Machine.user != 0 || !hasSystemd || folder.hasAttribute("user.delegate")
      || folder.hasAttribute("trusted.delegate")
  }

  /// How deep the cgroups may lie that a job made in its own, which only root's can.
  private static let deepest = 100

  /// The processes in a folder itself, by pid.
  func ownProcesses(of folder: Folder) -> [Int32] {
    guard let text = try? folder.text(of: "cgroup.procs") else { return [] }  // gone, and then with nothing in it
    // A process outside our pid namespace is 0.
    return text.split(separator: "\n").compactMap { Int32($0) }.filter { $0 > 0 }
  }

  /// The processes in a folder and in those below, by pid.
  func processes(in folder: Folder, depth: Int = 0) -> [Int32] {
    var pids = ownProcesses(of: folder)
    guard depth < Self.deepest else { return pids }
    for name in folders(in: folder) {
      if let inner = try? folder.folder(name) { pids += processes(in: inner, depth: depth + 1) }
    }
    return pids
  }

  /// The same, with what tells each from a later one under its pid. Zombies are left out, and this process.
  func living(in folders: [Folder]) -> [ProcessFacts] {
    let before = Set(folders.flatMap { processes(in: $0) })
    guard !before.isEmpty else { return [] }
    let facts = before.compactMap { ProcessTable.facts($0) }
    // Who is still there after its facts were read is who they are about.
    let after = Set(folders.flatMap { processes(in: $0) })
    return facts.filter { after.contains($0.pid) && !$0.isZombie && $0.pid != Machine.processID }
  }

  /// Lets nothing new start in them, where they can: SIGKILL by list then catches up with a fork bomb.
  func stopForks(in folders: [Folder]) {
    // Without the controller there is no such file.
    for folder in folders { try? folder.set("pids.max", to: "0") }
  }

  /// Removes a folder with those below it. Throws `isBusy` while a process is in one.
  func removeAll(_ name: String, in parent: Folder, depth: Int = 0) throws(SystemError) {
    do throws(SystemError) { return try remove(name, parent) } catch {
      // EBUSY says both: processes in it, or cgroups.
      guard error.isBusy || error.isTaken, depth < Self.deepest, let folder = try? parent.folder(name) else {
        if error.isMissing { return }
        throw error
      }
      let inner = folders(in: folder)
      if inner.isEmpty { throw error }
      for name in inner { try removeAll(name, in: folder, depth: depth + 1) }
    }
    try remove(name, parent)
  }

  /// Names of the cgroups in one.
  func folders(in folder: Folder) -> [String] {
    // kernfs counts a folder's folders in its links, so the usual case costs one fstat(2).
    if let status = try? folder.descriptor.status(), status.linkCount == 2 { return [] }
    var names: [String] = []
    try? folder.forEachName { name, isFolder in  // gone: none
      if isFolder == true, let text = String(validating: name, as: UTF8.self) { names.append(text) }
    }
    return names
  }
}
