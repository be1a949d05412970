extension JSONParser {
  /// Skips white space, and comments where they are allowed.
  @inline(__always)
  mutating func skipSpace() throws(Fault) {
    while index < count {
      let byte = bytes[index]
      if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
        index += 1
      } else if byte == UInt8(ascii: "/"), dialect == .settings {
        try skipComment()
      } else {
        return
      }
    }
  }

  private mutating func skipComment() throws(Fault) {
    let start = index
    let second = index + 1 < count ? bytes[index + 1] : 0
    if second == UInt8(ascii: "/") {
      while index < count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
    } else if second == UInt8(ascii: "*") {
      index += 2
      while index + 1 < count {
        if bytes[index] == UInt8(ascii: "*"), bytes[index + 1] == UInt8(ascii: "/") {
          index += 2
          return
        }
        index += 1
      }
      throw Fault(what: "a comment without an end", expected: "expected '*/' before the end of the file", offset: start)
    } else {
      throw unexpected("expected a comment: '//' or '/*'")
    }
  }

  /// Reads the string whose opening quote is at the cursor.
  mutating func string() throws(Fault) -> String {
    let open = index
    index += 1
    let start = index
    // The common case: no escapes, so the text is the bytes as they stand.
    while index < count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
        index += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(open: open, start: start) }
      try plainScalar(byte)
    }
    throw unterminated(open)
  }

  /// Goes on from the first escape, collecting what the string means.
  private mutating func escapedString(open: Int, start: Int) throws(Fault) -> String {
    var text = [UInt8](UnsafeBufferPointer(rebasing: bytes[start..<index]))
    while index < count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        index += 1
        return String(decoding: text, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") {
        try escape(into: &text)
      } else {
        let from = index
        try plainScalar(byte)
        text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[from..<index]))
      }
    }
    throw unterminated(open)
  }

  @inline(__always)
  private mutating func plainScalar(_ byte: UInt8) throws(Fault) {
    if byte >= 0x20, byte < 0x80 {
      index += 1
      return
    }
    if byte < 0x20 {
      let name = byte == 0 ? "a NUL byte" : byte == 0x0A ? "a line break" : "a control character"
      throw Fault(
        what: "\(name) in a string", expected: "expected an escape such as \\n, or a closing '\"'", offset: index)
    }
    let length = UTF8Text.scalarLength(bytes, at: index, end: count)
    if length == 0 {
      throw Fault(
        code: .notUTF8, what: "a byte that is not UTF-8", expected: "expected UTF-8 text", offset: index)
    }
    index += length
  }

  private mutating func escape(into text: inout [UInt8]) throws(Fault) {
    let start = index
    guard index + 1 < count else {
      throw Fault(what: "the end of the file", expected: "expected an escape", offset: count)
    }
    let letter = bytes[index + 1]
    index += 2
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: Unicode.UTF8.encodedBytes(of: try escapedScalar(start)))
    default:
      throw Fault(
        what: "an unknown escape", expected: "expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX", offset: start)
    }
  }

  /// The scalar of `\uXXXX`, or of a pair of them, whose backslash is at `start`.
  private mutating func escapedScalar(_ start: Int) throws(Fault) -> Unicode.Scalar {
    let lone = Fault(
      what: "half of a surrogate pair", expected: "expected \\uD800-\\uDBFF followed by \\uDC00-\\uDFFF", offset: start)
    var code = try fourHexDigits(start)
    if (0xD800...0xDBFF).contains(code) {
      guard index + 1 < count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
        throw lone
      }
      index += 2
      let low = try fourHexDigits(start)
      guard (0xDC00...0xDFFF).contains(low) else { throw lone }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    if code == 0, dialect != .record {
      throw Fault(what: "the character \\u0000", expected: "expected a text without NUL", offset: start)
    }
    guard let scalar = Unicode.Scalar(code) else { throw lone }
    return scalar
  }

  private mutating func fourHexDigits(_ start: Int) throws(Fault) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard index < count else {
        throw Fault(what: "the end of the file", expected: "expected four hexadecimal digits", offset: count)
      }
      let byte = bytes[index]
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x41...0x46: digit = byte - 0x41 + 10
      case 0x61...0x66: digit = byte - 0x61 + 10
      default: throw Fault(what: "a bad \\u escape", expected: "expected four hexadecimal digits", offset: start)
      }
      code = code << 4 | UInt32(digit)
      index += 1
    }
    return code
  }

  private func unterminated(_ open: Int) -> Fault {
    Fault(what: "a string without an end", expected: "expected a closing '\"' before the end of the file", offset: open)
  }
}

extension Unicode.UTF8 {
  /// The UTF-8 bytes of one scalar.
  static func encodedBytes(of scalar: Unicode.Scalar) -> [UInt8] { [UInt8](String(scalar).utf8) }
}
