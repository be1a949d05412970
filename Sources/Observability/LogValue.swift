import Jobs

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
  /// Appends the value as JSON; false for strings, which need escaping and a limit.
  func appendPlain(to line: inout [UInt8]) -> Bool {
    switch self {
    case .string: return false
    case .int(let value): line.append(decimal: value)
    case .double(let value): line.append(utf8: value.isFinite ? String(value) : "null")
    case .bool(let value): line.append(utf8: value ? "true" : "false")
    case .duration(let value): line.append(seconds: value, places: 3)
    }
    return true
  }
}
