import Jobs

/// Takes the text of a crontab apart into lines, by crontab(5) of Debian's cron and of cronie, and where these are silent by
/// `load_entry` and `load_env` of their sources.
///
/// Whether the fields of a time make sense is not asked here.
public struct CrontabReader: Sendable {
  /// The longest file that is read, bytes. Debian's cron takes 10,000 lines.
  public static let maxBytes = 1 << 20

  /// Whether a user stands between time and command: /etc/crontab, /etc/cron.d.
  public var hasUsers: Bool

  public init(hasUsers: Bool = false) { self.hasUsers = hasUsers }

  /// Reads all lines.
  /// - Throws: `too-big`; `not-a-crontab` (a NUL) with its line.
  public func read(_ bytes: [UInt8]) throws(Refusal) -> [CrontabLine] {
    guard bytes.count <= Self.maxBytes else {
      throw Refusal(code: .tooBig, reason: "it is larger than 1 MiB: no crontab is")
    }
    var lines: [CrontabLine] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
      var piece = bytes[start..<(end ?? bytes.count)]
      start = (end ?? bytes.count) + 1
      let hadCarriageReturn = piece.last == UInt8(ascii: "\r")
      if hadCarriageReturn { piece.removeLast() }
      let number = lines.count + 1
      if piece.contains(0) {
        throw Refusal(code: .notACrontab, reason: "there is a NUL in it: expected text", line: number)
      }
      let text = String(decoding: piece, as: UTF8.self)
      var content = content(Array(piece))
      // Of a comment nothing is carried over. A setting and a command would be others with a byte replaced.
      if content != .comment, !text.utf8.elementsEqual(piece) { content = .bad(.notUTF8) }
      lines.append(
        CrontabLine(
          number: number, text: text, content: content, isEnded: end != nil, hadCarriageReturn: hadCarriageReturn))
    }
    return lines
  }

  private func content(_ line: [UInt8]) -> CrontabLine.Content {
    let line = line.drop(while: Self.isBlank)
    guard let first = line.first else { return .blank }
    if first == UInt8(ascii: "#") { return .comment }
    // As cron does: first whether it is a setting, then whether it is an entry.
    if let (name, value) = CrontabSetting.read(line) { return .setting(name: name, value: value) }
    if let name = CrontabSetting.beginning(of: line) { return .bad(.badSetting(name: name)) }
    switch entry(line) {
    case .failure(let bad): return .bad(bad.fault)
    case .success(let entry): return .entry(entry)
    }
  }

  private struct Bad: Error { let fault: CrontabFault }

  private func entry(_ line: ArraySlice<UInt8>) -> Result<CrontabEntry, Bad> {
    var rest = line
    // cronie's, for root: nothing in the syslog. Our log is another, so there is nothing to carry over.
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    var fields: [String] = []
    let count = rest.first == UInt8(ascii: "@") ? 1 : 5
    while fields.count < count {
      guard let field = Self.word(&rest) else { return .failure(Bad(fault: .tooShort)) }
      fields.append(field)
    }
    guard let first = rest.first else { return .failure(Bad(fault: .noCommand)) }
    if first == UInt8(ascii: "*") { return .failure(Bad(fault: .sixthField)) }
    var user: String?
    if hasUsers { user = Self.word(&rest) }
    guard !rest.isEmpty else { return .failure(Bad(fault: .noCommand)) }
    let command = String(decoding: rest, as: UTF8.self)
    return .success(CrontabEntry(schedule: fields.joined(separator: " "), user: user, command: command))
  }

  /// Takes a word and the blanks behind it; nil at the end.
  private static func word(_ rest: inout ArraySlice<UInt8>) -> String? {
    let word = rest.prefix { !isBlank($0) }
    if word.isEmpty { return nil }
    rest = rest[word.endIndex...].drop(while: isBlank)
    return String(decoding: word, as: UTF8.self)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
