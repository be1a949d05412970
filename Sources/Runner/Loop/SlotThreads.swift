import Platform

/// Threads beside the loop's that keep slots busy while jobs wait: each starts the job that was made ready, waits for its
/// end and goes on with the next. What they share with the loop is touched by whoever has the turn, one at a time.
///
/// One thread alone leaves processors without work: a job that ended waits until the loop has the processor on which the
/// other one runs, and two that end at once wait for each other. With two slots on two processors it had 0.55 of a bare
/// loop's rate, and a fifth of the machine was idle; with these it has 0.60, and a tenth (2026-11-27). Where there are more
/// slots than processors other jobs fill the gaps, and who waits for the turn costs more than that: 0.65 instead of 0.68 with
/// four slots, 0.65 instead of 0.71 with eight. There, and with a single slot, the loop does it all.
///
/// `@unchecked Sendable`: everything but the lock is touched with the turn only.
final class SlotThreads: @unchecked Sendable {
  private let turn = Lock()
  private var all: [Worker] = []
  private var idle: [Worker] = []
  /// Asked to fill a slot, and not there yet.
  private var coming = 0
  /// What is done between two runs, with the turn: what ended is collected, and the next is started, whose process is
  /// answered. Nil: there is none for this thread.
  var goOn: () -> Int32? = { nil }
  /// The first of these threads is about to come, with the turn. From then on SIGCHLD reaches the loop no more for sure.
  var willBegin: () -> Void = {}

  /// More than these wait for each other: a job needs the turn for some 150 µs.
  private static let most = 4

  /// How many there are to be for so many slots.
  static func useful(slots: Int, processors: Int = Machine.processors) -> Int {
    slots > 1 && slots <= processors ? min(slots, most) : 0
  }

  /// Waits until nobody else has the turn.
  func withTurn<Answer, Failure: Error>(_ body: () throws(Failure) -> Answer) throws(Failure) -> Answer {
    try turn.withLock(body)
  }

  /// A thread is on its way to a free slot.
  var isComing: Bool { coming > 0 }

  /// Has a thread fill a free slot. With the turn.
  ///
  /// - Parameter most: how many threads there may be.
  /// - Returns: false: all are busy, and the machine or `most` allows no more.
  func fillSlot(most: Int) -> Bool {
    if coming > 0 { return true }
    guard most > 0, let worker = idle.popLast() ?? make(most: most) else { return false }
    coming += 1
    worker.submit { [self] in
      var pid = withTurn {
        coming -= 1
        return next(worker)
      }
      while let child = pid {
        Children.awaitEnd(of: child)
        pid = withTurn { next(worker) }
      }
    }
    return true
  }

  private func make(most: Int) -> Worker? {
    if all.isEmpty { willBegin() }
    guard all.count < most, let worker = try? Worker(name: "slot", hearsOfChildren: true) else { return nil }
    all.append(worker)
    return worker
  }

  private func next(_ worker: Worker) -> Int32? {
    let pid = goOn()
    if pid == nil { idle.append(worker) }
    return pid
  }

  /// Starts nothing more. With the turn.
  func stop() { goOn = { nil } }

  /// Waits until all threads have ended. Without the turn, after `stop` and the end of every run.
  func close() { for worker in all { worker.finish() } }
}
