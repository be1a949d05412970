/// Texts as they may stand in the headers of a mail.
enum MailWords {
  /// The longest subject, bytes.
  private static let longest = 300

  /// The first line that is not blank, cut, without control characters.
  static func line(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      let isBreak =
        scalar == "\n" || scalar == "\r" || scalar.value == 0x85 || scalar.value == 0x2028 || scalar.value == 0x2029
      if isBreak {
        if out.isEmpty { continue }
        break
      }
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      if out.isEmpty, scalar == " " || isControl { continue }
      if out.utf8.count + 4 > longest { return out + "…" }
      out.unicodeScalars.append(isControl ? " " : scalar)
    }
    while out.last == " " { out.removeLast() }
    return out
  }

  /// A text of one line: as it is if it is short plain ASCII, else encoded words (RFC 2047), a line each.
  static func encoded(_ text: String) -> String {
    let isPlain =
      text.utf8.count <= 60 && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && !text.contains("=?")
    return isPlain ? text : words(text)
  }

  private static func words(_ text: String) -> String {
    var words: [String] = []
    var piece: [UInt8] = []
    func end() {
      if !piece.isEmpty { words.append("=?UTF-8?B?\(String(decoding: Base64.encode(piece), as: UTF8.self))?=") }
      piece = []
    }
    // 45 bytes are 60 letters of at most 75; no word may end within a character.
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if piece.count + bytes.count > 45 { end() }
      piece += bytes
    }
    end()
    return words.joined(separator: "\n ")
  }

  /// The name before an address: like `encoded`, and encoded too where it is more than words.
  static func phrase(_ name: String) -> String {
    let isAtom = name.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
    }
    return isAtom && name.utf8.count <= 60 ? name : words(name)
  }

  /// Percent-encoded: what RFC 2231 calls `ext-octet`, and a name that goes into a header of HTTP.
  static func percent(_ text: String, keeping kept: String = "-._") -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in text.utf8 {
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || kept.utf8.contains(byte)
      if isPlain {
        out.append(byte)
      } else {
        out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
