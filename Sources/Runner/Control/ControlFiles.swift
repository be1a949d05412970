import Jobs
import Observability
import Platform
import Spool

/// What people steer a runner with: `paused`, the room on the disk, `NAME.cancel`.
final class ControlFiles {
  private let core: Core
  /// Why nothing is claimed; nil: nothing stops it.
  private(set) var pauseReason: String?
  private(set) var isDiskLow = false
  private var checkedDisk: Int64?
  /// Between two looks at the free space, ns.
  private static let diskInterval: Int64 = 250_000_000

  init(_ core: Core) { self.core = core }

  var mayClaim: Bool { pauseReason == nil && !isDiskLow }
  /// Why nothing is claimed, for people.
  var reason: String? {
    if let pauseReason { return pauseReason.isEmpty ? "paused" : "paused: \(pauseReason)" }
    return isDiskLow ? "less than minFree \(core.settings.minFree) is free on the disk" : nil
  }

  /// Looks for `paused`.
  func lookForPause() {
    let reason: String?
    if core.folders.root.has("paused") {
      let bytes = try? core.folders.root.open("paused").readAll(limit: 1024)  // unreadable: paused without a reason
      reason = bytes.map { String(String(decoding: $0, as: UTF8.self).prefix { !$0.isNewline }) } ?? ""
    } else {
      reason = nil
    }
    if reason != pauseReason {
      if let reason {
        core.log.write(.info, "paused", reason.isEmpty ? "paused" : "paused: \(reason)")
      } else {
        core.log.write(.info, "resumed", "claiming again")
      }
    }
    pauseReason = reason
  }

  /// Claims stop below `minFree`: a job that ran and whose result cannot be written would have run for nothing.
  func lookAtDisk() {
    if let checkedDisk, core.now - checkedDisk < Self.diskInterval { return }
    checkedDisk = core.now
    guard let free = try? core.folders.root.freeBytes() else { return }  // unknown: the write itself will tell
    let isLow = free < core.settings.minFree.bytes
    if isLow != isDiskLow {
      if isLow {
        core.log.write(
          .error, "disk-low",
          "\(ByteCount.format(ByteCount(free))) free, less than minFree \(core.settings.minFree): nothing is claimed")
      } else {
        core.log.write(.info, "disk-enough", "room again: claiming goes on")
      }
    }
    isDiskLow = isLow
  }

  /// The runs that people asked to end.
  func cancelled(among ids: [JobID]) -> [JobID] {
    guard let folder = try? core.folders[.processing] else { return [] }
    return ids.filter { folder.has(JobFile.cancel($0.text)) }
  }
}
