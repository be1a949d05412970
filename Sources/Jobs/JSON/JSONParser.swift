/// The recursive descent behind `JSONReader`: a cursor over bytes, at most `maxDepth` calls deep.
struct JSONParser {
  /// Why it stopped; the place is counted out by the caller.
  struct Fault: Error {
    var code = RefusalCode.badJSON
    var what: String
    var expected: String
    var offset: Int
    /// The path of the key that is there twice; grows as the calls end.
    var key: String?

    /// This fault seen from the container: its key path, if it has one, is longer by a step.
    func inside(_ step: @autoclosure () -> String) -> Fault {
      guard let key else { return self }
      var outer = self
      outer.key = shortened(step()) + (key.utf8.first == UInt8(ascii: "[") ? key : "." + key)
      return outer
    }
  }

  let bytes: UnsafeBufferPointer<UInt8>
  let count: Int
  let dialect: JSONReader.Dialect
  let maxDepth: Int
  var index = 0

  init(bytes: UnsafeBufferPointer<UInt8>, dialect: JSONReader.Dialect, maxDepth: Int) {
    self.bytes = bytes
    self.count = bytes.count
    self.dialect = dialect
    self.maxDepth = maxDepth
  }

  mutating func document() throws(Fault) -> JSONNode {
    if count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
      throw Fault(what: "a byte order mark", expected: "expected UTF-8 without one", offset: 0)
    }
    // Comments are skipped unseen, so the text is checked as a whole; strict text is checked where it stands.
    if dialect == .settings, let bad = UTF8Text.firstInvalid(bytes) {
      throw Fault(code: .notUTF8, what: "a byte that is not UTF-8", expected: "expected UTF-8 text", offset: bad)
    }
    try skipSpace()
    if index == count {
      throw Fault(code: .empty, what: "nothing", expected: "expected a JSON value, the file is empty", offset: index)
    }
    let node = try value(depth: 0)
    try skipSpace()
    if index < count { throw unexpected("expected the end of the file after the value") }
    return node
  }

  private mutating func value(depth: Int) throws(Fault) -> JSONNode {
    let start = index
    guard index < count else { throw unexpected("expected a value") }
    switch bytes[index] {
    case UInt8(ascii: "\""):
      return JSONNode(.string(try string()), offset: start)
    case UInt8(ascii: "{"):
      return JSONNode(.object(try object(depth: depth)), offset: start)
    case UInt8(ascii: "["):
      return JSONNode(.array(try array(depth: depth)), offset: start)
    case UInt8(ascii: "t"):
      try word("true")
      return JSONNode(.bool(true), offset: start)
    case UInt8(ascii: "f"):
      try word("false")
      return JSONNode(.bool(false), offset: start)
    case UInt8(ascii: "n"):
      try word("null")
      return JSONNode(.null, offset: start)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return JSONNode(.number(try number()), offset: start)
    default:
      throw unexpected("expected a value")
    }
  }

  private mutating func array(depth: Int) throws(Fault) -> [JSONNode] {
    try enter(depth)
    var elements: [JSONNode] = []
    try skipSpace()
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      do {
        elements.append(try value(depth: depth + 1))
      } catch {
        throw error.inside("[\(elements.count)]")
      }
      try skipSpace()
      if take(UInt8(ascii: "]")) { return elements }
      guard take(UInt8(ascii: ",")) else { throw unexpected("expected ',' or ']' in the array") }
      try skipSpace()
      if index < count, bytes[index] == UInt8(ascii: "]") {
        guard dialect == .settings else { throw trailingComma("expected another element after ','") }
        index += 1
        return elements
      }
    }
  }

  private mutating func object(depth: Int) throws(Fault) -> [JSONMember] {
    try enter(depth)
    var members: [JSONMember] = []
    var keys = KeySet()
    try skipSpace()
    if take(UInt8(ascii: "}")) { return members }
    members.reserveCapacity(8)
    while true {
      let keyOffset = index
      guard index < count, bytes[index] == UInt8(ascii: "\"") else {
        throw unexpected("expected a key in double quotes")
      }
      let key = try string()
      if !keys.insert(key, after: members) {
        throw Fault(
          code: .duplicateKey, what: "the key \(quoted(key)) again", expected: "expected each key once",
          offset: keyOffset, key: key)
      }
      try skipSpace()
      guard take(UInt8(ascii: ":")) else { throw unexpected("expected ':' after the key \(quoted(key))") }
      try skipSpace()
      do {
        members.append(JSONMember(key, try value(depth: depth + 1), keyOffset: keyOffset))
      } catch {
        throw error.inside(key)
      }
      try skipSpace()
      if take(UInt8(ascii: "}")) { return members }
      guard take(UInt8(ascii: ",")) else { throw unexpected("expected ',' or '}' in the object") }
      try skipSpace()
      if index < count, bytes[index] == UInt8(ascii: "}") {
        guard dialect == .settings else { throw trailingComma("expected another member after ','") }
        index += 1
        return members
      }
    }
  }

  private mutating func enter(_ depth: Int) throws(Fault) {
    if depth >= maxDepth {
      throw Fault(
        code: .tooDeep, what: "nesting deeper than \(maxDepth)", expected: "expected at most \(maxDepth) levels",
        offset: index)
    }
    index += 1
  }

  @inline(__always)
  private mutating func take(_ byte: UInt8) -> Bool {
    guard index < count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func word(_ word: StaticString) throws(Fault) {
    let letters = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    for offset in 0..<letters.count {
      guard index + offset < count, bytes[index + offset] == letters[offset] else {
        throw unexpected("expected a value; a text stands in double quotes")
      }
    }
    index += letters.count
  }

  private mutating func number() throws(Fault) -> String {
    let start = index
    _ = take(UInt8(ascii: "-"))
    if take(UInt8(ascii: "0")) {
      if isDigit {
        throw Fault(
          what: "a number that starts with 0", expected: "expected a number without leading zeros", offset: start)
      }
    } else {
      try digits("expected a digit after '-'")
    }
    if take(UInt8(ascii: ".")) { try digits("expected a digit after '.'") }
    if index < count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits("expected a digit in the exponent")
    }
    return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
  }

  private var isDigit: Bool { index < count && bytes[index] &- 0x30 < 10 }

  private mutating func digits(_ expected: String) throws(Fault) {
    guard isDigit else { throw unexpected(expected) }
    while isDigit { index += 1 }
  }

  func unexpected(_ expected: String) -> Fault {
    guard index < count else { return Fault(what: "the end of the file", expected: expected, offset: count) }
    let byte = bytes[index]
    let length = UTF8Text.scalarLength(bytes, at: index, end: count)
    if byte == 0 { return Fault(what: "a NUL byte", expected: expected, offset: index) }
    if length == 0 {
      return Fault(
        code: .notUTF8, what: "a byte that is not UTF-8", expected: "expected UTF-8 text", offset: index)
    }
    let found = String(decoding: UnsafeBufferPointer(rebasing: bytes[index..<index + length]), as: UTF8.self)
    return Fault(what: "unexpected \(quoted(found))", expected: expected, offset: index)
  }

  private func trailingComma(_ expected: String) -> Fault {
    Fault(what: "a trailing comma", expected: expected, offset: index)
  }
}
