/// Why a piece of input is not accepted, in the terms of who wrote it: what, where, and what was expected.
///
/// This is the one error type of the module. It is data: a refused job's result carries all of its fields.
public struct Refusal: Error, Equatable, Sendable, CustomStringConvertible {
  /// The stable name of the kind.
  public var code: RefusalCode
  /// One sentence that says what is wrong, where, and what was expected. Safe to print: control characters are escaped.
  public var reason: String
  /// 1-based line in the input, lines ending with `\n`; nil when the refusal is not about a place.
  public var line: Int?
  /// 1-based column in the line, counted in Unicode scalars; nil when the refusal is not about a place.
  public var column: Int?
  /// The key it is about as a dotted path, for example `retry.delay` or `run[1]`; nil when there is none.
  public var key: String?

  /// A refusal; without a place for what has none.
  public init(code: RefusalCode, reason: String, line: Int? = nil, column: Int? = nil, key: String? = nil) {
    self.code = code
    self.reason = reason
    self.line = line
    self.column = column
    self.key = key
  }

  /// A refusal about one place in `source`: "WHAT at line L, column C: EXPECTED".
  init(
    _ code: RefusalCode, _ what: String, _ expected: String, at offset: Int, in source: UnsafeBufferPointer<UInt8>,
    key: String? = nil
  ) {
    let place = TextPosition(of: offset, in: source)
    self.init(
      code: code, reason: "\(what) at line \(place.line), column \(place.column): \(expected)", line: place.line,
      column: place.column, key: key)
  }

  /// The same of a text before which so many lines lie, in its place and in its sentence.
  public func moved(byLines lines: Int) -> Refusal {
    guard let line, lines != 0 else { return self }
    var moved = self
    moved.line = line + lines
    let (here, there) = (Array(" at line \(line), column ".utf8), " at line \(line + lines), column ")
    // Only the first: what comes after it may be the writer's own text.
    let bytes = Array(reason.utf8)
    for start in bytes.indices where bytes[start...].starts(with: here) {
      moved.reason =
        String(decoding: bytes[..<start], as: UTF8.self) + there
        + String(decoding: bytes[(start + here.count)...], as: UTF8.self)
      break
    }
    return moved
  }

  /// The reason.
  public var description: String { reason }
}
