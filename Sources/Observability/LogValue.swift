/// The value of a field of an event: a fact, not a text of unknown size.
public enum LogValue: Sendable, Equatable {
  /// A short text: at most ``LogLine/valueLimit`` bytes are kept.
  case string(String)
  /// A whole number.
  case int(Int64)
  /// Not a number and the infinities are written as null: JSON has none.
  case double(Double)
  /// True or false.
  case bool(Bool)
  /// In JSON seconds with three decimals, so name the field `…Seconds`.
  case duration(Duration)
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  /// The value of a literal.
  public init(stringLiteral value: String) { self = .string(value) }
}

extension LogValue: ExpressibleByIntegerLiteral {
  /// The value of a literal.
  public init(integerLiteral value: Int64) { self = .int(value) }
}

extension LogValue: ExpressibleByFloatLiteral {
  /// The value of a literal.
  public init(floatLiteral value: Double) { self = .double(value) }
}

extension LogValue: ExpressibleByBooleanLiteral {
  /// The value of a literal.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension LogValue {
  /// The value as JSON, but for strings, which need escaping and a limit; nil for those.
  var plainJSON: String? {
    switch self {
    case .string: nil
    case .int(let value): String(value)
    case .double(let value): value.isFinite ? String(value) : "null"
    case .bool(let value): value ? "true" : "false"
    case .duration(let value): value.seconds(decimals: 3)
    }
  }
}

extension Duration {
  /// Seconds with a fixed number of decimals, cut rather than rounded; by integers, so that it never reads `1e-05`.
  func seconds(decimals: Int) -> String {
    let (whole, attoseconds) = components
    var divisor: Int64 = 1_000_000_000_000_000_000
    for _ in 0..<decimals { divisor /= 10 }
    let part = (attoseconds / divisor).magnitude
    let sign = (whole < 0 || attoseconds < 0) ? "-" : ""
    let digits = String(part)
    return "\(sign)\(whole.magnitude)." + String(repeating: "0", count: decimals - digits.count) + digits
  }
}
