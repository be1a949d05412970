extension PosixZone {
  /// Reads a TZ string; nil if it is none.
  ///
  /// `std offset [dst [offset] [,start[/time],end[/time]]]`. With `dst` and no days the days are those of the United
  /// States, as in the C libraries.
  init?(_ text: some Sequence<UInt8>) {
    var cursor = Cursor(bytes: Array(text))
    // Offsets are written west of Greenwich.
    guard cursor.name(), let west = cursor.time(hours: 24) else { return nil }
    standard = Int32(truncatingIfNeeded: -west)
    if cursor.isAtEnd { return }
    guard cursor.name() else { return nil }
    var offset = standard + 3600
    if !cursor.isAtEnd, !cursor.isAt(",") {
      guard let west = cursor.time(hours: 24) else { return nil }
      offset = Int32(truncatingIfNeeded: -west)
    }
    if cursor.isAtEnd { cursor = Cursor(bytes: Array(",M3.2.0,M11.1.0".utf8)) }
    guard cursor.take(","), let begins = cursor.moment(), cursor.take(","), let ends = cursor.moment(), cursor.isAtEnd
    else { return nil }
    other = Other(offset: offset, begins: begins, ends: ends)
  }

  private struct Cursor {
    let bytes: [UInt8]
    var index = 0
    var isAtEnd: Bool { index == bytes.count }

    func isAt(_ letter: Unicode.Scalar) -> Bool { index < bytes.count && UInt32(bytes[index]) == letter.value }

    mutating func take(_ letter: Unicode.Scalar) -> Bool {
      guard isAt(letter) else { return false }
      index += 1
      return true
    }

    /// Three letters or more, or in `<>` letters, digits and signs.
    mutating func name() -> Bool {
      let isQuoted = take("<")
      let start = index
      while index < bytes.count {
        switch bytes[index] {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): break
        case UInt8(ascii: "0")...UInt8(ascii: "9") where isQuoted: break
        case UInt8(ascii: "+") where isQuoted, UInt8(ascii: "-") where isQuoted: break
        default: return index - start >= 3 && (!isQuoted || take(">"))
        }
        index += 1
      }
      return index - start >= 3 && !isQuoted
    }

    mutating func number(_ range: ClosedRange<Int64>) -> Int64? {
      var value: Int64 = 0
      let start = index
      while index < bytes.count, case let digit = bytes[index] &- 0x30, digit < 10 {
        value = value * 10 + Int64(digit)
        if value > range.upperBound { return nil }
        index += 1
      }
      return index > start && range.contains(value) ? value : nil
    }

    /// `[+-]h[:mm[:ss]]` in seconds.
    mutating func time(hours: Int64) -> Int64? {
      let isNegative = take("-")
      if !isNegative { _ = take("+") }
      guard var seconds = number(0...hours).map({ $0 * 3600 }) else { return nil }
      if take(":") {
        guard let minutes = number(0...59) else { return nil }
        seconds += minutes * 60
        if take(":") {
          guard let rest = number(0...59) else { return nil }
          seconds += rest
        }
      }
      return isNegative ? -seconds : seconds
    }

    /// A day and, after `/`, its time; 02:00 without one.
    mutating func moment() -> Moment? {
      let day: Day
      if take("J") {
        guard let n = number(1...365) else { return nil }
        day = .withoutLeapDay(n)
      } else if take("M") {
        guard let month = number(1...12), take("."), let week = number(1...5), take("."), let weekday = number(0...6)
        else { return nil }
        day = .weekday(month: month, week: week, day: weekday)
      } else {
        guard let n = number(0...365) else { return nil }
        day = .withLeapDay(n)
      }
      guard take("/") else { return Moment(day: day, time: 7200) }
      return time(hours: 167).map { Moment(day: day, time: $0) }
    }
  }
}
