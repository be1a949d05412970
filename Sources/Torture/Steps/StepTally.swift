/// What a search was to meet and what it met, for each scenario and fault: a search that met little has found nothing out.
struct StepTally {
  private struct Key: Hashable {
    let scenario: String
    let fault: CallFault
  }

  private struct Count {
    var planned = 0
    var struck = 0
  }

  private var counts: [Key: Count] = [:]

  /// Calls that went wrong.
  var struck: Int { counts.values.reduce(0) { $0 + $1.struck } }

  /// - Parameter isCounted: there was a call of its number when nothing went wrong.
  mutating func plan(_ one: StepCase, isCounted: Bool) {
    counts[Key(scenario: one.scenario.name, fault: one.fault), default: Count()].planned += isCounted ? 1 : 0
  }

  mutating func strike(_ one: StepCase) {
    counts[Key(scenario: one.scenario.name, fault: one.fault), default: Count()].struck += 1
  }

  /// A line for each.
  var lines: [String] {
    counts.map { "\($0.key.scenario) \($0.key.fault): \($0.value.struck) calls of \($0.value.planned) counted\n" }
      .sorted()
  }

  /// - Throws: when of a scenario fewer calls went wrong than it says, or of a fault none at all.
  func judge(_ scenarios: [StepScenario]) throws(TortureError) {
    for scenario in scenarios {
      let own = counts.filter { $0.key.scenario == scenario.name }
      let planned = own.values.reduce(0) { $0 + $1.planned }
      let struck = own.values.reduce(0) { $0 + $1.struck }
      guard struck > 0, struck * 100 >= planned * scenario.leastStruck else {
        throw .machine("of '\(scenario.name)' \(struck) calls went wrong, \(planned) were counted: nothing is found so")
      }
      // Of few none may have come by chance: three are to be expected by the share that the scenario asks for.
      if let none = own.first(where: { $0.value.planned * scenario.leastStruck >= 300 && $0.value.struck == 0 }) {
        throw .machine("of '\(scenario.name)' \(none.key.fault) met no call, \(none.value.planned) were counted")
      }
    }
  }
}
