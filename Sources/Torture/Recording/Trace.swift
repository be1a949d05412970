/// What strace(1) wrote with `-f`, put together again: which calls there were, and in what order they began and returned.
struct Trace {
  enum Moment {
    case begin(Int)
    case end(Int)
  }

  private(set) var calls: [TracedCall] = []
  /// Of the calls, by their place in `calls`. A call whose thread was killed in it has no end.
  private(set) var moments: [Moment] = []

  init(_ bytes: [UInt8]) {
    var begun: [Int: (text: [UInt8], line: Int)] = [:]
    // A call is known when its end was read, and stands where it began.
    var lines: [Line] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let (thread, text) = Self.parts(line) else { continue }
      if text.starts(with: "<... ".utf8) {
        guard let open = begun.removeValue(forKey: thread), let close = text.firstIndex(of: UInt8(ascii: ">")) else {
          continue
        }
        lines[open.line] = .begin(open.text + text[text.index(after: close)...])
        lines.append(.end(open.line))
      } else if text.suffix(16).elementsEqual("<unfinished ...>".utf8) {
        let start = Array(text.dropLast(16))
        begun[thread] = (start, lines.count)
        lines.append(.begin(start + Array(") = ?".utf8)))
      } else {
        lines += [.begin(Array(text)), .end(lines.count)]
      }
    }
    read(lines)
  }

  private enum Line {
    case begin([UInt8])
    /// Of what began in that line.
    case end(Int)
  }

  private mutating func read(_ lines: [Line]) {
    var places: [Int: Int] = [:]
    for (number, line) in lines.enumerated() {
      switch line {
      case .begin(let text):
        guard let call = TracedCall(text) else { continue }
        places[number] = calls.count
        moments.append(.begin(calls.count))
        calls.append(call)
      case .end(let begin):
        if let place = places[begin], calls[place].result != nil { moments.append(.end(place)) }
      }
    }
  }

  /// `123  rest of it`
  private static func parts(_ line: ArraySlice<UInt8>) -> (thread: Int, text: ArraySlice<UInt8>)? {
    guard let space = line.firstIndex(of: UInt8(ascii: " ")),
      let thread = Int(String(decoding: line[..<space], as: UTF8.self)),
      let start = line[space...].firstIndex(where: { $0 != UInt8(ascii: " ") })
    else { return nil }
    return (thread, line[start...])
  }
}
