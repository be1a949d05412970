/// Time zones as files that no machine has to have: tzfile(5) with nothing but the rule in its footer.
public enum TestZones {
  private static let rules: [String: (offset: Int32, rule: String)] = [
    "Europe/Berlin": (3600, "CET-1CEST,M3.5.0,M10.5.0/3"), "Asia/Tokyo": (32_400, "JST-9"),
    "America/New_York": (-18_000, "EST5EDT,M3.2.0,M11.1.0"),
  ]

  /// The bytes of a zone's file; nil where there is none.
  @Sendable public static func read(_ name: String) -> [UInt8]? {
    guard let (offset, rule) = rules[name] else { return nil }
    return block(offset: 0) + block(offset: offset) + Array("\n\(rule)\n".utf8)
  }

  /// A header and one offset, RFC 9636, 3.1: no changes, and four letters of a name.
  private static func block(offset: Int32) -> [UInt8] {
    var bytes = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
    for count in [0, 0, 0, 0, 1, 4] as [UInt8] { bytes += [0, 0, 0, count] }
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: offset >> shift)) }
    return bytes + [0, 0] + Array("ABC\0".utf8)
  }
}
