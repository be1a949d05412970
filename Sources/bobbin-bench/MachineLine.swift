import Jobs
import Platform

/// One line on what was measured, where and when.
struct MachineLine {
  let text: String

  init(_ bobbin: Bobbin, _ ground: Ground) throws {
    let spool = try bobbin.makeSpool(ground.newPath("link"))
    let runner = try bobbin.run(spool)
    let maps = ProcFacts.text("/proc/\(runner.pid)/maps")
    try bobbin.stop(runner)
    let link = maps.contains("libswiftCore.so") ? "standard library linked dynamically" : "--static-swift-stdlib"
    let kernel = ProcFacts.text("/proc/sys/kernel/osrelease").prefix { $0 != "\n" }
    let day = Timestamp(nanoseconds: Clock.wall()).text.prefix(10)
    text =
      "Linux \(kernel), \(Machine.processors) processors (\(Self.processor)), \(Self.fileSystem(of: ground.path)), "
      + "bobbin with \(link), \(day)."
  }

  private static var processor: String {
    for line in ProcFacts.text("/proc/cpuinfo").split(separator: "\n") where line.hasPrefix("model name") {
      return line.split(separator: ":", maxSplits: 1).last.map { $0.drop { $0 == " " } }.map(String.init) ?? "unknown"
    }
    return "unknown"
  }

  /// The type of the mount that is nearest above a path, /proc/self/mounts.
  private static func fileSystem(of path: String) -> String {
    var best = (point: "", type: "unknown file system")
    for line in ProcFacts.text("/proc/self/mounts").split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 2 else { continue }
      let point = String(fields[1])
      let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
      if isAbove, point.count >= best.point.count { best = (point, String(fields[2])) }
    }
    return best.type
  }
}
