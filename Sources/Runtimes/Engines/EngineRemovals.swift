import Platform
import Synchronization

/// Containers to be taken away that nobody waits for: those whose client died, or that did not end by themselves. In a
/// thread, for an engine takes a tenth of a second, and again as long as it does not answer.
final class EngineRemovals: Sendable {
  private struct State {
    var names: Set<String> = []
    var isWorking = false
    var worker: Worker?
    var nextTry: Int64 = .min
  }

  /// Between two tries, ns.
  private static let interval: Int64 = 1_000_000_000

  private let engine: Engine
  private let state = Mutex(State())

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

  private func work() {
    let engine = engine
    let worker: Worker? = state.withLock { state in
      guard !state.isWorking else { return nil }
      // No thread to be had is met again at the next try.
      if state.worker == nil { state.worker = try? Worker(name: "engine") }
      state.isWorking = state.worker != nil
      return state.worker
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
