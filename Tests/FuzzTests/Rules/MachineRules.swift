@testable import Platform
@testable import Runtimes

/// What the kernel says: proc(5), cgroups(7).
enum MachineRules {
  static let all = [
    FuzzRule("proc-stat", upTo: 512, stat), FuzzRule("cgroup-place", upTo: 1024, place),
    FuzzRule("cgroup-readings", upTo: 512, readings),
  ]

  private static func stat(_ bytes: [UInt8]) throws(Broken) {
    guard let facts = ProcessTable.facts(7, stat: bytes) else { return }
    try hold(facts.pid == 7, "the process \(facts.pid)")
    // Whatever a process is called, its name is not taken for what follows it.
    guard let close = bytes.lastIndex(of: 0x29) else { throw Broken("facts without a name") }
    let renamed = Array("7 (x) Z 9 9 9 (".utf8) + bytes[close...]
    try hold(ProcessTable.facts(7, stat: renamed) == facts, "its name changes what it is")
  }

  private static func place(_ bytes: [UInt8]) throws(Broken) {
    let parts = parts(bytes, 2).map { text($0) }
    let places = CgroupPlace.all(cgroup: parts[0], mountinfo: parts[1])
    try hold(places.count <= parts[0].split(separator: "\n").count, "more places than lines")
    for place in places {
      try hold(place.version == .one || place.controllers.isEmpty, "controllers of version 2")
      try hold(place.version == .two || !place.controllers.isEmpty, "no controllers of version 1")
      try hold(!place.controllers.contains { $0.hasPrefix("name=") }, "somebody's own hierarchy")
    }
  }

  private static func readings(_ bytes: [UInt8]) throws(Broken) {
    let all: Set<String> = ["memory", "pids", "cpu", "cpuacct"]
    for version in [CgroupPlace.Version.one, .two] {
      var readings = CgroupReadings()
      // Twice: they add up.
      for _ in 0..<2 { readings.add(controllers: all, version: version) { _ in text(bytes) } }
    }
  }
}
