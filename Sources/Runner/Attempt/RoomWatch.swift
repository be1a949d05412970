import Jobs
import Platform

/// A folder of a run that may not take more than so much, and the look at it that goes on.
struct Room {
  let folder: Folder
  let limit: ByteCount
  /// Why the run ends when it is over.
  let cause: Supervision.Cause
  /// When something about it is due, continuous clock.
  fileprivate(set) var due: Int64?
  fileprivate var look: RoomWatch.Look?

  /// - Parameter due: when it is looked at first.
  init(_ folder: Folder, limit: ByteCount, cause: Supervision.Cause, due: Int64) {
    (self.folder, self.limit, self.cause, self.due) = (folder, limit, cause, due)
  }
}

/// Holds `limits.scratch` of the folders that jobs run in, and `session.bytes` of those that stay. Linux limits no plain folder
/// (quotas are the disk's owner's to set up), so they are looked at, as a kubelet does for ephemeral storage: in a thread, for
/// a tree of a million files takes seconds.
final class RoomWatch {
  /// One look at one folder.
  final class Look: Sendable {
    private let answer = Locked<(isOver: Bool, took: Int64)?>(nil)

    /// What was found, and how long it took, ns; nil: it goes on.
    var outcome: (isOver: Bool, took: Int64)? { answer.withLock { $0 } }

    fileprivate func take(_ folder: Folder, _ limit: ByteCount) {
      let start = Clock.continuous()
      // One that cannot be listed is the runner's trouble and not the job's.
      let isOver = (try? Tree.takes(moreThan: limit.bytes, in: folder)) ?? false
      answer.withLock { $0 = (isOver, Clock.continuous() - start) }
    }
  }

  /// Between two looks at a folder, ns: what a disk writes in that time may come on top of the limit.
  static let interval: Int64 = 500_000_000
  /// Looking takes one part in this many of the time.
  private static let share: Int64 = 20
  /// Between two questions whether a look is through, ns.
  private static let patience: Int64 = 20_000_000

  /// Made for the first folder that has a limit.
  private var worker: Worker?

  /// Goes on with the looks at the rooms of a run. Answers why it has to end, if it has to.
  func proceed(_ rooms: inout [Room], now: Int64) -> Supervision.Cause? {
    for index in rooms.indices {
      guard let due = rooms[index].due, now >= due else { continue }
      if proceed(&rooms[index], now: now) { return rooms[index].cause }
    }
    return nil
  }

  /// True: it takes more than it may.
  private func proceed(_ room: inout Room, now: Int64) -> Bool {
    guard let look = room.look else {
      // No thread to be had is met again at the next look.
      do throws(SystemError) {
        room.look = try begin(room)
        room.due = now + Self.patience
      } catch { room.due = now + Self.interval }
      return false
    }
    guard let (isOver, took) = look.outcome else {
      room.due = now + Self.patience
      return false
    }
    room.look = nil
    room.due = isOver ? nil : now + max(Self.interval, took * Self.share)
    return isOver
  }

  private func begin(_ room: Room) throws(SystemError) -> Look {
    if worker == nil { worker = try Worker(name: "rooms") }
    let look = Look()
    worker?.submit { [folder = room.folder, limit = room.limit] in look.take(folder, limit) }
    return look
  }
}
