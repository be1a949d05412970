import Platform

/// What a runner holds at a moment.
struct SoakSample {
  let descriptors: Int
  let threads: Int
  let residentKiB: Int

  /// Nil: it is gone.
  init?(of pid: Int32) {
    guard let fds = try? Folder(path: "/proc/\(pid)/fd").names().count,
      let status = try? FileSystem.openForReading(path: "/proc/\(pid)/status").readChunk(8192)
    else { return nil }
    func value(_ key: String) -> Int {
      let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(key) }
      return Int(line?.drop { !$0.isNumber }.prefix { $0.isNumber } ?? "") ?? 0
    }
    (descriptors, threads, residentKiB) = (fds, value("Threads:"), value("VmRSS:"))
  }
}
