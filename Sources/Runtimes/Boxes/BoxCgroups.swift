import Platform

/// The cgroups that an engine made for a box, found by its first process and read as long as that is there.
final class BoxCgroups {
  private let parts: [(folder: Folder, place: CgroupPlace)]
  /// What was counted before the run began, for a box that has had others.
  private var before = CgroupReadings()

  /// - Parameter pid: of its first process. Nil where nothing is to be seen of it.
  init?(of pid: Int32) {
    guard let cgroup = Self.text("/proc/\(pid)/cgroup"), let own = Self.text("/proc/self/cgroup"),
      let mounts = Self.text("/proc/self/mountinfo")
    else { return nil }
    let shared = Set(CgroupPlace.all(cgroup: own, mountinfo: mounts).map(\.path))
    var parts: [(Folder, CgroupPlace)] = []
    // Where it stands in our own cgroup it has none of its own.
    for place in CgroupPlace.all(cgroup: cgroup, mountinfo: mounts) where !shared.contains(place.path) {
      if let folder = try? Folder(path: place.path) { parts.append((folder, place)) }  // not ours to read
    }
    if parts.isEmpty { return nil }
    self.parts = parts
  }

  /// A run begins.
  func begin() { before = counted() }

  /// What was counted in it. The peak of memory is the box's, for the kernel keeps one.
  func readings() -> CgroupReadings {
    var now = counted()
    if let time = now.processorTime, let earlier = before.processorTime { now.processorTime = max(0, time - earlier) }
    now.memoryKills = max(0, now.memoryKills - before.memoryKills)
    now.processesRefused = max(0, now.processesRefused - before.processesRefused)
    now.periodsThrottled = max(0, now.periodsThrottled - before.periodsThrottled)
    return now
  }

  /// Processes of the run that were killed at the memory limit so far.
  func memoryKills() -> Int { counted("memory").memoryKills - before.memoryKills }

  /// - Parameter controller: the only one that is asked; nil: all are.
  private func counted(_ controller: String? = nil) -> CgroupReadings {
    var readings = CgroupReadings()
    for part in parts {
      // Of version 1 each controller is a folder.
      if part.place.version == .one, let controller, !part.place.controllers.contains(controller) { continue }
      let controllers =
        part.place.version == .one
        ? part.place.controllers
        : Set(
          (Self.text(of: "cgroup.controllers", part.folder) ?? "").split(whereSeparator: \.isWhitespace).map(
            String.init))
      readings.add(controllers: controllers, version: part.place.version) { Self.text(of: $0, part.folder) }
    }
    return readings
  }

  private static func text(of name: String, _ folder: Folder) -> String? { try? folder.text(of: name) }  // not there

  private static func text(_ path: String) -> String? {
    guard let file = try? FileSystem.openForReading(path: path), let bytes = try? file.readAll(limit: 1 << 20) else {
      return nil
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
