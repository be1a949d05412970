extension CronExpression {
  /// The days of a month that the two day fields mean, bit n day n.
  ///
  /// - Parameters:
  ///   - length: how many days the month has, 28…31.
  ///   - weekday: of its first day, 0…6, Sunday 0.
  public func days(inMonthOf length: Int64, beginningOn weekday: Int64) -> UInt32 {
    // Bits 1 to `length`.
    let all = UInt64(2) << UInt64(length) - 2
    var byDate = UInt64(days)
    if hasLastDay { byDate |= 1 << UInt64(length) }

    // Bit n of a week that begins on the first, five times over.
    let twice = UInt64(weekdays & 0x7F) << 7 | UInt64(weekdays & 0x7F)
    let week = twice >> UInt64(weekday) & 0x7F
    var byWeekday = (week | week << 7 | week << 14 | week << 21 | week << 28) << 1
    var rest = nthWeekdays
    while rest != 0 {
      let (named, count) = rest.trailingZeroBitCount.quotientAndRemainder(dividingBy: 5)
      byWeekday |= 1 << UInt64((Int64(named) - weekday + 7) % 7 + 1 + Int64(count) * 7)
      rest &= rest - 1
    }
    return UInt32(truncatingIfNeeded: (fitsEitherDay ? byDate | byWeekday : byDate & byWeekday) & all)
  }

  /// Whether there is a date for it at all. Every month begins on every weekday in some year, a February of 29 days too.
  var hasDates: Bool {
    (1...12).contains { month in
      months >> UInt16(month) & 1 == 1
        && (month == 2 ? [28, 29] : [Calendar.days(in: Int64(month), of: 2000)]).contains { length in
          (0..<7).contains { days(inMonthOf: length, beginningOn: $0) != 0 }
        }
    }
  }
}
