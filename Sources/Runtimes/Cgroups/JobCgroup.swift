import Jobs
import Platform

/// The cgroups of one run: one folder in each hierarchy that holds or counts something of it.
public final class JobCgroup {
  struct Part {
    let hierarchy: CgroupHierarchy
    let folder: Folder
  }

  /// `SLOT-N`.
  let name: String
  let parts: [Part]
  /// What the run's first process writes "0" into.
  public let joins: [Descriptor]
  /// Limits are held; without, it is only for finding the run's processes.
  public let isLimited: Bool
  private let tree: CgroupTree

  /// Joining by version 1's `tasks` moves the one thread that a child has and waits for nobody: 30 µs; `cgroup.procs`
  /// waits until no process of the machine forks, an RCU grace period of 6 to 14 ms (measured 2026-11-21, Linux 6.18).
  /// Version 2 has only the second.
  private static func joinFile(_ version: CgroupPlace.Version) -> String { version == .one ? "tasks" : "cgroup.procs" }

  init(name: String, parts: [Part], isLimited: Bool, tree: CgroupTree) throws(SystemError) {
    self.name = name
    self.parts = parts
    self.isLimited = isLimited
    self.tree = tree
    var joins: [Descriptor] = []
    for part in parts { joins.append(try part.folder.openForWriting(Self.joinFile(part.hierarchy.place.version))) }
    self.joins = joins
  }

  private var folders: [Folder] { parts.map(\.folder) }

  /// The run's processes, also those that left its session and cleared their environment.
  public func living() -> [ProcessFacts] { tree.living(in: folders) }

  /// Whether no process is in it.
  public var isEmpty: Bool { folders.allSatisfy { tree.processes(in: $0).isEmpty } }

  /// Kills what SIGKILL by pid left at once where the kernel does that (`cgroup.kill`, Linux 5.14), and lets nothing new start.
  /// Not before it: a shell that cannot start its next program would end by itself, and say so.
  public func killRest() {
    for part in parts where part.hierarchy.place.version == .two {
      // Absent before 5.14; the caller kills by pid in any case.
      try? part.folder.set("cgroup.kill", to: "1")
    }
    tree.stopForks(in: folders)
  }

  /// Version 1 kills one process where version 2 kills all: whether that happened, for the caller to end the rest.
  public func lostProcessToMemory() -> Bool {
    parts.contains { part in
      part.hierarchy.place.version == .one && part.hierarchy.usable.contains("memory")
        && CgroupReadings.memoryKills { try? part.folder.text(of: $0) } > 0
    }
  }

  /// What was counted; nil of one that holds no limits, for it is in no hierarchy that counts.
  public func readings() -> CgroupReadings? {
    guard isLimited else { return nil }
    var readings = CgroupReadings()
    for part in parts {
      // A file that this kernel does not have is nothing counted.
      readings.add(controllers: part.hierarchy.usable, version: part.hierarchy.place.version) {
        try? part.folder.text(of: $0)
      }
    }
    return readings
  }

  /// Removes all of it. Throws `isBusy` while a process is in it, or has just ended.
  func remove() throws(SystemError) {
    for part in parts { try part.hierarchy.remove(name) }
  }
}
