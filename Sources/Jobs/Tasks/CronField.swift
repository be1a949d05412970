/// A field of a cron line: its name, its range, and how the list in it is read.
///
/// What Debian's cron (3.0pl1) and cronie accept was tried with `crontab -n` and read in their entry.c; where this differs a
/// comment says so. They also take what follows a number or a `*` for nothing (`*5`, `1-5/2/2`): here it is refused.
enum CronField {
  case second, minute, hour, day, month, weekday

  /// What a list comes to.
  struct Items {
    /// Bit n is value n.
    var values: UInt64 = 0
    /// `L`.
    var hasLastDay = false
    /// As `CronExpression.nthWeekdays`.
    var nthWeekdays: UInt64 = 0
    /// The field begins with `*`, whatever follows: Vixie's MIN_STAR, HR_STAR, DOM_STAR and DOW_STAR.
    var beginsWithStar = false
  }

  /// As sentences call it.
  var name: String {
    switch self {
    case .second: "second"
    case .minute: "minute"
    case .hour: "hour"
    case .day: "day of month"
    case .month: "month"
    case .weekday: "weekday"
    }
  }

  /// The numbers that it takes.
  var range: ClosedRange<Int> {
    switch self {
    case .second, .minute: 0...59
    case .hour: 0...23
    case .day: 1...31
    case .month: 1...12
    case .weekday: 0...7
    }
  }

  /// The names of its numbers from the lowest on.
  var names: [String] {
    switch self {
    case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    case .weekday: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    default: []
    }
  }

  /// What a sentence says was expected.
  private var form: String {
    let numbers = "\(range.lowerBound) to \(range.upperBound)"
    return switch self {
    case .second, .minute, .hour: numbers
    case .day: "\(numbers), or L for the last"
    case .month, .weekday: "\(numbers), or \(names[0]) to \(names[names.count - 1])"
    }
  }

  /// Reads a field: items with commas between them.
  func read(_ field: ArraySlice<UInt8>) throws(Refusal) -> Items {
    var items = Items(beginsWithStar: field.first == UInt8(ascii: "*"))
    for item in field.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard !item.isEmpty else {
        throw bad("\(name) \(quote(field)) has an empty item: expected something on both sides of each comma")
      }
      try read(item, into: &items)
    }
    // Sunday is 0 and 7.
    if self == .weekday, items.values >> 7 & 1 == 1 { items.values = items.values & 0x7F | 1 }
    return items
  }

  /// Reads `*`, a value or a range, each perhaps with a step; or `L`, or `n#k`.
  private func read(_ item: ArraySlice<UInt8>, into items: inout Items) throws(Refusal) {
    if self == .day, item.elementsEqual("L".utf8) || item.elementsEqual("l".utf8) {
      items.hasLastDay = true
      return
    }
    try refuseOtherGrammars(item)
    if let mark = item.firstIndex(of: UInt8(ascii: "#")) {
      let weekday = try value(item[..<mark], in: item) % 7
      let count = CronField.number(item[(mark + 1)...])
      guard let count, (1...5).contains(count) else {
        throw Refusal(
          code: count == nil ? .badValue : .outOfRange,
          reason: "weekday \(quote(item)) is not understood: expected 1 to 5 after '#', as in FRI#2")
      }
      items.nthWeekdays |= 1 << UInt64(weekday * 5 + count - 1)
      return
    }

    let slash = item.firstIndex(of: UInt8(ascii: "/"))
    let span = item[..<(slash ?? item.endIndex)]
    let first: Int
    var last: Int
    if span.elementsEqual("*".utf8) {
      (first, last) = (range.lowerBound, range.upperBound)
    } else if span.first == UInt8(ascii: "*") {
      throw bad("\(name) \(quote(item)) is not understood: expected '*' alone, or with a step as in */5")
    } else if let dash = span.firstIndex(of: UInt8(ascii: "-")) {
      first = try value(span[..<dash], in: item)
      last = try value(span[(dash + 1)...], in: item)
      // A week that ends on Sunday: FRI-SUN is 5-7. ISC's cron refuses it, Debian's accepts it and never runs it, cronie
      // reads it like this since 2025 (its pull request 200).
      if self == .weekday, last == 0, first > 0 { last = 7 }
      guard first <= last else {
        throw bad("\(name) \(quote(item)) ends before it begins: expected the lower one first")
      }
    } else {
      first = try value(span, in: item)
      last = first
      // Vixie's 3.0pl1 took no notice of such a step, Debian's and cronie refuse it, others read it as 5-59/15.
      guard slash == nil else {
        throw bad("\(name) \(quote(item)) has a step and no range: expected \(first)-\(range.upperBound)/…, or */…")
      }
    }
    for value in stride(from: first, through: last, by: try step(item, from: slash)) {
      items.values |= 1 << UInt64(value)
    }
  }

  /// The number after a `/`; 1 without one. A step past the end leaves the first value, as in Vixie's cron.
  private func step(_ item: ArraySlice<UInt8>, from slash: Int?) throws(Refusal) -> Int {
    guard let slash else { return 1 }
    guard let step = CronField.number(item[(slash + 1)...]) else {
      throw bad("\(name) \(quote(item)) is not understood: expected a number after '/'")
    }
    guard step > 0 else {
      throw Refusal(code: .outOfRange, reason: "\(name) \(quote(item)) has the step 0: expected 1 or more")
    }
    return step
  }

  /// A number or a name in range.
  private func value(_ text: ArraySlice<UInt8>, in item: ArraySlice<UInt8>) throws(Refusal) -> Int {
    let place = text.count == item.count ? "\(name) \(quote(item))" : "\(name) \(quote(text)) in \(quote(item))"
    if let number = CronField.number(text) {
      guard range.contains(number) else {
        throw Refusal(code: .outOfRange, reason: "\(place) is out of range: expected \(form)")
      }
      return number
    }
    // ASCII alone: to Unicode the dotless i of Turkish is a small I.
    let word = String(decoding: text.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
    if let index = names.firstIndex(of: word) { return range.lowerBound + index }
    // JANUARY, TUES.
    if let start = names.first(where: { word.hasPrefix($0) }) ?? Spelling.nearest(to: word, among: names) {
      throw bad("\(place) is not known: did you mean \(start)?")
    }
    throw bad("\(place) is not understood: expected \(form)")
  }

  /// Digits; anything from a million on is a million, which no field takes. Leading zeros do not count.
  private static func number(_ text: ArraySlice<UInt8>) -> Int? {
    guard !text.isEmpty else { return nil }
    var value = 0
    for byte in text {
      guard case let digit = byte &- 0x30, digit < 10 else { return nil }
      value = min(value * 10 + Int(digit), 1_000_000)
    }
    return value
  }

  func quote(_ text: ArraySlice<UInt8>) -> String { quoted(String(decoding: text, as: UTF8.self)) }

  func bad(_ reason: String) -> Refusal { Refusal(code: .badValue, reason: reason) }
}
