import Jobs
import Scheduling

/// Jobs that end without a run, in the order that was found; one verdict a job.
struct Verdicts {
  private var outcomes: [Handle: Outcome] = [:]
  private var order: [Handle] = []
  private var first = 0

  var isEmpty: Bool { outcomes.isEmpty }

  mutating func add(_ handle: Handle, _ outcome: Outcome) {
    if outcomes.updateValue(outcome, forKey: handle) == nil { order.append(handle) }
  }

  mutating func remove(_ handle: Handle) { outcomes[handle] = nil }

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
