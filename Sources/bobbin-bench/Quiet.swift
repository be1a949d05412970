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

  /// Looks every 5 ms until it has ended, and answers its highest resident, bytes. What wait4(2) tells would be ours where
  /// that is more: a child begins with what its parent has.
  func peakMemory() -> Double {
    var peak = 0.0
    while ProcessTable.facts(pid)?.isZombie == false {
      peak = max(peak, ProcFacts.memory("VmHWM", of: pid))
      Clock.wait(nanoseconds: 5_000_000)
    }
    return peak
  }
}
