import Platform
import Synchronization

/// Goes through every call of every scenario, several at a time.
final class StepSearch: Sendable {
  private struct State {
    var cases: [StepCase] = []
    var next = 0
    var fired: [String: Int] = [:]
    var findings = 0
    var failure: String?
  }

  private let state = Mutex(State())
  private let options: StepOptions

  init(_ options: StepOptions) { self.options = options }

  /// What came of it.
  struct Report {
    /// Calls that went wrong.
    let calls: Int
    let findings: Int
  }

  /// - Parameter tell: is given lines, also from other threads.
  /// - Throws: also when no call was met at all: nothing would be found then.
  func run(tell: @escaping @Sendable (String) -> Void = { Terminal.output($0) }) throws -> Report {
    guard ((try? FileSystem.status(path: options.library)) ?? nil) != nil else {
      throw TortureError.machine("there is no \(options.library): swift build makes it")
    }
    let place = try Workplace("steps", in: options.folder)
    defer { place.clear() }
    try plan(in: place.folder)
    let workers = try (0..<options.atOnce).map { _ in try Worker(name: "cases") }
    for worker in workers { worker.submit { [self] in work(in: place.folder, tell) } }
    for worker in workers { worker.finish() }
    return try state.withLock { state in
      if let failure = state.failure { throw TortureError.machine(failure) }
      for (name, count) in state.fired.sorted(by: { $0.key < $1.key }) { tell("\(name): \(count) calls\n") }
      let report = Report(calls: state.fired.values.reduce(0, +), findings: state.findings)
      tell("\(report.calls) calls went wrong, \(report.findings) findings\n")
      return report
    }
  }

  private func plan(in place: Folder) throws {
    var cases: [StepCase] = []
    for scenario in StepScenario.all where options.scenario == nil || options.scenario == scenario.name {
      for fault in CallFault.all where options.fault == nil || options.fault == fault.description {
        func make(_ number: Int) -> StepCase {
          StepCase(
            scenario: scenario, fault: fault, number: number, bobbin: options.program, library: options.library)
        }
        if let number = options.number {
          cases.append(make(number))
          continue
        }
        try place.makeFolder("count")
        let calls = try make(0).countCalls(in: place.folder("count"))
        try Tree.remove("count", in: place)
        guard calls > 0 else { continue }
        // Threads and scans make some calls more at one time than at another.
        cases += (1...calls + calls / 10 + 3).map(make)
      }
    }
    guard !cases.isEmpty else { throw TortureError.machine("no call was met: was \(options.library) loaded?") }
    if options.every > 1 {
      var random = Seeded(options.seed)
      cases = cases.filter { _ in random.once(in: options.every) }
    }
    state.withLock { $0.cases = cases }
  }

  private func work(in place: Folder, _ tell: (String) -> Void) {
    while true {
      let next = state.withLock { state -> (StepCase, Int)? in
        guard state.next < state.cases.count, state.failure == nil else { return nil }
        state.next += 1
        return (state.cases[state.next - 1], state.next)
      }
      guard let (one, index) = next else { return }
      let name = "case-\(index)"
      do {
        try place.makeFolder(name)
        let outcome = try one.run(in: place.folder(name))
        note(one, outcome, tell)
        if outcome.findings.isEmpty || !options.keeps { try Tree.remove(name, in: place) }
      } catch { state.withLock { $0.failure = "\(one.scenario.name) \(one.fault.plan(at: one.number)): \(error)" } }
    }
  }

  private func note(_ one: StepCase, _ outcome: StepCase.Outcome, _ tell: (String) -> Void) {
    state.withLock { state in
      if outcome.fired { state.fired["\(one.scenario.name) \(one.fault)", default: 0] += 1 }
      state.findings += outcome.findings.count
      for finding in outcome.findings {
        tell(
          "\(one.scenario.name) \(one.fault) \(one.number): \(finding.code.rawValue): \(finding.what)\n")
      }
    }
  }
}
