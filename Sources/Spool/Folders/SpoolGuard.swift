import Jobs
import Platform

/// The checks at a runner's start: who may write, which file system, one device (DESIGN §1, §2).
public enum SpoolGuard {
  /// Refuses a spool that anybody but the runner's user or root could change, or whose parents they could swap.
  ///
  /// - Parameter shared: `inbox` may be open to others (mode 1733 or a group).
  /// - Throws: `notOwnOrWritable`.
  public static func checkOwners(_ folders: SpoolFolders, shared: Bool) throws(SpoolError) {
    do {
      let real = try FileSystem.realPath(folders.path)
      // The spool may be reached by a path with links: who can write a folder on the way of that could swap it as well.
      for folder in parents(of: real) {
        guard let status = try FileSystem.status(path: folder) else { continue }
        try check(status, folder, sticky: true)
      }
      guard let root = try folders.root.status(".") else { throw SpoolError.notASpool(folders.path) }
      try check(root, real, sticky: false)
      if Machine.user == 0, root.owner != 0 {
        throw SpoolError.notOwnOrWritable(
          path: real, reason: "it belongs to \(Machine.userName(root.owner)), and root runs only a spool of its own",
          cure: "run bobbin as \(Machine.userName(root.owner)), or chown -R root the spool")
      }
      for place in SpoolPlace.allCases {
        guard let status = try folders.root.status(place.rawValue) else { continue }
        if place == .inbox, shared { continue }
        try check(status, real + "/" + place.rawValue, sticky: false)
      }
      for name in ["settings.json"] {
        guard let status = try folders.root.status(name), status.kind == .file else { continue }
        try check(status, real + "/" + name, sticky: false)
      }
      // What a group's file says goes into the environment of its jobs.
      let groups = try folders[.groups]
      for name in try groups.names() where name.hasSuffix(".json") {
        guard let status = try groups.status(name), status.kind == .file else { continue }
        try check(status, "\(real)/groups/\(name)", sticky: false)
      }
    } catch let error as SystemError {
      throw .system(error)
    } catch let error as SpoolError {
      throw error
    } catch { throw .notASpool(folders.path) }
  }

  /// Opens a shared spool's inbox, and nothing else, for others to drop into: mode 1733, and 711 on the way to it. An
  /// inbox that a person opened to a group stays as it is.
  public static func openInbox(_ folders: SpoolFolders) throws(SpoolError) {
    do throws(SystemError) {
      let inbox = try folders[.inbox]
      if try inbox.descriptor.status().mode & 0o022 == 0 { try inbox.setMode(0o1733) }
      if try folders.root.descriptor.status().mode & 0o011 == 0 { try folders.root.setMode(0o711) }
    } catch { throw .system(error) }
  }

  /// Refuses network file systems unless the settings accept them. Answers the name if accepted.
  public static func checkFileSystem(_ folders: SpoolFolders, accepted: Bool) throws(SpoolError) -> String? {
    let name: String?
    do { name = try FileSystem.networkName(of: folders.root) } catch { throw .system(error) }
    guard let name else { return nil }
    if !accepted { throw .networkFileSystem(name: name, path: folders.path) }
    return name
  }

  /// Renames a file through all state folders: what `rename` cannot reach is no state of this spool.
  public static func checkDevice(_ folders: SpoolFolders) throws(SpoolError) {
    let name = ".device-check"
    do {
      var place = SpoolPlace.inbox
      try? folders[.inbox].remove(name)  // one left by a start that was killed
      _ = try folders[place].create(name)
      for next in SpoolPlace.jobStates.dropFirst() + [.outbox, .state] {
        do {
          try? folders[next].remove(name)  // likewise
          try folders[place].move(name, to: folders[next], as: name)
        } catch {
          try? folders[place].remove(name)  // the refusal says more than a failed clean-up
          throw error.isCrossDevice ? SpoolError.otherDevice(next.rawValue) : SpoolError.system(error)
        }
        place = next
      }
      try folders[place].remove(name)
    } catch let error as SystemError {
      throw .system(error)
    } catch let error as SpoolError {
      throw error
    } catch { throw .notASpool(folders.path) }
  }

  /// One runner a spool: locks the spool directory itself until the descriptor closes.
  ///
  /// - Parameter holderIsGone: whether the runner that the spool names as its holder is known dead, asked again and again
  ///   while the lock is taken. The lock of a dead runner lives on in a child that has not come to its exec yet, and in its
  ///   own threads that wait for a disk: seen at 100 ms on a busy machine. It is waited for up to 30 s.
  public static func lock(_ folders: SpoolFolders, holderIsGone: () -> Bool) throws(SpoolError) {
    // Who only asks whether a runner lives holds a shared lock for microseconds, and a cancel without a runner for the
    // length of its moves: neither is a second runner.
    let start = Clock.continuous()
    while true {
      do { return try folders.root.descriptor.lockExclusively() } catch {
        guard error.isBusy else { throw .system(error) }
        let patience: Int64 = holderIsGone() ? 30_000_000_000 : 90_000_000
        guard Clock.continuous() - start < patience else { throw .busy(folders.path) }
        Clock.wait(nanoseconds: 10_000_000)
      }
    }
  }

  private static func check(_ status: FileStatus, _ path: String, sticky: Bool) throws(SpoolError) {
    guard status.owner == Machine.user || status.owner == 0 else {
      throw .notOwnOrWritable(
        path: path, reason: "it belongs to \(Machine.userName(status.owner))", cure: "chown it, or use another place")
    }
    guard status.mode & 0o022 != 0 else { return }
    if sticky, status.mode & 0o1000 != 0 { return }
    throw .notOwnOrWritable(
      path: path, reason: "others may write to it (mode \(String(status.mode, radix: 8)))", cure: "chmod go-w '\(path)'"
    )
  }

  private static func parents(of path: String) -> [String] {
    var parents = ["/"]
    var next = path.startIndex
    while let slash = path[next...].dropFirst().firstIndex(of: "/") {
      parents.append(String(path[..<slash]))
      next = slash
    }
    return parents
  }
}
