/// Builds JSON as bytes, in the order of the calls: pretty for people, compact for lines and fingerprints.
///
/// The calls must match (`beginObject`, then `key` before each value, `endObject`); the writer escapes and separates.
public struct JSONWriter {
  /// How the text is laid out.
  public enum Style: Sendable {
    /// Two spaces a level, one member a line, empty arrays and objects as `[]` and `{}`.
    case pretty
    /// One line without spaces.
    case compact
  }

  /// What has been written.
  public private(set) var bytes: [UInt8] = []
  private let pretty: Bool
  private var depth = 0
  /// Whether the next value or key starts a container, so that no comma stands before it.
  private var isFirst = true
  private var followsKey = false

  /// An empty writer.
  public init(_ style: Style = .pretty, capacity: Int = 1024) {
    pretty = style == .pretty
    bytes.reserveCapacity(capacity)
  }

  /// The bytes, ended by a line break: what goes into a file.
  public consuming func line() -> [UInt8] {
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  // MARK: - Containers

  /// Starts an object.
  public mutating func beginObject() { begin(UInt8(ascii: "{")) }
  /// Ends the object.
  public mutating func endObject() { end(UInt8(ascii: "}")) }
  /// Starts an array.
  public mutating func beginArray() { begin(UInt8(ascii: "[")) }
  /// Ends the array.
  public mutating func endArray() { end(UInt8(ascii: "]")) }

  /// Writes the key of the next value.
  public mutating func key(_ key: StaticString) {
    separate()
    // Keys of ours need no escapes.
    bytes.append(UInt8(ascii: "\""))
    bytes.append(utf8: key)
    bytes.append(UInt8(ascii: "\""))
    colon()
  }

  /// Writes the key of the next value, escaped.
  public mutating func key(_ key: String) {
    separate()
    quote(key)
    colon()
  }

  // MARK: - Values

  /// Writes a text.
  public mutating func string(_ text: String) {
    separate()
    quote(text)
  }

  /// Writes a whole number.
  public mutating func int(_ number: Int64) {
    separate()
    bytes.append(decimal: number)
  }

  /// Writes `true` or `false`.
  public mutating func bool(_ value: Bool) {
    separate()
    bytes.append(utf8: value ? "true" : "false")
  }

  /// Writes `null`.
  public mutating func null() {
    separate()
    bytes.append(utf8: "null")
  }

  /// Writes a token that is JSON already: a number, or a compact value.
  public mutating func raw(_ json: [UInt8]) {
    separate()
    bytes.append(contentsOf: json)
  }

  /// Writes seconds with three decimals, six if the rest is not zero; finer than a microsecond is cut off.
  public mutating func seconds(_ duration: Duration) {
    separate()
    bytes.append(seconds: duration)
  }

  /// Writes a time, `"2026-11-20T11:02:03.123Z"`.
  public mutating func time(_ time: Timestamp) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    time.appendText(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes a value that was read.
  public mutating func value(_ value: JSON) {
    switch value {
    case .null: null()
    case .bool(let flag): bool(flag)
    case .number(let token):
      separate()
      bytes.append(utf8: token)
    case .string(let text): string(text)
    case .array(let elements):
      beginArray()
      for element in elements { self.value(element.value) }
      endArray()
    case .object(let members):
      beginObject()
      for member in members {
        key(member.key)
        self.value(member.node.value)
      }
      endObject()
    }
  }

  // MARK: - Layout

  private mutating func begin(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    depth += 1
    isFirst = true
  }

  private mutating func end(_ bracket: UInt8) {
    depth -= 1
    if !isFirst { breakLine() }
    bytes.append(bracket)
    isFirst = false
  }

  @inline(__always)
  private mutating func separate() {
    if followsKey {
      followsKey = false
      return
    }
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    if depth > 0 { breakLine() }
  }

  private mutating func breakLine() {
    guard pretty else { return }
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<max(0, min(64, depth * 2)) { bytes.append(UInt8(ascii: " ")) }
  }

  @inline(__always)
  private mutating func colon() {
    bytes.append(UInt8(ascii: ":"))
    if pretty { bytes.append(UInt8(ascii: " ")) }
    followsKey = true
  }

  // MARK: - Bytes

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { source in
      var start = 0
      for index in 0..<source.count {
        let byte = source[index]
        if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<index]))
        escape(byte)
        start = index + 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start...]))
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x22, 0x5C: bytes.append(byte)
    default:
      bytes.append(utf8: byte < 0x10 ? "u000" : "u001")
      bytes.append(byte & 0x0F < 10 ? 0x30 + byte & 0x0F : 0x61 + byte & 0x0F - 10)
    }
  }
}
