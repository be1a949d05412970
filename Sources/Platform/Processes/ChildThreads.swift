/// Threads that each start a child, wait for its end and go on with the next. What they do in between, and what their owner
/// does, is done by one at a time: whoever has the turn.
///
/// `@unchecked Sendable`: everything but the lock is touched with the turn only, and so is what the closures hold.
public final class ChildThreads: @unchecked Sendable {
  private let turn = Lock()
  private let name: String
  private var all: [Worker] = []
  private var idle: [Worker] = []
  /// Asked to start a child, and not there yet.
  private var coming = 0
  /// What is done between two children, with the turn: the one that ended is reaped, and the next is started, whose process
  /// is answered. Nil: there is none for this thread.
  public var goOn: () -> Int32? = { nil }
  /// The first thread is about to come, with the turn. From then on SIGCHLD reaches others no more for sure.
  public var willBegin: () -> Void = {}

  /// - Parameter name: of its threads.
  public init(name: String) { self.name = name }

  /// Waits until nobody else has the turn.
  public func withTurn<Answer, Failure: Error>(_ body: () throws(Failure) -> Answer) throws(Failure) -> Answer {
    try turn.withLock(body)
  }

  /// A thread is on its way to start a child.
  public var isComing: Bool { coming > 0 }

  /// Has a thread start a child. With the turn.
  ///
  /// - Parameter most: how many threads there may be.
  /// - Returns: false: all are busy, and the machine or `most` allows no more.
  public func begin(most: Int) -> Bool {
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
    guard all.count < most, let worker = try? Worker(name: name, blocksChildSignal: false) else { return nil }
    all.append(worker)
    return worker
  }

  private func next(_ worker: Worker) -> Int32? {
    let pid = goOn()
    if pid == nil { idle.append(worker) }
    return pid
  }

  /// Starts nothing more. With the turn.
  public func stop() { goOn = { nil } }

  /// Waits until all threads have ended. Without the turn, after `stop` and the end of every child.
  public func close() { for worker in all { worker.finish() } }
}
