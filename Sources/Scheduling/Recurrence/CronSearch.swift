import Jobs

/// When a cron line is due in a zone.
///
/// Through a change of the offset of at most three hours it does what Vixie's cron does (cron.c, "Too many clocks"; cron(8)):
/// - A line that follows the clock is due whenever the wall clock shows one of its times: not at those that are skipped,
///   twice at those that come twice.
/// - Any other line is due at the first second after a gap for all its times in the gap together, and of the times that
///   come twice at the first only.
///
/// A larger change is a zone that was moved, not a clock: the wall clock goes on, and nothing is made up for.
/// Cron wakes once a minute and counts a jump from the last minute that it served, so a jump of exactly three hours forward
/// is too large for its loop; its manual and this say that it is not. A jump of up to five minutes, after which it runs
/// every line for every minute, no zone has had since 1970.
extension CronExpression {
  /// The first moment after `second` at which the line is due, in seconds since 1970; nil when there is none until 2262.
  public func next(after second: Int64, in zone: Zone) -> Int64? {
    guard second < Horizon.last else { return nil }
    var from = max(second + 1, Horizon.first)
    // There is no time of the line in start..<time on the wall clock.
    var known: (start: Int64, time: Int64) = (.max, .min)
    while from <= Horizon.last {
      let period = zone.period(at: from)
      if from == period.start, makesUp(at: period) { return from }
      let local = max(from + period.offset, resumption(in: period))
      if local < known.start || local > known.time {
        guard let time = firstCivil(from: local, before: Horizon.last + Horizon.margin) else { return nil }
        known = (local, time)
      }
      let found = known.time - period.offset
      if found < period.end { return found <= Horizon.last ? found : nil }
      from = max(period.end, from + 1)
    }
    return nil
  }

  /// The last moment before `second` at which the line was due, in seconds since 1970; nil when there is none since 1900.
  public func previous(before second: Int64, in zone: Zone) -> Int64? {
    guard second > Horizon.first else { return nil }
    var through = min(second - 1, Horizon.last)
    // There is no time of the line after `time` up to `end` on the wall clock.
    var known: (time: Int64, end: Int64) = (.max, .min)
    while through >= Horizon.first {
      let period = zone.period(at: through)
      let local = through + period.offset
      if local < known.time || local > known.end {
        guard let time = lastCivil(through: local, from: Horizon.first - Horizon.margin) else { return nil }
        known = (time, local)
      }
      let start = max(period.start, Horizon.first)
      if known.time >= max(start + period.offset, resumption(in: period)) { return known.time - period.offset }
      guard period.start > Horizon.first else { return nil }
      if makesUp(at: period) { return period.start }
      through = period.start - 1
    }
    return nil
  }

  /// Whether the line has a time in the gap before a period, for which it is due at the period's start.
  private func makesUp(at period: Zone.Period) -> Bool {
    let gap = period.offset - period.before
    guard !followsClock, gap > 0, gap <= Horizon.largestJump else { return false }
    return firstCivil(from: period.start + period.before, before: period.start + period.offset) != nil
  }

  /// The wall clock from which the line is due again in a period whose first hours are a repetition; else long ago.
  private func resumption(in period: Zone.Period) -> Int64 {
    let back = period.before - period.offset
    guard !followsClock, back > 0, back <= Horizon.largestJump, period.start > Horizon.first else { return .min }
    return period.start + period.before
  }
}

/// How far is searched.
private enum Horizon {
  /// 1900-01-01T00:00:00Z.
  static let first: Int64 = -2_208_988_800
  /// 2262-04-11T23:47:16Z.
  static let last = Recurrence.lastSecond
  /// More than any offset from UTC, of which RFC 9636 allows 26 hours.
  static let margin: Int64 = 2 * 86_400
  /// Vixie's "medium" jump.
  static let largestJump: Int64 = 3 * 3600
}
