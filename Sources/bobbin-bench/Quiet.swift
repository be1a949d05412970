import Platform

extension Child {
  /// Waits until it took under 1 % of a core three seconds long. Answers how long after its start it took more, s.
  func untilQuiet() throws -> Double {
    var last = ProcFacts.processorTime(of: pid)
    var quiet = 0
    var busyUntil = started.continuous
    try wait("a quiet runner", seconds: 120, every: 500_000_000) {
      let now = ProcFacts.processorTime(of: pid)
      defer { last = now }
      quiet = now - last < 5_000_000 ? quiet + 1 : 0
      if quiet == 0 { busyUntil = Clock.continuous() }
      return quiet == 6
    }
    return Double(busyUntil - started.continuous) / 1e9
  }
}
