/// A stream on its way through a redactor: bytes come in any pieces, and go out without secrets.
///
/// What may be the beginning of a secret is held back until it is one or is not; so at most as many bytes as the longest form
/// has, whatever comes.
struct Redaction {
  private let redactor: Redactor
  private var state: Int32 = 0
  /// Bytes that came and did not go out, and where in the stream they begin.
  private var held: [UInt8] = []
  private var heldFrom = 0
  /// Where the stream is.
  private var position = 0
  /// Secrets in what is held, in order, not overlapping.
  private var found: [(start: Int, end: Int, name: Int)] = []
  /// The end of the last secret that was told: bytes before it do not go out.
  private var toldUntil = 0

  init(_ redactor: Redactor) { self.redactor = redactor }

  /// Takes the next bytes; answers what can go out.
  mutating func take(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    held.append(contentsOf: bytes)
    for byte in bytes {
      position += 1
      // Most bytes of most output: nothing under way, and nothing begins.
      if state == 0, !redactor.begins(with: byte) { continue }
      state = redactor.step(state, byte)
      if let match = redactor.match(state) { note(from: position - match.length, match.name) }
    }
    return release(upTo: position - redactor.depth(state))
  }

  /// The end of the stream: what was held back was no secret.
  mutating func finish() -> [UInt8] {
    state = 0
    return release(upTo: position)
  }

  /// A secret that ends here. Those that overlap become one: of two that share bytes no part is to be seen.
  private mutating func note(from start: Int, _ name: Int) {
    if start < toldUntil {
      toldUntil = position
      found.removeAll()
      return
    }
    var (start, name) = (start, name)
    while let last = found.last, last.end > start {
      if last.start < start { (start, name) = (last.start, last.name) }
      found.removeLast()
    }
    found.append((start, position, name))
  }

  /// Everything before `safe`: no secret that is still under way begins there.
  private mutating func release(upTo safe: Int) -> [UInt8] {
    var out: [UInt8] = []
    var cursor = heldFrom
    func index(_ offset: Int) -> Int { offset - heldFrom }
    while cursor < safe {
      if cursor < toldUntil {
        cursor = min(toldUntil, safe)
      } else if let next = found.first, next.start < safe {
        out += held[index(cursor)..<index(next.start)]
        out += Array("[redacted \(redactor.names[next.name])]".utf8)
        (cursor, toldUntil) = (next.start, next.end)
        found.removeFirst()
      } else {
        out += held[index(cursor)..<index(safe)]
        cursor = safe
      }
    }
    held.removeFirst(cursor - heldFrom)
    heldFrom = cursor
    return out
  }
}
