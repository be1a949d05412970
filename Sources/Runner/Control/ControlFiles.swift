import Jobs
import Observability
import Platform
import Spool

/// What people steer a runner with: `paused`, the room on the disk, `NAME.cancel`.
final class ControlFiles {
  private let core: Core
  /// Why nothing is claimed; nil: nothing stops it.
  private(set) var pauseReason: String?
  /// `paused` was looked for, and it is known whether it is there: until then nothing is claimed, and a drain waits.
  private(set) var knowsPause = false
  private(set) var isDiskLow = false
  private var checkedDisk: Int64?
  /// Jobs of which a request to cancel lay in `processing` at the last look, and no run was there.
  private(set) var unheeded: Set<JobID> = []

  /// Whether a job is about to leave `processing`: then a request belongs to whoever moves it.
  var isLeaving: (JobID) -> Bool = { _ in false }

  /// Between two looks at the free space, ns.
  private static let diskInterval: Int64 = 250_000_000

  init(_ core: Core) { self.core = core }

  var mayClaim: Bool { knowsPause && pauseReason == nil && !isDiskLow }
  /// Why nothing is claimed, for people.
  var reason: String? {
    if !knowsPause { return "it cannot be told whether 'paused' is there" }
    if let pauseReason { return pauseReason.isEmpty ? "paused" : "paused: \(pauseReason)" }
    return isDiskLow ? "less than minFree \(core.settings.minFree) is free on the disk" : nil
  }

  /// Looks for `paused`.
  func lookForPause() {
    let reason: String?
    let isThere: Bool
    do throws(SystemError) { isThere = try core.folders.root.has("paused") } catch {
      // What cannot be told now is as it was.
      if !knowsPause {
        core.log.write(.error, "pause-unknown", "nothing is claimed until 'paused' can be looked for: \(error)")
      }
      return
    }
    knowsPause = true
    if isThere {
      let bytes = try? core.folders.root.open("paused").readAll(limit: 1024)  // unreadable: paused without a reason
      reason = bytes.map { String(String(decoding: $0, as: UTF8.self).prefix { !$0.isNewline }) } ?? ""
    } else {
      reason = nil
    }
    if reason != pauseReason {
      if let reason {
        // `echo why > paused` is seen twice: as an empty file, and with its text.
        let code = pauseReason == nil ? "paused" : "pause-reason"
        core.log.write(.info, code, reason.isEmpty ? "paused" : "paused: \(reason)")
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

  /// Looks for requests to end a run, and answers those for runs that are there. One that finds no job in `processing` came
  /// too late, and is taken away so that it ends no later run (DESIGN §2).
  func lookForCancels(of runs: [JobID]) -> [JobID] {
    guard let folder = try? core.folders[.processing], let names = try? folder.names() else { return [] }
    let asked = Set(names.compactMap { JobFile.cancelledID(of: $0) }.map { JobID(unchecked: $0) })
    unheeded = asked.subtracting(runs)
    for id in unheeded where !isLeaving(id) && (try? folder.has(JobFile.job(id.text))) == false {
      core.mover.removeCancel(id)
    }
    return runs.filter { asked.contains($0) }
  }
}
