/// How long a loop goes on looking for something that is to come. What passes between two looks counts as a tenth of a
/// second at most: while the machine slept, or had no processor for this process, the other side could not go on either.
public struct Patience {
  private static let longestTurn: Int64 = 100_000_000

  private var left: Int64
  private var lookedAt = Clock.continuous()

  /// - Parameter nanoseconds: 0 is over at the first look.
  public init(nanoseconds: Int64) { left = nanoseconds }

  /// Whether it is at its end; to be asked once after each look.
  public mutating func isOver() -> Bool {
    let now = Clock.continuous()
    left -= min(now - lookedAt, Self.longestTurn)
    lookedAt = now
    return left <= 0
  }
}
