import Jobs
import Runtimes

/// Finds a job's secrets in what Bobbin writes about it. One of a run; a job without secrets has none and pays nothing.
///
/// All forms of all secrets are one automaton (Aho and Corasick, 1975): a byte costs a step or two whatever a job prints and
/// however many forms there are, so output made for it cannot hold up the runner.
final class Redactor: Sendable {
  let names: [String]
  /// Secrets that are too short to be looked for.
  let tooShort: [String]
  private let nodes: [Node]
  /// From the root by each byte; 0: nothing begins so.
  private let first: [Int32]

  private struct Node {
    let byte: UInt8
    let depth: Int32
    var child: Int32 = 0
    var sibling: Int32 = 0
    /// The longest end of what led here that begins a form too.
    var fallback: Int32 = 0
    /// The longest form that ends here: its length, 0 for none, and whose it is.
    var length: Int32 = 0
    var name: Int32 = 0
  }

  init(_ secrets: [Secret]) {
    names = secrets.map(\.name)
    tooShort = secrets.filter { SecretForms.isTooShort(Array($0.value.utf8)) }.map(\.name)
    var nodes = [Node(byte: 0, depth: 0)]
    for (index, secret) in secrets.enumerated() {
      for form in SecretForms.all(of: Array(secret.value.utf8)) { Self.add(form, Int32(index), &nodes) }
    }
    var first = [Int32](repeating: 0, count: 256)
    var next = nodes[0].child
    while next != 0 {
      first[Int(nodes[Int(next)].byte)] = next
      next = nodes[Int(next)].sibling
    }
    Self.link(&nodes, first)
    self.nodes = nodes
    self.first = first
  }

  private static func child(_ nodes: [Node], of node: Int32, by byte: UInt8) -> Int32 {
    var next = nodes[Int(node)].child
    while next != 0, nodes[Int(next)].byte != byte { next = nodes[Int(next)].sibling }
    return next
  }

  private static func add(_ form: [UInt8], _ name: Int32, _ nodes: inout [Node]) {
    var node: Int32 = 0
    for byte in form {
      var next = child(nodes, of: node, by: byte)
      if next == 0 {
        next = Int32(nodes.count)
        var new = Node(byte: byte, depth: nodes[Int(node)].depth + 1)
        new.sibling = nodes[Int(node)].child
        nodes.append(new)
        nodes[Int(node)].child = next
      }
      node = next
    }
    // The same value under two names is the first one's.
    if nodes[Int(node)].length == 0 { (nodes[Int(node)].length, nodes[Int(node)].name) = (Int32(form.count), name) }
  }

  /// Sets fallbacks, level by level.
  private static func link(_ nodes: inout [Node], _ first: [Int32]) {
    var level: [Int32] = [0]
    while !level.isEmpty {
      var below: [Int32] = []
      for parent in level {
        var node = nodes[Int(parent)].child
        while node != 0 {
          if parent != 0 {
            var back = nodes[Int(parent)].fallback
            let byte = nodes[Int(node)].byte
            while back != 0, child(nodes, of: back, by: byte) == 0 { back = nodes[Int(back)].fallback }
            let target = back == 0 ? first[Int(byte)] : child(nodes, of: back, by: byte)
            nodes[Int(node)].fallback = target
            if nodes[Int(node)].length == 0 {
              nodes[Int(node)].length = nodes[Int(target)].length
              nodes[Int(node)].name = nodes[Int(target)].name
            }
          }
          below.append(node)
          node = nodes[Int(node)].sibling
        }
      }
      level = below
    }
  }

  // MARK: steps

  /// The state after one more byte; 0 is the beginning.
  func step(_ state: Int32, _ byte: UInt8) -> Int32 {
    var state = state
    while state != 0 {
      let next = Self.child(nodes, of: state, by: byte)
      if next != 0 { return next }
      state = nodes[Int(state)].fallback
    }
    return first[Int(byte)]
  }

  /// Whether a form begins with this byte.
  func begins(with byte: UInt8) -> Bool { first[Int(byte)] != 0 }
  /// How many of the last bytes may be the beginning of a form.
  func depth(_ state: Int32) -> Int { Int(nodes[Int(state)].depth) }

  /// The longest form that ends in this state.
  func match(_ state: Int32) -> (length: Int, name: Int)? {
    let node = nodes[Int(state)]
    return node.length == 0 ? nil : (Int(node.length), Int(node.name))
  }

  // MARK: whole texts

  /// A text with every secret in it replaced by `[redacted NAME]`.
  func redacted(_ text: String) -> String {
    var redaction = Redaction(self)
    var out = Array(text.utf8).withUnsafeBytes { redaction.take($0) }
    out += redaction.finish()
    // A form is whole characters, or ASCII: what is left is UTF-8 as it was.
    return String(decoding: out, as: UTF8.self)
  }

  /// What an outcome says of a run, before it goes into a record, the log or another job's `BOBBIN_AFTER`.
  func redact(_ outcome: inout Outcome) {
    outcome.reason = outcome.reason.map { redacted($0) }
    outcome.value = outcome.value.map { redacted($0) }
    outcome.valueError = outcome.valueError.map { redacted($0) }
  }

  /// A value with the secrets in its texts, keys and numbers replaced; it stays JSON, for escapes are resolved first.
  func redacted(_ json: CompactJSON) -> CompactJSON { CompactJSON(JSONNode(redacted(json.node.value))) }

  private func redacted(_ value: JSON) -> JSON {
    switch value {
    case .null, .bool: return value
    case .number(let token):
      let text = redacted(token)
      return text == token ? value : .string(text)
    case .string(let text): return .string(redacted(text))
    case .array(let elements): return .array(elements.map { JSONNode(redacted($0.value)) })
    case .object(let members):
      // Keys may become the same; the first one counts then, for a reader refuses the second.
      var seen: Set<[UInt8]> = []
      return .object(
        members.compactMap { member in
          let key = redacted(member.key)
          guard seen.insert(Array(key.utf8)).inserted else { return nil }
          return JSONMember(key, JSONNode(redacted(member.node.value)))
        })
    }
  }
}
