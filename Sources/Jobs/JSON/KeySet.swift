/// Finds a key that an object already has, by bytes: by looking through few, by hashing many.
///
/// A million keys in one file must not cost a million times a million comparisons.
struct KeySet {
  private struct Key: Hashable {
    let text: String
    static func == (a: Key, b: Key) -> Bool { UTF8Text.same(a.text, b.text) }
    // By bytes: texts that are canonically equal would all meet in one bucket, and a file could be made of those.
    func hash(into hasher: inout Hasher) {
      for byte in text.utf8 { hasher.combine(byte) }
    }
  }

  private var many: Set<Key> = []

  /// False when `members` has the key already. Called once for each key, before it joins `members`.
  mutating func insert(_ key: String, after members: [JSONMember]) -> Bool {
    if members.count < 16 {
      for member in members where UTF8Text.same(member.key, key) { return false }
      return true
    }
    if many.isEmpty {
      for member in members { many.insert(Key(text: member.key)) }
    }
    return many.insert(Key(text: key)).inserted
  }
}
