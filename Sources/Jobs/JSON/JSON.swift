/// A JSON value as it was written: numbers keep their token, objects their order.
public enum JSON: Sendable, Equatable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// The exact token, for example `1.50` or `1e3`: no digit is lost and none is invented.
  case number(String)
  /// The text after its escapes are resolved.
  case string(String)
  /// The elements.
  case array([JSONNode])
  /// The members in the order they were written; keys are unique.
  case object([JSONMember])

  /// Equal values; texts by their bytes, numbers by their token, objects by order too, offsets ignored.
  public static func == (a: JSON, b: JSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): UTF8Text.same(a, b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }
}

/// A value and where it stands.
public struct JSONNode: Sendable, Equatable {
  /// The value.
  public var value: JSON
  /// The offset of its first byte in the input.
  public var offset: Int

  /// A node; offset 0 for one that was not read.
  public init(_ value: JSON, offset: Int = 0) {
    self.value = value
    self.offset = offset
  }

  /// The value of `key` in an object; nil when there is none or this is not an object.
  public func member(_ key: String) -> JSONNode? {
    guard case .object(let members) = value else { return nil }
    return members.first { UTF8Text.same($0.key, key) }?.node
  }

  /// Equal values, wherever they stand.
  public static func == (a: JSONNode, b: JSONNode) -> Bool { a.value == b.value }
}

/// A member of an object.
public struct JSONMember: Sendable, Equatable {
  /// The key after its escapes are resolved.
  public var key: String
  /// The offset of the key's opening quote in the input.
  public var keyOffset: Int
  /// The value.
  public var node: JSONNode

  /// A member; offset 0 for one that was not read.
  public init(_ key: String, _ node: JSONNode, keyOffset: Int = 0) {
    self.key = key
    self.keyOffset = keyOffset
    self.node = node
  }

  /// Equal keys (by bytes) and values, wherever they stand.
  public static func == (a: JSONMember, b: JSONMember) -> Bool { UTF8Text.same(a.key, b.key) && a.node == b.node }
}
