import Platform

/// One hierarchy in which the runner may make cgroups: `…/bobbin-SPOOL/SLOT-N`, below the runner's own.
///
/// Of version 2 the runner moves into `bobbin-SPOOL/runner-PID` first where its own cgroup was handed over to it, for one
/// that gives controllers on may hold no processes; and back at its end.
final class CgroupHierarchy {
  let place: CgroupPlace
  /// The controllers that hold limits here.
  private(set) var usable: Set<String>
  /// Where the runner's cgroup is.
  let own: Folder
  private let tree: CgroupTree
  private let name: String
  private let movesRunner: Bool
  private var hasMoved = false
  private var folder: Folder?

  init(_ place: CgroupPlace, _ verdict: CgroupVerdict, own: Folder, name: String, tree: CgroupTree) {
    self.place = place
    self.own = own
    self.name = name
    self.tree = tree
    usable = verdict.usable
    movesRunner = verdict.movesRunner
  }

  private var runnerName: String { "runner-\(Machine.processID)" }
  private var ownPID: String { String(Machine.processID) }
  private func given(_ sign: String) -> String { usable.sorted().map { sign + $0 }.joined(separator: " ") }

  /// Takes over what was handed to the runner, if that is needed to hold anything; before the first job runs, for one that
  /// ran in the runner's own cgroup would be in the way.
  func takeOver() throws(SystemError) {
    guard movesRunner, !hasMoved else { return }
    _ = try spoolFolder()
  }

  /// A new cgroup.
  func make(_ name: String) throws(SystemError) -> Folder {
    do throws(SystemError) { return try tree.make(name, spoolFolder()) } catch {
      // Somebody cleared our empty folder away: once more from the start.
      guard error.isMissing, !hasMoved else { throw error }
      folder = nil
      return try tree.make(name, spoolFolder())
    }
  }

  func remove(_ name: String) throws(SystemError) {
    if let folder { try tree.removeAll(name, in: folder) }
  }

  /// Removes the spool's folder when nothing is in it, and moves the runner back. Throws `isBusy`.
  func close() throws(SystemError) {
    guard let folder else { return }
    if hasMoved {
      // The same way back. A cgroup above may have been taken away from us meanwhile: then there is nothing to mend.
      try? folder.set("cgroup.subtree_control", to: given("-"))
      try? own.set("cgroup.subtree_control", to: given("-"))
      try own.set("cgroup.procs", to: ownPID)
      hasMoved = false
    }
    try tree.removeAll(name, in: own)
    self.folder = nil
  }

  private func spoolFolder() throws(SystemError) -> Folder {
    if let folder { return folder }
    let made: Folder
    do throws(SystemError) { made = try tree.make(name, own) } catch {
      // An earlier runner's: what is in it was looked at (`EarlierCgroups`).
      guard error.isTaken else { throw error }
      made = try own.folder(name)
    }
    if place.version == .two, !usable.isEmpty {
      if movesRunner { try moveRunner(into: made) }
      try made.set("cgroup.subtree_control", to: given("+"))
    }
    folder = made
    return made
  }

  private func moveRunner(into made: Folder) throws(SystemError) {
    let leaf: Folder
    do throws(SystemError) { leaf = try tree.make(runnerName, made) } catch {
      guard error.isTaken else { throw error }  // of an earlier runner with our process id
      leaf = try made.folder(runnerName)
    }
    try leaf.set("cgroup.procs", to: ownPID)
    do throws(SystemError) { try own.set("cgroup.subtree_control", to: given("+")) } catch {
      // Somebody came in between the look and now.
      try? own.set("cgroup.procs", to: ownPID)
      try? tree.removeAll(name, in: own)  // tried again by the next runner
      usable = []
      throw error
    }
    hasMoved = true
  }
}
