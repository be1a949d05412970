/// How many messages a channel takes in a span of time: `30/m`.
public struct DeliveryRate: Sendable, Equatable, CustomStringConvertible {
  /// Messages, 1…1,000,000.
  public var count: Int
  /// In this span: a second, a minute or an hour.
  public var period: Duration

  /// What a sentence says was expected.
  static let form = "a rate such as \"1/s\", \"30/m\" or \"500/h\""

  /// So many in a span.
  public init(count: Int, period: Duration) {
    self.count = count
    self.period = period
  }

  /// Reads a rate; nil for anything else.
  public static func parse(_ text: String) -> DeliveryRate? {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...7).contains(parts[0].count), parts[0].allSatisfy({ (0x30...0x39).contains($0) }),
      let count = Int(Substring(parts[0])), (1...1_000_000).contains(count)
    else { return nil }
    switch String(Substring(parts[1])) {
    case "s": return DeliveryRate(count: count, period: .seconds(1))
    case "m": return DeliveryRate(count: count, period: .seconds(60))
    case "h": return DeliveryRate(count: count, period: .seconds(3600))
    default: return nil
    }
  }

  /// As `parse` reads it.
  public var description: String {
    "\(count)/\(period == .seconds(1) ? "s" : period == .seconds(60) ? "m" : "h")"
  }
}
