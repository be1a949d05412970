/// A number of bytes, never negative when it was read: `512k`, `64m`, `2g`, `1t` (powers of 1024), or plain bytes.
public struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Bytes.
  public var bytes: Int64

  /// What a sentence says was expected.
  static let form = "a size such as \"512k\", \"64m\", \"2g\" or a number of bytes"

  /// This many bytes.
  public init(_ bytes: Int64) { self.bytes = bytes }

  /// This many times 1024² bytes.
  public static func mebibytes(_ n: Int64) -> ByteCount { ByteCount(n << 20) }
  /// This many times 1024³ bytes.
  public static func gibibytes(_ n: Int64) -> ByteCount { ByteCount(n << 30) }

  /// Reads a size; the letter in either case, decimals allowed before a letter and cut down to whole bytes.
  ///
  /// Nil for anything else, and for more than Int64 holds.
  public static func parse(_ text: String) -> ByteCount? {
    let bytes = [UInt8](text.utf8)
    guard !bytes.isEmpty, bytes.count <= 40 else { return nil }
    var index = 0
    guard let number = Decimal(bytes, &index) else { return nil }
    if index == bytes.count { return number.billionths == 0 ? ByteCount(number.whole) : nil }
    guard index == bytes.count - 1 else { return nil }
    let shift: Int64
    switch bytes[index] | 0x20 {
    case UInt8(ascii: "k"): shift = 10
    case UInt8(ascii: "m"): shift = 20
    case UInt8(ascii: "g"): shift = 30
    case UInt8(ascii: "t"): shift = 40
    default: return nil
    }
    return number.times(1 << shift).map { ByteCount($0) }
  }

  /// The size with the largest unit that divides it, as `parse` reads it: `64m`, `1500`, `0`.
  public static func format(_ count: ByteCount) -> String {
    let units: [(String, Int64)] = [("t", 1 << 40), ("g", 1 << 30), ("m", 1 << 20), ("k", 1 << 10)]
    for (letter, size) in units where count.bytes != 0 && count.bytes % size == 0 {
      return "\(count.bytes / size)\(letter)"
    }
    return String(count.bytes)
  }

  /// As `format` writes it.
  public var description: String { ByteCount.format(self) }

  /// Fewer bytes.
  public static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }
}
