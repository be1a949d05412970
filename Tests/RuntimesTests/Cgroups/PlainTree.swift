import Platform
import TestSupport

@testable import Runtimes

/// A tree of plain files that looks like cgroups of version 2: the runner's own, handed over and empty but for it.
/// What is written to a file stands there afterwards.
final class PlainTree: Sendable {
  let place: TemporaryFolder
  let own: String

  init(controllers: String = "cpuset cpu io memory pids") throws {
    place = try TemporaryFolder()
    own = place.path + "/own"
    try Self.fill(place.folder, "own", controllers)
    try place.folder.folder("own").create("cgroup.events").write(Array("populated 1\n".utf8))
    try set("own/cgroup.procs", "\(Machine.processID)\n")
  }

  /// What the kernel does and plain folders do not: files come with a folder and go with it, and a cgroup with processes or
  /// with others in it is not removed.
  var tree: CgroupTree {
    var tree = CgroupTree()
    tree.isCgroup = { _ in true }
    tree.isHandedOver = { _ in true }
    tree.make = { name, parent throws(SystemError) in
      guard try !parent.has(name) else { throw SystemError(call: "mkdir", code: SystemError.taken, path: name) }
      try Self.fill(parent, name, "")
      return try parent.folder(name)
    }
    tree.remove = { name, parent throws(SystemError) in
      let folder = try parent.folder(name)
      let inside = try folder.names().contains { (try? folder.status($0)?.kind) == .folder }
      if inside { throw SystemError(call: "rmdir", code: SystemError.taken, path: name) }
      if try !folder.text(of: "cgroup.procs").isEmpty, !name.hasPrefix("runner-") {
        throw SystemError(call: "rmdir", code: SystemError.busy, path: name)
      }
      try Tree.remove(name, in: parent)
    }
    return tree
  }

  var finder: CgroupFinder {
    CgroupFinder([CgroupPlace(version: .two, controllers: [], path: own, isReadOnly: false)], tree)
  }

  private static func fill(_ parent: Folder, _ name: String, _ controllers: String) throws(SystemError) {
    try parent.makeFolder(name)
    let folder = try parent.folder(name)
    for file in [
      "cgroup.procs", "cgroup.subtree_control", "cgroup.kill", "memory.max", "memory.swap.max", "memory.oom.group",
      "memory.events", "memory.peak", "cpu.max", "cpu.stat", "pids.max", "pids.events",
    ] { _ = try folder.create(file) }
    try folder.create("cgroup.controllers").write(Array(controllers.utf8))
  }

  func text(_ path: String) -> String { Command.shell("cat '\(place.path)/\(path)'").text }
  func has(_ path: String) -> Bool { Command.shell("test -e '\(place.path)/\(path)'").isSuccess }
  /// Everything that a path ends in, sorted.
  func names(_ path: String) -> [String] {
    Command.shell("cd '\(place.path)/\(path)' && ls -d */ | tr -d /").text.split(separator: "\n").map(String.init)
  }

  func set(_ path: String, _ text: String) throws {
    let done = Command.shell("printf '%s' '\(text)' > '\(place.path)/\(path)'")
    if !done.isSuccess { throw Unwritten(text: done.text) }
  }

  struct Unwritten: Error { let text: String }
}
