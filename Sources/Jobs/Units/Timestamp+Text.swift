extension Timestamp {
  /// `2026-11-20T11:02:03.123Z`: UTC, milliseconds, the rest cut off.
  public var text: String {
    var out: [UInt8] = []
    out.reserveCapacity(24)
    appendText(to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// `2026-11-20T11:02:03Z`: whole seconds, the rest cut off; with an offset from UTC in seconds `2026-11-20T12:02:03+01:00`.
  public func secondsText(offset: Int64? = nil) -> String {
    // Within a day of the ends of the range an offset may lead out of it: that time is told in UTC.
    let (sum, isTooFar) = nanoseconds.addingReportingOverflow((offset ?? 0) * 1_000_000_000)
    let bytes = Timestamp(nanoseconds: isTooFar ? nanoseconds : sum).text.utf8.prefix(19)
    guard let offset, !isTooFar else { return String(decoding: bytes, as: UTF8.self) + "Z" }
    // RFC 3339 has no seconds in an offset; zones had some before 1972.
    let minutes = offset.magnitude / 60
    func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return String(decoding: bytes, as: UTF8.self) + (offset < 0 ? "-" : "+")
      + "\(two(minutes / 60)):\(two(minutes % 60))"
  }

  /// Appends the 24 bytes of `text`.
  public func appendText(to out: inout [UInt8]) {
    let perDay: Int64 = 86_400_000_000_000
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: perDay)
    let days = remainder < 0 ? quotient - 1 : quotient
    let milliseconds = (remainder < 0 ? remainder + perDay : remainder) / 1_000_000
    let date = Calendar.date(ofDay: days)
    out.append(decimal: date.year, places: 4)
    out.append(UInt8(ascii: "-"))
    out.append(decimal: date.month, places: 2)
    out.append(UInt8(ascii: "-"))
    out.append(decimal: date.day, places: 2)
    out.append(UInt8(ascii: "T"))
    out.append(decimal: milliseconds / 3_600_000, places: 2)
    out.append(UInt8(ascii: ":"))
    out.append(decimal: milliseconds / 60_000 % 60, places: 2)
    out.append(UInt8(ascii: ":"))
    out.append(decimal: milliseconds / 1000 % 60, places: 2)
    out.append(UInt8(ascii: "."))
    out.append(decimal: milliseconds % 1000, places: 3)
    out.append(UInt8(ascii: "Z"))
  }

  /// Reads a time by RFC 3339: offset or `Z` required, up to nine digits of fraction, a date that the calendar has.
  ///
  /// A leap second (23:59:60 UTC) is the second after it, as POSIX counts. Nil for all else and outside 1677–2262.
  public init?(rfc3339 text: String) {
    var cursor = Cursor(bytes: [UInt8](text.utf8))
    guard cursor.bytes.count <= 40,
      let year = cursor.number(4), cursor.take("-"), let month = cursor.number(2), cursor.take("-"),
      let day = cursor.number(2), cursor.take("T") || cursor.take("t"),
      let hour = cursor.number(2), cursor.take(":"), let minute = cursor.number(2), cursor.take(":"),
      let second = cursor.number(2)
    else { return nil }
    guard (1...12).contains(month), day >= 1, day <= Calendar.days(in: month, of: year), hour <= 23, minute <= 59,
      second <= 60
    else { return nil }
    var fraction: Int64 = 0
    if cursor.take(".") {
      guard let digits = cursor.fraction() else { return nil }
      fraction = digits
    }
    var offset: Int64 = 0
    if !cursor.take("Z"), !cursor.take("z") {
      let sign: Int64 = cursor.take("+") ? 1 : cursor.take("-") ? -1 : 0
      guard sign != 0, let hours = cursor.number(2), cursor.take(":"), let minutes = cursor.number(2), hours <= 23,
        minutes <= 59
      else { return nil }
      offset = sign * (hours * 3600 + minutes * 60)
    }
    guard cursor.isAtEnd else { return nil }
    let seconds =
      Calendar.day(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    // With :60 counted as the next second, a true leap second lands on midnight UTC.
    if second == 60, seconds % 86_400 != 0 { return nil }
    let (product, tooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, tooLargeNow) = product.addingReportingOverflow(fraction)
    if tooLarge || tooLargeNow { return nil }
    self.init(nanoseconds: sum)
  }

  private struct Cursor {
    let bytes: [UInt8]
    var index = 0
    var isAtEnd: Bool { index == bytes.count }

    mutating func take(_ letter: Unicode.Scalar) -> Bool {
      guard index < bytes.count, UInt32(bytes[index]) == letter.value else { return false }
      index += 1
      return true
    }

    mutating func number(_ places: Int) -> Int64? {
      var value: Int64 = 0
      for _ in 0..<places {
        guard index < bytes.count, case let digit = bytes[index] &- 0x30, digit < 10 else { return nil }
        value = value * 10 + Int64(digit)
        index += 1
      }
      return value
    }

    /// One to nine digits, as nanoseconds.
    mutating func fraction() -> Int64? {
      var value: Int64 = 0
      var place: Int64 = 100_000_000
      let start = index
      while index < bytes.count, case let digit = bytes[index] &- 0x30, digit < 10 {
        if place == 0 { return nil }
        value += Int64(digit) * place
        place /= 10
        index += 1
      }
      return index == start ? nil : value
    }
  }
}
