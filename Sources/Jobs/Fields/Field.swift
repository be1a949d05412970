/// One value of a file that is being read, with what a refusal must say about it: its key path and its place.
///
/// Every reading function either gives the typed value or throws; none has a default, so nothing is ignored silently.
struct Field {
  /// The whole input, for line and column.
  let source: [UInt8]
  let node: JSONNode
  /// Where the key stands; for an element or the root, where the value does.
  let keyOffset: Int
  /// The path of the object or array it is in; empty at the top.
  let parent: String
  /// Its key, or `[3]`.
  let name: String

  /// The root of a file.
  init(root: JSONNode, source: [UInt8]) {
    self.source = source
    node = root
    keyOffset = root.offset
    parent = ""
    name = ""
  }

  private init(_ node: JSONNode, keyOffset: Int, source: [UInt8], parent: String, name: String) {
    self.source = source
    self.node = node
    self.keyOffset = keyOffset
    self.parent = parent
    self.name = name
  }

  /// The dotted path, for example `retry.delay`, `run[1]`.
  var path: String {
    parent.isEmpty ? name : name.utf8.first == UInt8(ascii: "[") ? parent + name : "\(parent).\(name)"
  }

  // MARK: - Parts

  /// The members of an object.
  func members(_ expected: String = "an object") throws(Refusal) -> [Field] {
    guard case .object(let members) = node.value else { throw wrongType(expected) }
    var fields: [Field] = []
    fields.reserveCapacity(members.count)
    let path = path
    for member in members {
      fields.append(Field(member.node, keyOffset: member.keyOffset, source: source, parent: path, name: member.key))
    }
    return fields
  }

  /// The elements of an array.
  func elements(_ expected: String = "an array") throws(Refusal) -> [Field] {
    guard case .array(let elements) = node.value else { throw wrongType(expected) }
    var fields: [Field] = []
    fields.reserveCapacity(elements.count)
    let path = path
    for (index, element) in elements.enumerated() {
      fields.append(Field(element, keyOffset: element.offset, source: source, parent: path, name: "[\(index)]"))
    }
    return fields
  }

  // MARK: - Refusals

  /// A refusal of the value: "WHAT at line L, column C: EXPECTED".
  func refusal(_ code: RefusalCode, _ what: String, _ expected: String) -> Refusal {
    source.withUnsafeBufferPointer {
      Refusal(code, what, expected, at: node.offset, in: $0, key: path.isEmpty ? nil : shortened(path))
    }
  }

  /// A refusal of the key.
  func keyRefusal(_ code: RefusalCode, _ what: String, _ expected: String) -> Refusal {
    source.withUnsafeBufferPointer {
      Refusal(code, what, expected, at: keyOffset, in: $0, key: path.isEmpty ? nil : shortened(path))
    }
  }

  /// The value has another JSON type.
  func wrongType(_ expected: String) -> Refusal {
    refusal(.wrongType, "wrong type for \(label)", "expected \(expected), found \(found)")
  }

  /// The value is outside its range.
  func outOfRange(_ expected: String) -> Refusal {
    refusal(.outOfRange, "\(label) is out of range", "expected \(expected), found \(found)")
  }

  /// The value cannot be understood.
  func badValue(_ expected: String) -> Refusal {
    refusal(.badValue, "bad value for \(label)", "expected \(expected), found \(found)")
  }

  /// The key does not exist here.
  func unknownKey(among known: [String]) -> Refusal {
    keyRefusal(.unknownKey, "unknown key \(quoted(name))", Spelling.hint(for: name, among: known))
  }

  /// The format has it, this version does not.
  func notInThisBuild(_ expected: String = "expected a job without it, or a version that can do it") -> Refusal {
    keyRefusal(.notInThisBuild, "\(label) is not in this build", expected)
  }

  private var label: String { path.isEmpty ? "the file" : quoted(path) }

  /// What stands there, in a few words.
  private var found: String {
    switch node.value {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let token): token.utf8.count <= 40 ? token : "a number of \(token.utf8.count) digits"
    case .string(let text): text.isEmpty ? "an empty text" : "the text \(quoted(text))"
    case .array(let elements): elements.isEmpty ? "an empty array" : "an array"
    case .object: "an object"
    }
  }
}
