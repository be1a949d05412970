import Platform

/// Tells who waits that nothing moves any more: asks once a second whether the runner still lives.
public struct RunnerWatch {
  private let access: SpoolAccess
  private var next: Int64
  private static let pause: Int64 = 1_000_000_000
  /// Whether one lived when it was asked last.
  public private(set) var isAlive: Bool

  /// - Parameter now: on the continuous clock, ns.
  /// - Throws: `system`.
  public init(_ access: SpoolAccess, now: Int64 = Clock.continuous()) throws(SystemError) {
    self.access = access
    isAlive = try access.isRunnerAlive()
    next = now + Self.pause
  }

  /// Whether the runner that lived at the last look has ended since; said once of each.
  public mutating func hasEnded(now: Int64 = Clock.continuous()) throws(SystemError) -> Bool {
    guard now >= next else { return false }
    next = now + Self.pause
    let was = isAlive
    isAlive = try access.isRunnerAlive()
    return was && !isAlive
  }
}
