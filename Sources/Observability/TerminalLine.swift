import Jobs

/// An event as one calm line for a person.
enum TerminalLine {
  private enum Paint: String {
    case dim = "2"
    case bold = "1"
    case green = "32"
    case yellow = "33"
    case red = "31"
  }

  /// A piece of text that is safe to print, and its paint.
  private typealias Piece = (text: String, paint: Paint?)

  static func render(_ event: LogEvent, colour: Bool, width: Int?, utcOffset: Int) -> String {
    let (mark, paint) = mark(of: event)
    var pieces: [Piece] = [
      (timeOfDay(event.time, utcOffset) + " ", .dim),
      (mark + " ", paint),
    ]
    if let job = event.job { pieces.append((visible(job) + "  ", .bold)) }
    pieces.append((visible(event.message), nil))
    if event.level != .info {
      for (name, value) in event.fields { pieces.append(("  \(visible(name))=\(text(of: value))", .dim)) }
    }
    if let width { pieces = cut(pieces, to: max(1, width)) }
    return pieces.map { colour ? painted($0) : $0.text }.joined() + "\n"
  }

  /// Codes of what ended well end in `-succeeded`, of what begins in `-started`; all else follows the level.
  private static func mark(of event: LogEvent) -> (String, Paint?) {
    switch event.level {
    case .error, .silent: ("✗", .red)
    case .warn: ("!", .yellow)
    case .info where event.code.hasSuffix("-succeeded"): ("✓", .green)
    case .info where event.code.hasSuffix("-started"): ("▸", nil)
    case .info, .debug, .trace: ("·", .dim)
    }
  }

  /// `11:02:03`.
  private static func timeOfDay(_ nanoseconds: Int64, _ utcOffset: Int) -> String {
    String(Timestamp(nanoseconds: nanoseconds).secondsText(offset: Int64(utcOffset)).dropFirst(11).prefix(8))
  }

  private static func text(of value: LogValue) -> String {
    if case .string(let text) = value { return visible(text) }
    var plain: [UInt8] = []
    _ = value.appendPlain(to: &plain)
    if case .duration = value { plain.append(UInt8(ascii: "s")) }
    return String(decoding: plain, as: UTF8.self)
  }

  /// Control characters as `\u{1b}`, so that a job's name cannot speak to the terminal.
  static func visible(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isHiddenControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.isHiddenControl {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func cut(_ pieces: [Piece], to width: Int) -> [Piece] {
    guard pieces.reduce(0, { $0 + $1.text.count }) > width else { return pieces }
    var room = width - 1
    var result: [Piece] = []
    for piece in pieces {
      guard room > 0 else { break }
      result.append((String(piece.text.prefix(room)), piece.paint))
      room -= min(room, piece.text.count)
    }
    return result + [("…", .dim)]
  }

  private static func painted(_ piece: Piece) -> String {
    guard let paint = piece.paint else { return piece.text }
    return "\u{1b}[\(paint.rawValue)m\(piece.text)\u{1b}[0m"
  }
}
