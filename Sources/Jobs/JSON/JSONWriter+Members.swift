/// A member in one call, left out when its value is nil: how records are written.
extension JSONWriter {
  /// Writes a text.
  public mutating func member(_ key: StaticString, _ value: String?) {
    guard let value else { return }
    self.key(key)
    string(value)
  }

  /// Writes a whole number.
  public mutating func member(_ key: StaticString, _ value: Int?) {
    guard let value else { return }
    self.key(key)
    int(Int64(value))
  }

  /// Writes a flag.
  public mutating func member(_ key: StaticString, _ value: Bool?) {
    guard let value else { return }
    self.key(key)
    bool(value)
  }

  /// Writes a time.
  public mutating func member(_ key: StaticString, _ value: Timestamp?) {
    guard let value else { return }
    self.key(key)
    time(value)
  }

  /// Writes seconds.
  public mutating func member(_ key: StaticString, seconds value: Duration?) {
    guard let value else { return }
    self.key(key)
    seconds(value)
  }

  /// Writes JSON that stands as it is.
  public mutating func member(_ key: StaticString, json value: CompactJSON?) {
    guard let value else { return }
    self.key(key)
    raw(value.bytes)
  }
}

/// One JSON value in compact form: known to be JSON, so that it can stand in a record as it is.
public struct CompactJSON: Hashable, Sendable {
  /// The text, without spaces or line breaks between tokens.
  public let bytes: [UInt8]

  /// The compact form of a value that was read.
  public init(_ node: JSONNode) {
    var writer = JSONWriter(.compact, capacity: 64)
    writer.value(node.value)
    bytes = writer.bytes
  }

  /// Reads a value strictly, for example what a job wrote to `BOBBIN_RESULT`.
  /// - Throws: what `JSONReader.read` does.
  public static func read(_ bytes: [UInt8]) throws(Refusal) -> CompactJSON {
    CompactJSON(try JSONReader.read(bytes))
  }

  /// The compact form of a job's file.
  static func of(_ job: Job) -> CompactJSON {
    // What our own writer made is JSON.
    (try? read(job.encode())) ?? CompactJSON(JSONNode(.null))
  }

  /// The value itself.
  public var node: JSONNode {
    // The bytes come from a value that was read, so reading them again cannot fail; null is never seen.
    (try? JSONReader.read(bytes)) ?? JSONNode(.null)
  }
}
