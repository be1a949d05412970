import Jobs
import Scheduling

/// Jobs that end without a run, in the order that was found; one verdict a job.
struct Verdicts {
  private var outcomes: [Handle: Outcome] = [:]
  private var order: [Handle] = []
  private var first = 0

  var isEmpty: Bool { outcomes.isEmpty }

  /// Whether what was found of a job stays, whatever becomes of others: all but what its `after` comes to, which is asked
  /// anew whenever one of those moves.
  func isFinal(_ handle: Handle) -> Bool {
    guard !outcomes.isEmpty, let status = outcomes[handle]?.status else { return false }
    return status != .dependencyFailed && status != .dependencyMissing
  }

  mutating func add(_ handle: Handle, _ outcome: Outcome) {
    if outcomes.updateValue(outcome, forKey: handle) == nil { order.append(handle) }
  }

  mutating func remove(_ handle: Handle) {
    // As a rule there are none: few jobs end without a run.
    guard !outcomes.isEmpty, outcomes.removeValue(forKey: handle) != nil, outcomes.isEmpty else { return }
    order.removeAll(keepingCapacity: true)
    first = 0
  }

  mutating func next() -> (handle: Handle, outcome: Outcome)? {
    while first < order.count {
      let handle = order[first]
      first += 1
      if let outcome = outcomes.removeValue(forKey: handle) { return (handle, outcome) }
    }
    order.removeAll(keepingCapacity: true)
    first = 0
    return nil
  }
}
