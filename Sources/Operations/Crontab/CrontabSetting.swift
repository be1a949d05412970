/// `NAME = value` in a crontab, by `load_env` of cron's env.c: name and value may each stand in quotes, blanks around the
/// sign are left out, nothing is replaced in the value, and behind a closing quote nothing may follow.
enum CrontabSetting {
  /// Reads a line that begins with no blank; nil: it is no setting. `NAME=` alone is an empty value, as cronie has it.
  static func read(_ line: ArraySlice<UInt8>) -> (name: String, value: String)? {
    guard let (name, rest) = name(line), !name.isEmpty else { return nil }
    var value = rest.drop(while: isSpace)
    if let quote = value.first, isQuote(quote) {
      value.removeFirst()
      guard let end = value.firstIndex(of: quote) else { return nil }
      guard value[(end + 1)...].allSatisfy(isSpace) else { return nil }
      value = value[..<end]
    } else {
      while let last = value.last, isSpace(last) { value.removeLast() }
    }
    return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
  }

  /// The name of what begins like a setting, and could not be an entry: a letter or `_` first.
  static func beginning(of line: ArraySlice<UInt8>) -> String? {
    guard let (name, _) = name(line), let first = name.first else { return nil }
    guard isLetter(first) || first == UInt8(ascii: "_") else { return nil }
    return String(decoding: name, as: UTF8.self)
  }

  /// What stands before the `=`, and what behind it.
  private static func name(_ line: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
    let equals = UInt8(ascii: "=")
    var name = line
    var rest: ArraySlice<UInt8>
    if let quote = line.first, isQuote(quote) {
      name.removeFirst()
      guard let end = name.firstIndex(of: quote) else { return nil }
      rest = name[(end + 1)...]
      name = name[..<end]
      if name.contains(equals) { return nil }
    } else {
      name = line.prefix { !isSpace($0) && $0 != equals }
      rest = line[name.endIndex...]
    }
    rest = rest.drop(while: isSpace)
    guard rest.first == equals else { return nil }
    return (name, rest.dropFirst())
  }

  private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") }
  private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }
  /// isspace(3) in the C locale.
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
