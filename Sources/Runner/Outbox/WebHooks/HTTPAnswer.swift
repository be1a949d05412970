import Jobs

/// An answer as curl shows it with `--include`: blocks of header lines, of which the last counts, then the body. The server
/// is not trusted: it is read as far as it makes sense.
struct HTTPAnswer: Equatable {
  /// 100…999.
  var status: Int
  /// `Retry-After`, as it stands there.
  var retryAfter: String?
  /// As far as it was read.
  var body: [UInt8]

  /// Longest answer that is read, bytes, and of them the headers.
  static let limit = 64 << 10

  /// Reads what came so far; nil while there is no whole block of headers of a final status.
  init?(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while let block = Self.block(rest) {
      let lines = block.split(separator: UInt8(ascii: "\n")).map { line in
        String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
      }
      rest = rest[block.endIndex...].drop { $0 == UInt8(ascii: "\r") }.dropFirst()
      let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
      guard words.count >= 2, words[0].hasPrefix("HTTP/"), words[1].utf8.count == 3, let status = Int(words[1]),
        (100...999).contains(status)
      else { return nil }
      // 100 Continue, 103 Early Hints: another block follows.
      if status < 200 { continue }
      self.status = status
      retryAfter = Self.value(of: "retry-after", in: lines.dropFirst())
      body = Array(rest)
      return
    }
    return nil
  }

  /// The lines up to an empty one, with the line break before it; nil: there is none yet.
  private static func block(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var index = bytes.startIndex
    while let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) {
      let next = bytes.index(after: end)
      let following = bytes[next...].prefix(2)
      if following.first == UInt8(ascii: "\n") || following.elementsEqual("\r\n".utf8) { return bytes[..<next] }
      index = next
    }
    return nil
  }

  private static func value(of name: String, in lines: ArraySlice<String>) -> String? {
    for line in lines {
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { continue }
      return line[line.index(after: colon)...].split(separator: " ").joined(separator: " ")
    }
    return nil
  }
}
