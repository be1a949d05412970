import Jobs

/// The times of a task, whole seconds since 1970, in any direction.
public enum Recurrence: Sendable, Equatable {
  /// Those of a cron line in a zone.
  case cron(CronExpression, Zone)
  /// Whole multiples of `span` from `anchor`, seconds.
  case every(span: Int64, anchor: Int64)
  /// One.
  case at(Int64)
  /// Whatever moment the machine's start is noticed at: no time of its own.
  case reboot

  /// The first time after a moment; nil: there is none (before the year 2262).
  public func next(after second: Int64) -> Int64? {
    switch self {
    case .cron(let expression, let zone): return expression.next(after: second, in: zone)
    case .every(let span, let anchor): return Self.multiple(Self.floor(second, span, anchor) + 1, span, anchor)
    case .at(let time): return time > second ? time : nil
    case .reboot: return nil
    }
  }

  /// The last time before a moment.
  public func previous(before second: Int64) -> Int64? {
    switch self {
    case .cron(let expression, let zone): return expression.previous(before: second, in: zone)
    case .every(let span, let anchor): return Self.multiple(Self.floor(second - 1, span, anchor), span, anchor)
    case .at(let time): return time < second ? time : nil
    case .reboot: return nil
    }
  }

  /// How many there are after `first` up to `last`, counted no further than `limit`.
  public func count(after first: Int64, through last: Int64, limit: Int) -> Int {
    guard last > first else { return 0 }
    if case .every(let span, let anchor) = self {
      return Int(min(Int64(limit), Self.floor(last, span, anchor) - Self.floor(first, span, anchor)))
    }
    var count = 0
    var time = first
    while count < limit, let next = next(after: time), next <= last {
      count += 1
      time = next
    }
    return count
  }

  /// How many spans lie between the anchor and a moment, rounded down. Both are within the years of `Timestamp`, so that
  /// nothing overflows.
  private static func floor(_ second: Int64, _ span: Int64, _ anchor: Int64) -> Int64 {
    let (difference, isTooFar) = second.subtractingReportingOverflow(anchor)
    guard !isTooFar, span > 0 else { return second < anchor ? Int64.min / 2 : Int64.max / 2 }
    let (quotient, remainder) = difference.quotientAndRemainder(dividingBy: span)
    return remainder < 0 ? quotient - 1 : quotient
  }

  private static func multiple(_ number: Int64, _ span: Int64, _ anchor: Int64) -> Int64? {
    let (product, isTooLarge) = number.multipliedReportingOverflow(by: span)
    let (sum, isTooLargeNow) = product.addingReportingOverflow(anchor)
    return isTooLarge || isTooLargeNow || sum.magnitude > UInt64(lastSecond) ? nil : sum
  }

  /// The last second that `Timestamp` holds, in 2262.
  static let lastSecond: Int64 = Int64.max / 1_000_000_000
}
