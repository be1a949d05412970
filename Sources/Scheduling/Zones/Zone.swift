import Jobs

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

  /// 400 years in seconds. The Gregorian calendar repeats with them, weekdays too: 146,097 days are whole weeks.
  static let cycle: Int64 = 146_097 * 86_400

  // The first second of each period, ascending; the first one is Int64.min.
  private var starts: [Int64] = [.min]
  // As many; neighbours differ.
  private var offsets: [Int32]
  // What the two arrays know. Before and after it a rule goes on as in the last cycle of it.
  private var known: ClosedRange<Int64> = .min ... .max

  /// UTC.
  public static let utc = Zone(offset: 0)

  /// One offset at all times.
  init(offset: Int32) { offsets = [offset] }

  /// The period of a moment, seconds since 1970. Allocates nothing.
  public func period(at second: Int64) -> Period {
    if known.contains(second) { return knownPeriod(at: second) }
    let cycle = Zone.cycle
    let first = known.upperBound - (cycle - 1)
    let gone = ((second % cycle - first % cycle) % cycle + cycle) % cycle
    var period = knownPeriod(at: first + gone)
    // Held at the ends of time, where a period becomes the first or the last one.
    let (start, tooEarly) = second.subtractingReportingOverflow(first + gone - period.start)
    let (end, tooLate) = second.addingReportingOverflow(period.end - (first + gone))
    period.start = tooEarly ? .min : start
    period.end = tooLate ? .max : end
    if period.start == .min { period.before = period.offset }
    return period
  }

  private func knownPeriod(at second: Int64) -> Period {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= second { low = middle } else { high = middle }
    }
    return Period(
      start: starts[low], end: high < starts.count ? starts[high] : .max, offset: Int64(offsets[low]),
      before: Int64(offsets[max(low - 1, 0)]))
  }
}

extension Zone {
  /// A zone that follows a rule at all times.
  init(_ rule: PosixZone) {
    // Any year would do; these spare most moments the way through `cycle`.
    let from = Calendar.day(year: 1900, month: 1, day: 1) * 86_400
    let course = rule.course(from: from, years: Zone.ruleYears)
    self.init(offset: course.offset)
    repeatRule(course.changes)
    if starts.count > 1 { known = min(starts[1], known.upperBound)...known.upperBound }
  }

  /// Notes that an offset holds from a second on, later than all so far.
  mutating func append(_ second: Int64, offset: Int32) {
    if second == .min {
      offsets = [offset]
    } else if offsets.last != offset {
      starts.append(second)
      offsets.append(offset)
    }
  }

  /// Lets a rule hold from its first change on after a second, that of the last offset noted.
  ///
  /// Not at once: slim files of America/Ojinaga have a last change to an offset that the rule has only a week later.
  /// - Returns: false when it has another offset and no change, and nothing was done.
  mutating func follow(_ rule: PosixZone, from second: Int64) -> Bool {
    // RFC 9636, 3.2, has no transitions before -2^59; the same after 1970 keeps what is reckoned here within Int64.
    guard second < 1 << 59 else { return true }
    let course = rule.course(from: max(second, -1 << 59), years: Zone.ruleYears)
    guard !course.changes.isEmpty || course.offset == offsets.last else { return false }
    repeatRule(course.changes)
    return true
  }

  // A cycle, and the longest a rule can rest at either end of it: M2.4.0 and M2.5.0 are two days only where a February has
  // five Sundays, up to 40 years apart.
  private static let ruleYears: Int64 = 400 + 40 + 40

  private mutating func repeatRule(_ changes: [PosixZone.Change]) {
    let count = starts.count
    starts.reserveCapacity(count + changes.count)
    offsets.reserveCapacity(count + changes.count)
    for change in changes { append(change.second, offset: change.offset) }
    if starts.count > count + 1, let last = starts.last { known = .min...last - 1 }
  }
}
