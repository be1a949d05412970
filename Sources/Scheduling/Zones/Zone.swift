/// A time zone: which offset from UTC holds when.
public struct Zone: Sendable, Equatable {
  /// A stretch of time in which one offset holds.
  public struct Period: Sendable, Equatable {
    /// Its first second, since 1970; `Int64.min` of the first one.
    public var start: Int64
    /// The first second after it; `Int64.max` of the last one.
    public var end: Int64
    /// Seconds east of Greenwich.
    public var offset: Int64
    /// The offset before it; its own of the first one.
    public var before: Int64
  }

  /// The period of a moment, seconds since 1970.
  public func period(at second: Int64) -> Period { Period(start: .min, end: .max, offset: 0, before: 0) }

  /// UTC.
  public static let utc = Zone()
}
