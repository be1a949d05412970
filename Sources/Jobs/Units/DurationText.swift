/// Spans of time as people write them: `250ms`, `90s`, `5m`, `1h30m`, `2d`, or a number of seconds.
public enum DurationText {
  /// The longest span that is accepted: 3650 days. Far past any use, far below what nanoseconds in Int64 hold (292 years).
  public static let longest = Duration.seconds(3650 * 86_400)

  /// What a sentence says was expected.
  static let form = "a duration such as \"250ms\", \"90s\", \"5m\", \"1h30m\", \"2d\" or a number of seconds"

  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
    ("ms", 1_000_000),
  ]

  /// Reads a span: parts from the largest unit to the smallest, each unit once, decimals allowed; a bare number is seconds.
  ///
  /// Nil for anything else: signs, spaces, unknown units, more than `longest`. Zero is a span; ranges are the caller's.
  public static func parse(_ text: String) -> Duration? {
    let bytes = [UInt8](text.utf8)
    guard !bytes.isEmpty, bytes.count <= 64 else { return nil }
    var index = 0
    var next = 0
    var total: Int64 = 0
    while index < bytes.count {
      guard let number = Decimal(bytes, &index) else { return nil }
      let start = index
      while index < bytes.count, (0x61...0x7A).contains(bytes[index]) { index += 1 }
      let name = bytes[start..<index]
      let unit: Int64
      if name.isEmpty {
        // Seconds without a unit: only as the whole text.
        guard total == 0, next == 0, index == bytes.count else { return nil }
        unit = 1_000_000_000
      } else {
        guard let found = units[next...].firstIndex(where: { name.elementsEqual($0.name.utf8) }) else { return nil }
        unit = units[found].nanoseconds
        next = found + 1
      }
      guard let part = number.times(unit) else { return nil }
      let (sum, tooLarge) = total.addingReportingOverflow(part)
      if tooLarge { return nil }
      total = sum
    }
    let duration = Duration.nanoseconds(total)
    return duration <= longest ? duration : nil
  }

  /// Reads a JSON number of seconds: `90`, `0.25`, `1e3`. Nil when it is negative, or longer than `longest`.
  public static func parse(number token: String) -> Duration? {
    let bytes = [UInt8](token.utf8)
    var index = 0
    if let number = Decimal(bytes, &index), index == bytes.count {
      guard let nanoseconds = number.times(1_000_000_000) else { return nil }
      let duration = Duration.nanoseconds(nanoseconds)
      return duration <= longest ? duration : nil
    }
    // An exponent, or a negative zero.
    guard let seconds = Double(token), seconds >= 0, seconds <= 3650 * 86_400 else { return nil }
    return .nanoseconds(Int64(seconds * 1_000_000_000))
  }

  /// As `parse`, where any span is good: what is longer than `longest` is `longest`, and one with a `-` in front is none.
  public static func parse(clamping text: String) -> Duration? {
    let isNegative = text.utf8.first == UInt8(ascii: "-")
    let span = isNegative ? String(text.dropFirst()) : text
    // The form alone: with small numbers in their places only what is no span is refused.
    var form: [UInt8] = []
    for byte in span.utf8 {
      let isDigit = (0x30...0x39).contains(byte)
      if !isDigit || form.last != UInt8(ascii: "1") { form.append(isDigit ? UInt8(ascii: "1") : byte) }
    }
    guard parse(String(decoding: form, as: UTF8.self)) != nil else { return nil }
    return isNegative ? .zero : parse(span) ?? longest
  }

  /// As `parse(number:)`, where any number is good: above `longest` it is `longest`, below zero it is zero.
  public static func parse(clampingNumber token: String) -> Duration? {
    parse(number: token) ?? Double(token).map { $0 < 0 ? .zero : longest }
  }

  /// The shortest text that `parse` reads as the same span, to the nanosecond: `1h30m`, `1m30s`, `250ms`, `0.5ms`, `0s`.
  ///
  /// A negative span has a `-` in front, for people only.
  public static func format(_ duration: Duration) -> String {
    if duration < .zero { return "-" + format(.zero - duration) }
    let (seconds, attoseconds) = duration.components
    var out = ""
    var rest = seconds
    for (name, size) in [("d", Int64(86_400)), ("h", 3600), ("m", 60), ("s", 1)] {
      if rest >= size { out += "\(rest / size)\(name)" }
      rest %= size
    }
    let nanoseconds = attoseconds / 1_000_000_000
    if nanoseconds > 0 {
      out += String(nanoseconds / 1_000_000)
      var fraction = nanoseconds % 1_000_000
      if fraction > 0 {
        var places = 6
        while fraction % 10 == 0 {
          fraction /= 10
          places -= 1
        }
        let digits = String(fraction)
        out += "." + String(repeating: "0", count: places - digits.utf8.count) + digits
      }
      out += "ms"
    }
    return out.isEmpty ? "0s" : out
  }

  /// How long something took, as a person reads it: `under 1ms`, `45ms`, `1.2s`, `59s`, `1m59s`, `2h5m`, `3d1h`. Cut, not
  /// rounded up; a clock that was set back gives `under 1ms`.
  public static func rounded(_ duration: Duration) -> String {
    let milliseconds = duration.wholeNanoseconds / 1_000_000
    let seconds = milliseconds / 1000
    switch milliseconds {
    case ..<1: return "under 1ms"
    case ..<1000: return "\(milliseconds)ms"
    case ..<10_000: return "\(seconds).\(milliseconds / 100 % 10)s"
    case ..<60_000: return "\(seconds)s"
    case ..<3_600_000: return format(.seconds(seconds))
    case ..<86_400_000: return format(.seconds(seconds - seconds % 60))
    default: return format(.seconds(seconds - seconds % 3600))
    }
  }
}

extension Duration {
  /// In nanoseconds; what Int64 does not hold (292 years) becomes its nearest end.
  public var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, tooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, tooLargeNow) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    if tooLarge || tooLargeNow { return seconds < 0 ? .min : .max }
    return sum
  }

  /// In seconds, for arithmetic that needs no exactness: a jitter, a rate.
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
