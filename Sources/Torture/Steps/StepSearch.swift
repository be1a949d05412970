import Platform

/// Goes through every call of every scenario, several at a time.
final class StepSearch: Sendable {
  private struct State {
    var cases: [StepCase] = []
    var next = 0
    var tally = StepTally()
    var findings = 0
    var failure: String?
  }

  private let state = Locked(State())
  private let options: StepOptions

  init(_ options: StepOptions) { self.options = options }

  /// What came of it.
  struct Report {
    /// Calls that went wrong.
    let calls: Int
    let findings: Int
  }

  /// - Parameter tell: is given lines, also from other threads.
  /// - Throws: also when fewer calls were met than the scenarios say: nothing would be found then.
  func run(tell: @escaping @Sendable (String) -> Void = { Terminal.output($0) }) throws -> Report {
    guard ((try? FileSystem.status(path: options.library)) ?? nil) != nil else {
      throw TortureError.machine("there is no \(options.library): swift build makes it")
    }
    let place = try Workplace("steps", in: options.folder)
    // Those of what was found are all that is left in it.
    defer { if !options.keeps || state.withLock({ $0.findings == 0 }) { place.clear() } }
    try plan(in: place.folder)
    let workers = try (0..<options.atOnce).map { _ in try Worker(name: "cases") }
    for worker in workers { worker.submit { [self] in work(in: place.folder, tell) } }
    for worker in workers { worker.finish() }
    return try state.withLock { state in
      if let failure = state.failure { throw TortureError.machine(failure) }
      for line in state.tally.lines { tell(line) }
      let report = Report(calls: state.tally.struck, findings: state.findings)
      tell("\(report.calls) calls went wrong, \(report.findings) findings\n")
      if options.number == nil { try state.tally.judge(scenarios) }
      guard report.calls > 0 else { throw TortureError.machine("no call was met: is there one of that number?") }
      return report
    }
  }

  private var scenarios: [StepScenario] {
    StepScenario.all.filter { options.scenario == nil || options.scenario == $0.name }
  }

  private func plan(in place: Folder) throws {
    var cases: [StepCase] = []
    var tally = StepTally()
    var random = Seeded(options.seed)
    for scenario in scenarios {
      let all = try count(scenario, .everyChange, in: place)
      guard all >= scenario.leastCalls else {
        throw TortureError.machine("'\(scenario.name)' makes \(all) calls, \(scenario.leastCalls) at least are needed")
      }
      for fault in CallFault.all where options.fault == nil || options.fault == fault.description {
        if let number = options.number {
          cases.append(make(scenario, fault, number))
          continue
        }
        let calls = fault == .everyChange ? all : try count(scenario, fault, in: place)
        guard calls > 0 || scenario.without.contains(fault) else {
          throw TortureError.machine("'\(scenario.name)' makes no call of \(fault.kinds)")
        }
        let every = fault.isOfReads ? options.everyRead ?? options.every : options.every
        // Threads and scans make some calls more at one time than at another.
        for number in 1...calls + calls / 10 + 3 where every == 1 || random.once(in: every) {
          cases.append(make(scenario, fault, number))
          tally.plan(cases[cases.count - 1], isCounted: number <= calls)
        }
      }
    }
    state.withLock { ($0.cases, $0.tally) = (cases, tally) }
  }

  private func make(_ scenario: StepScenario, _ fault: CallFault, _ number: Int) -> StepCase {
    StepCase(scenario: scenario, fault: fault, number: number, bobbin: options.program, library: options.library)
  }

  /// How many calls of a kind there are when nothing goes wrong.
  private func count(_ scenario: StepScenario, _ fault: CallFault, in place: Folder) throws -> Int {
    try place.makeFolder("count")
    defer { try? Tree.remove("count", in: place) }  // what stays is in a temporary folder
    return try make(scenario, fault, 0).countCalls(in: place.folder("count"))
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
        if options.keeps, !outcome.findings.isEmpty { tell("  kept: \(place.path)/\(name)\n") }
        if outcome.findings.isEmpty || !options.keeps { try Tree.remove(name, in: place) }
      } catch { state.withLock { $0.failure = "\(one.scenario.name) \(one.fault.plan(at: one.number)): \(error)" } }
    }
  }

  private func note(_ one: StepCase, _ outcome: StepCase.Outcome, _ tell: (String) -> Void) {
    state.withLock { state in
      if outcome.fired { state.tally.strike(one) }
      state.findings += outcome.findings.count
      for finding in outcome.findings {
        tell(
          "\(one.scenario.name) \(one.fault) \(one.number): \(finding.code.rawValue): \(finding.what)\n")
      }
    }
  }
}
