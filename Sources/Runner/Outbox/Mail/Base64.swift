/// Base64 as mail has it (RFC 2045, 6.8).
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Encodes, with padding.
  static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var (bits, count) = (UInt32(0), 0)
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(bits >> UInt32(count)) & 63])
      }
    }
    if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count)) & 63]) }
    while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
    return text
  }

  /// The same in lines of 76 characters, each ended by a line break.
  static func lines(_ bytes: [UInt8]) -> [UInt8] {
    let text = encode(bytes)
    var out: [UInt8] = []
    out.reserveCapacity(text.count + text.count / 76 + 1)
    for start in stride(from: 0, to: text.count, by: 76) {
      out += text[start..<min(start + 76, text.count)]
      out.append(UInt8(ascii: "\n"))
    }
    return out
  }
}
