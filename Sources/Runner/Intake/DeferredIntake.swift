import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Reads `deferred/` into the waiting room: jobs that were started before and wait for their next attempt. The due time
/// is the record's content time, so `touch` means now.
final class DeferredIntake {
  private let core: Core
  private let room: WaitingRoom
  private let lanes: Lanes
  /// A job of a group is there.
  var admitted: (_ id: JobID, _ group: GroupName) -> Void = { _, _ in }
  private var policy = ScanPolicy()
  private var listing: UInt32 = 0
  private var lastLooked: Int64?
  private var lookCost: Int64 = 0

  init(_ core: Core, room: WaitingRoom, lanes: Lanes) {
    self.core = core
    self.room = room
    self.lanes = lanes
  }

  func doubt() { policy.doubt() }

  /// A notification named a file: a touched record, or a job that came or went.
  func hint(_ name: [UInt8]) {
    guard let text = String(validating: name, as: UTF8.self) else { return }
    if let id = JobFile.sidecarID(of: text, in: .deferred), let handle = room.handle(deferred: JobID(unchecked: id)) {
      lookAtDue(JobID(unchecked: id), handle)
    } else {
      policy.doubt()
    }
  }

  func scan() throws(SystemError) {
    let folder = try core.folders[.deferred]
    let times = try folder.descriptor.status()
    let start = core.now
    if policy.shouldList(times, continuous: start, wall: core.wall) {
      listing &+= 1
      var found: [JobID] = []
      var bad: [String] = []
      try folder.forEachName { bytes, _ in
        if let name = String(validating: bytes, as: UTF8.self), let stem = JobFile.stem(of: name) {
          // A name that nothing of ours fits beside was put there by hand: its record could never be written.
          if let id = try? JobID(derived: Array(stem.utf8)) { found.append(id) } else { bad.append(name) }
        }
      }
      for name in bad {
        core.log.write(.warn, "bad-name", "deferred/\(name) cannot be a job's name: it is left alone")
      }
      for id in found {
        if let handle = room.handle(deferred: id) { room.markSeen(handle, listing) } else { admit(id, in: folder) }
      }
      for handle in room.unseen(.deferred, listing) { room.leave(handle) }
      policy.listed(times, at: core.now, took: core.now - start)
    }
    // A touch changes no folder. With notifications it is a hint; without, each record is looked at, within the same
    // share of a core.
    let pause = max(core.settings.notifications ? ScanPolicy.longest : 0, lookCost * ScanPolicy.share)
    if lastLooked.map({ start - $0 >= pause }) ?? true {
      for (id, handle) in room.deferredJobs { lookAtDue(id, handle) }
      lastLooked = core.now
      lookCost = core.now - start
    }
  }

  private func lookAtDue(_ id: JobID, _ handle: Handle) {
    guard let folder = try? core.folders[.deferred], let status = try? folder.status(JobFile.record(id.text)) else {
      return  // the listing finds out what became of it
    }
    room.setDue(handle, status.modified, now: core.wall)
  }

  private func admit(_ id: JobID, in folder: Folder) {
    do throws(SystemError) {
      let reader = DropReader(core.settings)
      let job = try? reader.readClaimed(JobFile.job(id.text), in: folder).content.get()
      let status = try folder.status(JobFile.record(id.text))
      guard let file = try folder.status(JobFile.job(id.text)) else { return }
      let record = try JobHomes(core.folders).record(of: id, in: .deferred)
      let lane = lanes.lane(of: job, tell: room)
      let priority = job.map { lanes.priority(of: $0, core.settings) } ?? 0
      var waiting = WaitingJob(
        name: id, origin: .deferred, lane: lane, priority: priority,
        arrival: record?.submittedAt?.nanoseconds ?? file.changed, inode: file.inode,
        due: status?.modified ?? .min)
      waiting.seen = listing
      room.admit(waiting, terms: job.flatMap { WaitingRoom.Terms(begun: $0) }, now: core.wall)
      if let group = job?.group { admitted(id, group) }
    } catch {
      core.log.write(.warn, "look-failed", job: id.text, "a deferred job cannot be read now: \(error)")
      policy.doubt()
    }
  }
}
