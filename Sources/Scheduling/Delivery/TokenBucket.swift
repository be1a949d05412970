import Jobs

/// Holds a channel at its rate: each attempt takes a token, and tokens come back one by one, evenly over the period. After a
/// rest as many as the rate says may go at once, so that within any one period there are less than twice as many.
///
/// A new bucket holds one token and not all: what went out before a restart is not known, and a runner that starts again and
/// again must not get a fresh burst each time.
public struct TokenBucket: Sendable, Equatable {
  private let rate: DeliveryRate
  /// Of time that was not spent, ns: a token costs `cost`.
  private var saved: Int64
  private var lastSeen: Int64

  /// The time in which one token comes back, ns, at least 1.
  private var cost: Int64 { max(1, rate.period.wholeNanoseconds / Int64(rate.count)) }
  private var most: Int64 { cost * Int64(rate.count) }

  /// - Parameter now: the continuous clock, ns; likewise below.
  public init(_ rate: DeliveryRate, now: Int64) {
    self.rate = rate
    saved = 0
    lastSeen = now
    saved = cost
  }

  /// Another rate from now on; what was saved counts as far as there is room for it.
  public func changed(to rate: DeliveryRate, now: Int64) -> TokenBucket {
    guard rate != self.rate else { return self }
    var bucket = TokenBucket(rate, now: now)
    bucket.saved = savedAt(now) >= cost ? bucket.cost : 0
    return bucket
  }

  /// When the next token is there; `now` or earlier: it is.
  public func nextToken(now: Int64) -> Int64 {
    let missing = cost - savedAt(now)
    return missing <= 0 ? now : now + missing
  }

  /// Takes a token; false: there is none yet.
  public mutating func take(now: Int64) -> Bool {
    saved = savedAt(now)
    lastSeen = max(lastSeen, now)
    guard saved >= cost else { return false }
    saved -= cost
    return true
  }

  private func savedAt(_ now: Int64) -> Int64 {
    let passed = max(0, now - lastSeen)
    let (sum, isMore) = saved.addingReportingOverflow(passed)
    return isMore ? most : min(most, sum)
  }
}
