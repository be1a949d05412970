import Platform

/// Containers to be taken away that nobody waits for: those whose client died, or that did not end by themselves. In a
/// thread, for an engine takes a tenth of a second, and again as long as it does not answer.
final class EngineRemovals: Sendable {
  private struct State {
    var names: Set<String> = []
    var isWorking = false
    var worker: Worker?
    var nextTry: Int64 = .min

    /// No thread to be had is met again at the next try.
    mutating func makeWorker() -> Worker? {
      if worker == nil { worker = try? Worker(name: "engine") }
      return worker
    }
  }

  /// Between two tries, ns.
  private static let interval: Int64 = 1_000_000_000

  private let engine: Engine
  private let state = Locked(State())

  init(_ engine: Engine) { self.engine = engine }

  var isEmpty: Bool { state.withLock { $0.names.isEmpty } }

  func add(_ name: String) {
    state.withLock { _ = $0.names.insert(name) }
    work()
  }

  /// When to try again, continuous clock; nil: nothing is left, or it is being done.
  var nextDue: Int64? { state.withLock { $0.names.isEmpty || $0.isWorking ? nil : $0.nextTry } }

  /// Tries again what did not go.
  func proceed(now: Int64) {
    let isDue = state.withLock { !$0.names.isEmpty && now >= $0.nextTry }
    if isDue { work() }
  }

  /// Runs a command that nobody waits for, once.
  func run(_ arguments: [String]) {
    let (engine, worker) = (engine, state.withLock { $0.makeWorker() })
    worker?.submit { _ = try? engine.run(arguments) }  // what it was for is looked at again by whoever asked
  }

  private func work() {
    let engine = engine
    let worker: Worker? = state.withLock { state in
      guard !state.isWorking, let worker = state.makeWorker() else { return nil }
      state.isWorking = true
      return worker
    }
    worker?.submit { [self] in
      while true {
        let names = state.withLock { Array($0.names) }
        let isGone = engine.remove(names)
        let goesOn = state.withLock { state in
          if isGone { state.names.subtract(names) }
          state.nextTry = Clock.continuous() + Self.interval
          // What came meanwhile.
          let goesOn = isGone && !state.names.isEmpty
          state.isWorking = goesOn
          return goesOn
        }
        if !goesOn { return }
      }
    }
  }
}
