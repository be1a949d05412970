import Jobs

/// An event as a line of `logs/bobbin.log`: one JSON object, compact, bounded.
///
/// Strings that are too long end in `…[+1234 bytes]`; fields for which there is no room are counted as `omitted`.
public enum LogLine {
  /// Bytes of a line, its newline included: 8 KiB, so that one append of a line is never a big one.
  public static let limit = 8192
  /// Bytes kept of a message, as escaped.
  public static let messageLimit = 2048
  /// Bytes kept of a field's value, as escaped.
  public static let valueLimit = 1024
  /// Bytes kept of a job's id (they have at most 200, and escaping makes them longer), a code or a field's name.
  static let nameLimit = 512
  /// Kept free for `,"omitted":12345}` and the newline.
  private static let tail = 32

  static let reserved = ["time", "level", "code", "job", "message", "omitted"]

  static func json(_ event: LogEvent) -> [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity(256)
    line.append(utf8: "{\"time\":\"")
    Timestamp(nanoseconds: event.time).appendText(to: &line)
    line.append(utf8: "\",\"level\":\"")
    line.append(utf8: event.level.name)
    line.append(UInt8(ascii: "\""))
    append("code", event.code, limit: nameLimit, to: &line)
    if let job = event.job { append("job", job, limit: nameLimit, to: &line) }
    append("message", event.message, limit: messageLimit, to: &line)

    var omitted = 0
    for (index, field) in event.fields.enumerated() {
      let name = self.name(of: field)
      guard !event.fields[..<index].contains(where: { self.name(of: $0) == name }) else { continue }
      let start = line.count
      appendName(name, to: &line)
      if !field.1.appendPlain(to: &line), case .string(let text) = field.1 {
        appendString(text, limit: valueLimit, to: &line)
      }
      if line.count > limit - tail {
        line.removeSubrange(start...)
        omitted += 1
      }
    }
    if omitted > 0 { line.append(utf8: ",\"omitted\":\(omitted)") }
    line.append(utf8: "}\n")
    return line
  }

  private static func name(of field: (String, LogValue)) -> String {
    reserved.contains(field.0) ? field.0 + "_" : field.0
  }

  private static func append(_ name: String, _ text: String, limit: Int, to line: inout [UInt8]) {
    appendName(name, to: &line)
    appendString(text, limit: limit, to: &line)
  }

  private static func appendName(_ name: String, to line: inout [UInt8]) {
    line.append(UInt8(ascii: ","))
    appendString(name, limit: nameLimit, to: &line)
    line.append(UInt8(ascii: ":"))
  }

  /// Appends a JSON string; cut before the scalar that would pass the limit.
  private static func appendString(_ text: String, limit: Int, to line: inout [UInt8]) {
    line.append(UInt8(ascii: "\""))
    defer { line.append(UInt8(ascii: "\"")) }
    if text.utf8.count <= limit, isPlain(text) { return line.append(utf8: text) }
    let end = line.count + limit
    var used = 0
    for scalar in text.unicodeScalars {
      let start = line.count
      appendEscaped(scalar, to: &line)
      if line.count > end {
        line.removeSubrange(start...)
        line.append(utf8: "…[+\(text.utf8.count - used) bytes]")
        break
      }
      used += UTF8.width(scalar)
    }
  }

  /// Whether it stands for itself: nearly all that is told is made of bytes that do.
  private static func isPlain(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var isPlain = true
      for byte in bytes {
        isPlain = isPlain && byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      }
      return isPlain
    }
  }

  private static func appendEscaped(_ scalar: Unicode.Scalar, to line: inout [UInt8]) {
    switch scalar {
    case "\"": line.append(utf8: "\\\"")
    case "\\": line.append(utf8: "\\\\")
    case "\n": line.append(utf8: "\\n")
    case "\r": line.append(utf8: "\\r")
    case "\t": line.append(utf8: "\\t")
    default:
      // More than JSON asks for: `tail -f` shows this to a terminal, which would obey C1 controls and bidi overrides.
      // All of them are in the first plane, so four digits do.
      if scalar.isHiddenControl {
        let hex = String(scalar.value, radix: 16)
        line.append(utf8: "\\u" + String(repeating: "0", count: 4 - hex.count) + hex)
      } else {
        line.append(contentsOf: UTF8.encode(scalar)?.map { $0 } ?? [])
      }
    }
  }
}

extension Unicode.Scalar {
  /// What a terminal obeys instead of showing: C0, DEL, C1, line and paragraph separators, bidirectional controls
  /// (Unicode UAX #9). Joiners stay: names in many scripts need them.
  var isHiddenControl: Bool {
    switch value {
    case 0..<0x20, 0x7f...0x9f, 0x061c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}
