/// A system call as strace(1) writes it down with `-f -y`.
struct TracedCall: Sendable {
  /// An argument, or what the call answered.
  struct Word: Sendable {
    /// Without quotes and annotation: a number, flags, or the bytes of a string.
    var bytes: [UInt8]
    var isString = false
    /// Where an open file lay when the call began: `7</tmp/x>`.
    var path: String?

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var number: Int? { Int(text) }
  }

  let name: String
  let words: [Word]
  /// Negative: it failed. Nil: it never returned, for its thread was killed in it.
  let result: Int?

  /// An open that empties a file.
  var truncates: Bool { name == "creat" || words.dropFirst().contains { !$0.isString && $0.text.contains("O_TRUNC") } }

  /// Reads `openat(3</tmp>, "x", O_RDONLY) = 4</tmp/x>`, and `= ?`; nil: it is no call.
  init?(_ line: some Collection<UInt8>) {
    let line = Array(line)
    guard let open = line.firstIndex(of: UInt8(ascii: "(")) else { return nil }
    name = String(decoding: line[..<open], as: UTF8.self)
    var reader = WordReader(line, at: open + 1)
    guard let words = reader.words(until: UInt8(ascii: ")")) else { return nil }
    self.words = words
    let rest = String(decoding: line[reader.place...], as: UTF8.self)
    guard let equals = rest.range(of: "= ") else { return nil }
    let digits = rest[equals.upperBound...].prefix { $0 == "-" || $0.isNumber }
    result = Int(digits)
  }
}

/// Takes the arguments apart. strace writes strings as C does, octal escapes included.
private struct WordReader {
  private let line: [UInt8]
  private(set) var place: Int

  init(_ line: [UInt8], at place: Int) {
    self.line = line
    self.place = place
  }

  /// All up to the closing byte, which is passed; nil: the line ends before it.
  mutating func words(until end: UInt8) -> [TracedCall.Word]? {
    var words: [TracedCall.Word] = []
    var word: TracedCall.Word?
    while place < line.count {
      let byte = line[place]
      place += 1
      switch byte {
      case end:
        if let word { words.append(word) }
        return words
      case UInt8(ascii: ","):
        if let word { words.append(word) }
        word = nil
      case UInt8(ascii: " "): if word != nil, word?.isString == false { word?.bytes.append(byte) }
      case UInt8(ascii: "\""): word = TracedCall.Word(bytes: string(), isString: true)
      // Of structures and lists only the text is of use.
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        let start = place - 1
        skip(from: byte)
        word = TracedCall.Word(bytes: (word?.bytes ?? []) + line[start..<place])
      case UInt8(ascii: "<"):
        let start = place
        while place < line.count, line[place] != UInt8(ascii: ">") { place += 1 }
        word?.path = String(decoding: line[start..<place], as: UTF8.self)
        place += 1
        // "(deleted)" follows the annotation.
        if line[place...].starts(with: "(deleted)".utf8) {
          word?.path? += " (deleted)"
          place += 9
        }
      default:
        if word == nil { word = TracedCall.Word(bytes: []) }
        word?.bytes.append(byte)
      }
    }
    return nil
  }

  private mutating func skip(from open: UInt8) {
    let close: UInt8 = open == UInt8(ascii: "[") ? UInt8(ascii: "]") : UInt8(ascii: "}")
    while place < line.count, line[place] != close {
      let byte = line[place]
      place += 1
      if byte == UInt8(ascii: "\"") { _ = string() }
      if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { skip(from: byte) }
    }
    place += 1
  }

  private mutating func string() -> [UInt8] {
    var bytes: [UInt8] = []
    while place < line.count, line[place] != UInt8(ascii: "\"") {
      guard line[place] == UInt8(ascii: "\\") else {
        bytes.append(line[place])
        place += 1
        continue
      }
      place += 1
      bytes.append(escaped())
    }
    place += 1
    return bytes
  }

  private mutating func escaped() -> UInt8 {
    let byte = line[place]
    place += 1
    switch byte {
    case UInt8(ascii: "n"): return 10
    case UInt8(ascii: "t"): return 9
    case UInt8(ascii: "r"): return 13
    case UInt8(ascii: "v"): return 11
    case UInt8(ascii: "f"): return 12
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      var value = Int(byte - 48)
      var digits = 1
      while digits < 3, place < line.count, (48...55).contains(line[place]) {
        value = value * 8 + Int(line[place] - 48)
        place += 1
        digits += 1
      }
      return UInt8(truncatingIfNeeded: value)
    default: return byte
    }
  }
}

extension String {
  /// Where a text occurs first; Foundation's is not linked.
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
