import Jobs

/// What a POSIX TZ string says: `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// POSIX.1-2024, 8.3, with the hours −167…167 of RFC 9636, 3.3.1. Names of the offsets are passed over.
struct PosixZone: Sendable, Equatable {
  /// A second offset, and from when to when in a year it holds. It may be less than the first (Europe/Dublin).
  struct Other: Sendable, Equatable {
    /// Seconds east of Greenwich.
    var offset: Int32
    /// By the clock of the standard offset.
    var begins: Moment
    /// By the clock of this offset.
    var ends: Moment
  }

  /// A second of each year.
  struct Moment: Sendable, Equatable {
    var day: Day
    /// Seconds from that day's midnight, within ±168 hours.
    var time: Int64
  }

  /// A day of each year.
  enum Day: Sendable, Equatable {
    /// `Jn`: 1…365, February 29 is never counted.
    case withoutLeapDay(Int64)
    /// `n`: 0…365, February 29 is counted.
    case withLeapDay(Int64)
    /// `Mm.w.d`: weekday d (0…6, Sunday 0) of week w (1…5, 5 is the last one) of month m (1…12).
    case weekday(month: Int64, week: Int64, day: Int64)
  }

  /// Seconds east of Greenwich.
  var standard: Int32
  /// Nil where one offset holds at all times.
  var other: Other?
}

extension PosixZone {
  /// From a second on another offset.
  typealias Change = (second: Int64, offset: Int32)

  /// What holds at a second, and what changes after it, for some years.
  ///
  /// - Parameter second: since 1970, within ±2⁵⁹.
  func course(from second: Int64, years: Int64) -> (offset: Int32, changes: [Change]) {
    guard let other else { return (standard, []) }
    var changes: [Change] = []
    let year = Calendar.date(ofDay: (second - (second < 0 ? 86_399 : 0)) / 86_400).year
    // Two years more on both sides: a moment may lie eight days outside its year.
    for year in year - 2...year + years + 2 {
      let begin: Change = (other.begins.second(in: year, offset: standard), other.offset)
      let end: Change = (other.ends.second(in: year, offset: other.offset), standard)
      if begin.second == end.second { continue }
      let (first, last) = begin.second < end.second ? (begin, end) : (end, begin)
      if let before = changes.last, first.second <= before.second {
        // What was to be over goes on: by this rules say that it holds all year.
        changes[changes.count - 1] = last
      } else {
        changes += [first, last]
      }
    }
    guard let first = changes.first else { return (standard, []) }
    let limit = Calendar.day(year: year + years, month: 1, day: 1) * 86_400
    let past = changes.prefix { $0.second <= second }
    let offset = past.last?.offset ?? (first.offset == standard ? other.offset : standard)
    return (offset, Array(changes[past.count...].prefix { $0.second < limit }))
  }
}

extension PosixZone.Moment {
  /// Its second of a year, since 1970, by a clock of this offset.
  fileprivate func second(in year: Int64, offset: Int32) -> Int64 {
    let newYear = Calendar.day(year: year, month: 1, day: 1)
    let number: Int64
    switch day {
    case .withoutLeapDay(let n): number = newYear + n - 1 + (n > 59 ? Calendar.days(in: 2, of: year) - 28 : 0)
    case .withLeapDay(let n): number = newYear + n
    case .weekday(let month, let week, let weekday):
      let first = Calendar.day(year: year, month: month, day: 1)
      // 1970-01-01 was a Thursday, 4.
      let firstWeekday = ((first + 4) % 7 + 7) % 7
      let date = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
      number = first + (date < Calendar.days(in: month, of: year) ? date : date - 7)
    }
    return number * 86_400 + time - Int64(offset)
  }
}
