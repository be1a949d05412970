import Jobs
import Scheduling

/// A job the runner knows and has not settled: compact, because a million may wait.
struct WaitingJob {
  enum Origin: UInt8 { case inbox, deferred }
  enum Phase: UInt8 { case waiting, claimed }

  /// In the inbox the stem as dropped, in `deferred` the id.
  var name: JobID
  var origin: Origin
  var phase = Phase.waiting
  var lane: LaneID
  var priority: Int16
  /// When the file arrived, ns since 1970.
  var arrival: Int64
  /// Which file it was when it was read: another inode is another drop.
  var inode: UInt64
  /// Not before this, ns since 1970; `.min`: at once.
  var due: Int64
  /// The last listing that saw it.
  var seen: UInt32 = 0
}
