/// Reads JSON strictly (RFC 8259 and then some) and says where it stopped and what it expected.
///
/// Refused beyond the grammar: a byte order mark, NUL (raw or `\u0000`), lone surrogates, duplicate keys, nesting
/// deeper than 64. Foundation accepts most of these (MEASURED: JSON), and two readers that disagree about one file are
/// how a check is passed with one meaning and carried out with another.
public struct JSONReader {
  /// Which text is accepted.
  public enum Dialect: Sendable {
    /// JSON. For everything that programs write.
    case strict
    /// JSON with `//` and `/* */` comments and trailing commas. For settings, which people write.
    case settings
    /// JSON in which `\u0000` is a character. For records: a job's output may have NULs, and they are kept.
    case record
  }

  /// The deepest nesting of arrays and objects that is read. DESIGN §2, Refused.
  public static let maxDepth = 64

  /// Reads one value that is the whole of `bytes`.
  /// - Throws: `empty`, `not-utf8`, `bad-json`, `too-deep`, `duplicate-key`, each with line and column.
  public static func read(
    _ bytes: [UInt8], dialect: Dialect = .strict, maxDepth: Int = JSONReader.maxDepth
  ) throws(Refusal) -> JSONNode {
    try bytes.withUnsafeBufferPointer { (buffer) throws(Refusal) -> JSONNode in
      try read(buffer, dialect: dialect, maxDepth: maxDepth)
    }
  }

  /// Reads one value that is the whole of `bytes`.
  /// - Throws: `empty`, `not-utf8`, `bad-json`, `too-deep`, `duplicate-key`, each with line and column.
  public static func read(
    _ bytes: UnsafeBufferPointer<UInt8>, dialect: Dialect = .strict, maxDepth: Int = JSONReader.maxDepth
  ) throws(Refusal) -> JSONNode {
    var parser = JSONParser(bytes: bytes, dialect: dialect, maxDepth: maxDepth)
    do {
      return try parser.document()
    } catch {
      // A file in Latin-1 or UTF-16 is a syntax error somewhere; that it is not UTF-8 is the better thing to say.
      if error.code == .badJSON, let bad = UTF8Text.firstInvalid(bytes) {
        throw Refusal(.notUTF8, "a byte that is not UTF-8", "expected UTF-8 text", at: bad, in: bytes)
      }
      throw Refusal(error.code, error.what, error.expected, at: error.offset, in: bytes, key: error.key.map(shortened))
    }
  }
}
