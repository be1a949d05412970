extension CronExpression {
  /// The longest line that is read, in bytes. Each value of each field written out is 700.
  public static let longestText = 1000

  /// Reads five fields (minute, hour, day of month, month, weekday), or six with seconds first, with blanks or tabs between.
  ///
  /// - Throws: `bad-value`, `out-of-range`, without a place; also for a line whose date never comes, as 31 February.
  public static func read(_ text: String) throws(Refusal) -> CronExpression {
    let fields = try words(text)
    guard fields.count == 5 || fields.count == 6 else {
      throw Refusal(
        code: .badValue,
        reason: "\(quoted(text)) has \(fields.count) field\(fields.count == 1 ? "" : "s"): "
          + "expected five (minute, hour, day of month, month, weekday), or six with seconds first")
    }
    let seconds =
      fields.count == 6 ? try CronField.second.read(fields[0]) : CronField.Items(values: 1, beginsWithStar: false)
    let rest = Array(fields.suffix(5))
    let minutes = try CronField.minute.read(rest[0])
    let hours = try CronField.hour.read(rest[1])
    let days = try CronField.day.read(rest[2])
    let months = try CronField.month.read(rest[3])
    let weekdays = try CronField.weekday.read(rest[4])
    let line = CronExpression(
      seconds: seconds.values, minutes: minutes.values, hours: UInt32(truncatingIfNeeded: hours.values),
      days: UInt32(truncatingIfNeeded: days.values), hasLastDay: days.hasLastDay,
      months: UInt16(truncatingIfNeeded: months.values), weekdays: UInt8(truncatingIfNeeded: weekdays.values),
      nthWeekdays: weekdays.nthWeekdays, fitsEitherDay: !days.beginsWithStar && !weekdays.beginsWithStar,
      followsClock: seconds.beginsWithStar || minutes.beginsWithStar || hours.beginsWithStar)
    guard line.hasDates else { throw line.noDate(day: rest[2], weekday: rest[4]) }
    return line
  }

  /// What stands between the blanks of a line.
  static func words(_ text: String) throws(Refusal) -> [ArraySlice<UInt8>] {
    guard text.utf8.count <= longestText else {
      throw Refusal(
        code: .outOfRange,
        reason: "a cron line of \(text.utf8.count) bytes is too long: expected at most \(longestText)")
    }
    return [UInt8](text.utf8).split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
  }

  /// Says why `hasDates` is false: no such day in these months, or never on such a weekday.
  private func noDate(day: ArraySlice<UInt8>, weekday: ArraySlice<UInt8>) -> Refusal {
    let named = (1...12).filter { months >> UInt16($0) & 1 == 1 }
    let longest = named.map { $0 == 2 ? 29 : Calendar.days(in: Int64($0), of: 2000) }.max() ?? 0
    let wanted = (1...31).filter { days >> UInt32($0) & 1 == 1 }
    guard !hasLastDay, let first = wanted.first, first > longest else {
      return Refusal(
        code: .badValue,
        reason: "day of month \(CronField.day.quote(day)) and weekday \(CronField.weekday.quote(weekday)) "
          + "never fall on the same day: expected a date that comes")
    }
    let monthNames = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
      "December",
    ]
    let numbers = CronExpression.list(wanted.map(String.init), "or")
    let places = CronExpression.list(named.map { monthNames[$0 - 1] }, "and")
    return Refusal(code: .outOfRange, reason: "there is no day \(numbers) in \(places): expected a date that comes")
  }

  /// `a`, `a and b`, `a, b and c`.
  private static func list(_ words: [String], _ joint: String) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) \(joint) \(last)"
  }
}
