/// The figures, their bars, and whether they are met.
struct Table {
  /// What a figure is held against.
  enum Bar {
    case none
    case atLeast(Double)
    case atMost(Double)

    func isMet(_ value: Double) -> Bool? {
      switch self {
      case .none: nil
      case .atLeast(let bar): value >= bar
      case .atMost(let bar): value <= bar
      }
    }
  }

  private var rows: [[String]] = []
  private var told = 0

  /// Adds a figure.
  ///
  /// - Parameters:
  ///   - unit: behind the number, with its space; - digits: behind the point; - note: spread, arithmetic, what it is made of.
  mutating func add(_ what: String, _ value: Double, _ unit: String, digits: Int, bar: Bar = .none, note: String = "") {
    let wanted =
      switch bar {
      case .none: ""
      case .atLeast(let number): "≥ " + Figure.text(number, Self.digits(number)) + unit
      case .atMost(let number): "≤ " + Figure.text(number, Self.digits(number)) + unit
      }
    let met = bar.isMet(value).map { $0 ? "yes" : "**no**" } ?? ""
    rows.append([what, Figure.text(value, digits) + unit, wanted, met, note])
  }

  static var head: String {
    let words = ["measured", "figure", "bar", "met", "of which, spread"]
    return line(words) + line(words.map { _ in "---" })
  }

  /// The rows that were added since this was last asked.
  mutating func newRows() -> String {
    defer { told = rows.count }
    return rows[told...].map(Self.line).joined()
  }

  private static func line(_ words: [String]) -> String {
    "| " + words.map { $0.isEmpty ? " " : $0 }.joined(separator: " | ") + " |\n"
  }

  private static func digits(_ number: Double) -> Int {
    number == number.rounded() ? 0 : number * 10 == (number * 10).rounded() ? 1 : 2
  }
}

/// Numbers as text; there is no formatter without Foundation.
enum Figure {
  static func text(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "–" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int64((value.magnitude * scale).rounded())
    let sign = value < 0 && scaled != 0 ? "-" : ""
    let (whole, part) = scaled.quotientAndRemainder(dividingBy: Int64(scale))
    guard digits > 0 else { return sign + grouped(whole) }
    let tail = String(part)
    return sign + grouped(whole) + "." + String(repeating: "0", count: digits - tail.count) + tail
  }

  /// 12,345.
  private static func grouped(_ number: Int64) -> String {
    var text = ""
    for (index, digit) in String(number).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text = "," + text }
      text = String(digit) + text
    }
    return text
  }
}
