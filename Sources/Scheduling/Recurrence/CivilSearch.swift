import Jobs

/// The search on a clock without a zone: seconds since 1970 that count each day as 86,400, whatever the zone does.
extension CronExpression {
  /// The first time of the line at or after `local` and before `end`.
  func firstCivil(from local: Int64, before end: Int64) -> Int64? {
    let (today, second) = CivilSearch.split(local)
    let date = Calendar.date(ofDay: today)
    var (year, month) = (date.year, date.month)
    var first = today - date.day + 1
    var days = UInt32.max << UInt32(date.day)
    while first * CivilSearch.day < end {
      let length = Calendar.days(in: month, of: year)
      if months >> UInt16(month) & 1 == 1 {
        days &= self.days(inMonthOf: length, beginningOn: CivilSearch.weekday(ofDay: first))
        while days != 0 {
          let day = first + Int64(days.trailingZeroBitCount) - 1
          if let time = firstTime(from: day == today ? second : 0) {
            let found = day * CivilSearch.day + time
            return found < end ? found : nil
          }
          days &= days - 1
        }
      }
      first += length
      days = .max
      month += 1
      if month > 12 { (year, month) = (year + 1, 1) }
    }
    return nil
  }

  /// The last time of the line at or before `local` and not before `start`.
  func lastCivil(through local: Int64, from start: Int64) -> Int64? {
    let (today, second) = CivilSearch.split(local)
    let date = Calendar.date(ofDay: today)
    var (year, month) = (date.year, date.month)
    var first = today - date.day + 1
    var length = Calendar.days(in: month, of: year)
    var days = UInt32.max >> UInt32(31 - date.day)
    while (first + length) * CivilSearch.day > start {
      if months >> UInt16(month) & 1 == 1 {
        days &= self.days(inMonthOf: length, beginningOn: CivilSearch.weekday(ofDay: first))
        while days != 0 {
          let bit = 31 - days.leadingZeroBitCount
          let day = first + Int64(bit) - 1
          if let time = lastTime(through: day == today ? second : CivilSearch.day - 1) {
            let found = day * CivilSearch.day + time
            return found >= start ? found : nil
          }
          days &= ~(1 << UInt32(bit))
        }
      }
      month -= 1
      if month < 1 { (year, month) = (year - 1, 12) }
      length = Calendar.days(in: month, of: year)
      first -= length
      days = .max
    }
    return nil
  }

  /// The first time of day at or after `second` of a day.
  private func firstTime(from second: Int64) -> Int64? {
    let (hour, minute) = (Int(second / 3600), Int(second / 60 % 60))
    let hours = UInt64(self.hours)
    if hours >> UInt64(hour) & 1 == 1 {
      if minutes >> UInt64(minute) & 1 == 1, let next = CivilSearch.lowest(seconds, from: Int(second % 60)) {
        return CivilSearch.time(hour, minute, next)
      }
      if let next = CivilSearch.lowest(minutes, from: minute + 1), let zero = CivilSearch.lowest(seconds, from: 0) {
        return CivilSearch.time(hour, next, zero)
      }
    }
    guard let next = CivilSearch.lowest(hours, from: hour + 1), let start = CivilSearch.lowest(minutes, from: 0),
      let zero = CivilSearch.lowest(seconds, from: 0)
    else { return nil }
    return CivilSearch.time(next, start, zero)
  }

  /// The last time of day at or before `second` of a day.
  private func lastTime(through second: Int64) -> Int64? {
    let (hour, minute) = (Int(second / 3600), Int(second / 60 % 60))
    let hours = UInt64(self.hours)
    if hours >> UInt64(hour) & 1 == 1 {
      if minutes >> UInt64(minute) & 1 == 1, let last = CivilSearch.highest(seconds, through: Int(second % 60)) {
        return CivilSearch.time(hour, minute, last)
      }
      if let last = CivilSearch.highest(minutes, through: minute - 1),
        let end = CivilSearch.highest(seconds, through: 59)
      {
        return CivilSearch.time(hour, last, end)
      }
    }
    guard let last = CivilSearch.highest(hours, through: hour - 1),
      let minute = CivilSearch.highest(minutes, through: 59), let end = CivilSearch.highest(seconds, through: 59)
    else { return nil }
    return CivilSearch.time(last, minute, end)
  }
}

/// The arithmetic of `CronExpression`'s search.
private enum CivilSearch {
  static let day: Int64 = 86_400

  /// Day and second of the day, before 1970 too.
  static func split(_ local: Int64) -> (day: Int64, second: Int64) {
    let (quotient, remainder) = local.quotientAndRemainder(dividingBy: day)
    return remainder < 0 ? (quotient - 1, remainder + day) : (quotient, remainder)
  }

  /// 0…6, Sunday 0; 1970-01-01 was a Thursday.
  static func weekday(ofDay day: Int64) -> Int64 {
    let remainder = (day + 4) % 7
    return remainder < 0 ? remainder + 7 : remainder
  }

  static func time(_ hour: Int, _ minute: Int, _ second: Int) -> Int64 {
    Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second)
  }

  /// The lowest bit from `n` on, n 0…60.
  static func lowest(_ bits: UInt64, from n: Int) -> Int? {
    let rest = bits & ~(1 << UInt64(n) - 1)
    return rest == 0 ? nil : rest.trailingZeroBitCount
  }

  /// The highest bit up to `n`, n −1…59.
  static func highest(_ bits: UInt64, through n: Int) -> Int? {
    let rest = bits & (1 << UInt64(n + 1) - 1)
    return rest == 0 ? nil : 63 - rest.leadingZeroBitCount
  }
}
