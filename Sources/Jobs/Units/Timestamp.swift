/// A moment of wall time, for people, records and file times; for waiting there is the continuous clock.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Nanoseconds since 1970-01-01T00:00:00Z without leap seconds (POSIX). Reaches from 1677 to 2262.
  public var nanoseconds: Int64

  /// What a sentence says was expected.
  static let form = "a time such as \"2026-11-20T11:02:03Z\" or \"2026-11-20T12:02:03.5+01:00\" (RFC 3339 with offset)"

  /// This many nanoseconds since 1970.
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// This many whole seconds since 1970, held at the ends of the range.
  public init(seconds: Int64) {
    let (product, tooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    nanoseconds = tooLarge ? (seconds < 0 ? .min : .max) : product
  }

  /// Later by a span, held at the ends of the range.
  public static func + (time: Timestamp, span: Duration) -> Timestamp {
    let (sum, tooLarge) = time.nanoseconds.addingReportingOverflow(span.wholeNanoseconds)
    return Timestamp(nanoseconds: tooLarge ? (span < .zero ? .min : .max) : sum)
  }

  /// The span from `earlier` to this, negative when `earlier` is later, held at what Int64 nanoseconds hold.
  public func duration(since earlier: Timestamp) -> Duration {
    let (difference, tooLarge) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
    return .nanoseconds(tooLarge ? (nanoseconds < earlier.nanoseconds ? .min : .max) : difference)
  }

  /// Cut down to whole milliseconds: what `text` keeps.
  public var inMilliseconds: Timestamp {
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let floor = remainder < 0 ? quotient - 1 : quotient
    let (product, tooLarge) = floor.multipliedReportingOverflow(by: 1_000_000)
    return tooLarge ? self : Timestamp(nanoseconds: product)
  }

  /// The text.
  public var description: String { text }

  /// Earlier.
  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }
}
