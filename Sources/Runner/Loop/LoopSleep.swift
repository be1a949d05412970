/// How long the loop's thread sleeps, and what is worth waking it for. Pure; times are of the continuous clock, ns.
struct LoopSleep {
  /// `.min`: it does not sleep, or somebody wakes it already.
  private var until: Int64 = .min

  /// It goes to sleep.
  ///
  /// - Parameter due: when it is to wake by itself.
  /// - Returns: how long that is.
  mutating func begin(until due: Int64, now: Int64) -> Int64 {
    // The time itself, not one counted again from a later now: what another thread finds due then is no reason to wake it.
    until = due
    return due <= now ? 0 : due - now
  }

  mutating func end() { until = .min }

  /// Whether something due then has to wake it: once.
  mutating func isBroken(by due: Int64) -> Bool {
    guard due < until else { return false }
    until = .min
    return true
  }
}
