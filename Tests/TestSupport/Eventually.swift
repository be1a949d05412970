import Platform

/// Waits until something is so: the one place where tests wait, by looking again. False when that took too long.
///
/// - Parameter seconds: a `Patience`, generous; a test that passes never waits longer than the thing itself takes.
public func eventually(within seconds: Int64 = 30, _ condition: () throws -> Bool) rethrows -> Bool {
  var patience = Patience(nanoseconds: seconds * 1_000_000_000)
  while try !condition() {
    if patience.isOver() { return try condition() }
    Clock.wait(nanoseconds: 2_000_000)
  }
  return true
}

/// Tries something with more and more time, ms, until the machine was quick enough for what is to happen within it.
///
/// - Parameter body: false: it was not.
public func withMoreTime(_ body: (_ milliseconds: Int) throws -> Bool) rethrows -> Bool {
  for time in [500, 5000, 40_000] where try body(time) { return true }
  return false
}
