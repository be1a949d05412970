import Jobs
import Platform
import Scheduling
import Spool

/// The places of jobs that an earlier runner began and that cannot be put in order yet: each has its key and its place in its
/// group as one that runs, so that no other is started in its stead.
final class HeldPlaces {
  private let core: Core
  private let room: WaitingRoom
  private let lanes: Lanes
  private var handles: [JobID: Handle] = [:]

  init(_ core: Core, room: WaitingRoom, lanes: Lanes) {
    self.core = core
    self.room = room
    self.lanes = lanes
  }

  /// These have places from now on, and no others.
  func hold(_ jobs: [JobID]) {
    for (id, handle) in handles where !jobs.contains(id) {
      room.giveUpPlace(handle)
      handles[id] = nil
    }
    for id in jobs where handles[id] == nil {
      // What cannot be read now is asked for again with the job's next look.
      guard let (content, _, status) = try? reader.readClaimed(JobFile.job(id.text), in: core.folders[.processing]),
        let job = try? content.get()
      else { continue }
      let waiting = WaitingJob(
        name: id, origin: .deferred, lane: lanes.lane(of: job, tell: room),
        priority: lanes.priority(of: job, core.settings), arrival: status?.changed ?? .min, inode: status?.inode ?? 0,
        due: .min)
      handles[id] = room.holdPlace(waiting, terms: WaitingRoom.Terms(begun: job))
    }
  }

  /// The job goes on, and its place with it; nil: it has none.
  ///
  /// - Parameter arrival: when it came: in an ordered group it stands before those that came after it.
  func take(_ id: JobID, since arrival: Timestamp?) -> Handle? {
    guard let handle = handles.removeValue(forKey: id) else { return nil }
    if let arrival { room.setArrival(handle, arrival.nanoseconds) }
    return handle
  }

  /// It waits in `deferred` now, where it keeps its place; one whose record cannot be read now is met by the listing.
  func goesOn(_ id: JobID) {
    guard let record = (try? JobHomes(core.folders).record(of: id, in: .deferred)) ?? nil,
      let status = (try? core.folders[.deferred].status(JobFile.record(id.text))) ?? nil,
      let handle = take(id, since: record.submittedAt)
    else { return }
    room.readmit(handle, id: id, due: status.modified, now: core.wall)
  }

  private var reader: DropReader { DropReader(core.settings) }
}
