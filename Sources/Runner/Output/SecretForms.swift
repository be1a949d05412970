/// The ways in which a secret shows in what programs print: as it is, escaped in JSON, percent-encoded, in base64.
///
/// Not found: a part of it, other encodings such as hexadecimal, base64 with line breaks in it, JSON within JSON.
enum SecretForms {
  /// Shorter values are not looked for: they would be found in everything.
  static let shortest = 6

  /// Every form, each once; empty for a value that is too short. Each line of it too: an unquoted `echo $KEY` joins them by
  /// blanks, and programs print what they read by lines. And all of these without what is blank around them, the `\r` of
  /// other systems' lines included: a shell's `$(...)`, `read` and every `trim` take it away.
  static func all(of value: [UInt8]) -> [[UInt8]] {
    var texts: Set<[UInt8]> = [value, trimmed(value[...])]
    for line in value.split(separator: UInt8(ascii: "\n")) {
      texts.insert(Array(line))
      texts.insert(trimmed(line))
    }
    return Array(texts.reduce(into: Set<[UInt8]>()) { $0.formUnion(one($1)) })
  }

  /// Whether what programs would print of it is too short: of blanks around it nobody can say that they are printed.
  static func isTooShort(_ value: [UInt8]) -> Bool { trimmed(value[...]).count < shortest }

  /// Without the blanks of ASCII at both ends: tab to carriage return, and space.
  private static func trimmed(_ text: ArraySlice<UInt8>) -> [UInt8] {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    let start = text.drop(while: isBlank)
    guard let end = start.lastIndex(where: { !isBlank($0) }) else { return [] }
    return Array(start[...end])
  }

  private static func one(_ value: [UInt8]) -> [[UInt8]] {
    guard value.count >= shortest else { return [] }
    var forms: Set<[UInt8]> = [value]
    for escaping in jsonEscapings { forms.insert(json(value, escaping)) }
    for kept in percentKept {
      for digits in [upper, lower] {
        forms.insert(percent(value, kept: kept, digits: digits, plus: false))
        forms.insert(percent(value, kept: kept, digits: digits, plus: true))
      }
    }
    for shift in 0..<3 { forms.formUnion(base64(value, shift: shift)) }
    return Array(forms)
  }

  private static let upper = Array("0123456789ABCDEF".utf8)
  private static let lower = Array("0123456789abcdef".utf8)

  // MARK: JSON

  private struct Escaping {
    var slash = false
    /// `<`, `>`, `&` as Go's encoding/json and Rails write them.
    var html = false
    var ascii = false
    var digits = SecretForms.lower
  }

  private static let jsonEscapings = [
    Escaping(), Escaping(slash: true), Escaping(html: true), Escaping(html: true, digits: upper), Escaping(ascii: true),
    Escaping(ascii: true, digits: upper), Escaping(slash: true, ascii: true), Escaping(html: true, ascii: true),
  ]

  /// The inside of a JSON string.
  private static func json(_ value: [UInt8], _ escaping: Escaping) -> [UInt8] {
    var out: [UInt8] = []
    func escape(_ unit: UInt16) {
      out += Array("\\u".utf8)
      for shift in [12, 8, 4, 0] { out.append(escaping.digits[Int(unit >> shift) & 15]) }
    }
    for scalar in String(decoding: value, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"", "\\": out += [UInt8(ascii: "\\"), UInt8(scalar.value)]
      case "\n": out += Array("\\n".utf8)
      case "\r": out += Array("\\r".utf8)
      case "\t": out += Array("\\t".utf8)
      case "\u{8}": out += Array("\\b".utf8)
      case "\u{c}": out += Array("\\f".utf8)
      case "/" where escaping.slash: out += Array("\\/".utf8)
      case "<" where escaping.html, ">" where escaping.html, "&" where escaping.html: escape(UInt16(scalar.value))
      default:
        if scalar.value < 0x20 || (escaping.ascii && scalar.value > 0x7E) {
          for unit in String(scalar).utf16 { escape(unit) }
        } else {
          out += Array(String(scalar).utf8)
        }
      }
    }
    return out
  }

  // MARK: percent

  /// Left as they are beside letters and digits: RFC 3986's unreserved; with `/` as in paths; encodeURIComponent's; a form's.
  private static let percentKept: [Set<UInt8>] = ["-._~", "-._~/", "-._~!'()*", "-._*"].map { Set($0.utf8) }

  private static func percent(_ value: [UInt8], kept: Set<UInt8>, digits: [UInt8], plus: Bool) -> [UInt8] {
    var out: [UInt8] = []
    for byte in value {
      let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & ~0x20) && byte < 0x80
      if isPlain || kept.contains(byte) {
        out.append(byte)
      } else if plus, byte == 0x20 {
        out.append(UInt8(ascii: "+"))
      } else {
        out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return out
  }

  // MARK: base64

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The value in base64 (RFC 4648, both alphabets) when `shift` bytes (mod 3) come before it: the characters that hang on it
  /// alone, and where it ends the text also the last one with its padding.
  private static func base64(_ value: [UInt8], shift: Int) -> [[UInt8]] {
    let bytes = [UInt8](repeating: 0, count: shift) + value
    var text: [UInt8] = []
    var (bits, count) = (UInt32(0), 0)
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(bits >> UInt32(count)) & 63])
      }
    }
    // A character that holds bits of what comes before is not the value's alone.
    let core = Array(text.dropFirst(shift == 0 ? 0 : shift + 1))
    var forms = [core]
    if count > 0 {
      let last = alphabet[Int(bits << UInt32(6 - count)) & 63]
      forms.append(core + [last] + [UInt8](repeating: UInt8(ascii: "="), count: count == 2 ? 2 : 1))
    }
    return forms + forms.map { $0.map { $0 == UInt8(ascii: "+") ? 0x2D : $0 == UInt8(ascii: "/") ? 0x5F : $0 } }
  }
}
