import Jobs
import Platform
import Synchronization

/// Holds `limits.scratch` of the folders that jobs run in. Linux limits no plain folder (quotas are the disk's owner's to
/// set up), so they are looked at, as a kubelet does for ephemeral storage: in a thread, for a tree of a million files takes
/// seconds.
final class ScratchWatch: Sendable {
  /// One look at one folder.
  final class Look: Sendable {
    private let answer = Mutex<(isOver: Bool, took: Int64)?>(nil)

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
  static let share: Int64 = 20
  /// Between two questions whether a look is through, ns.
  static let patience: Int64 = 20_000_000

  private let worker: Worker

  /// - Throws: `pthread_create`.
  init() throws(SystemError) { worker = try Worker(name: "scratch") }

  /// Begins a look.
  func look(at folder: Folder, limit: ByteCount) -> Look {
    let look = Look()
    worker.submit { look.take(folder, limit) }
    return look
  }
}
