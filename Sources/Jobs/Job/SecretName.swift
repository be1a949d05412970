/// The rule for names of secrets: each is a file's name in one folder and a variable's name in a job.
public enum SecretName {
  /// The longest name, bytes.
  public static let longest = 128
  /// The most secrets of one job.
  public static let most = 64
  /// What a name is, for sentences.
  static let form = "a name of letters, digits and '_' that does not start with a digit"

  /// Variables that a secret cannot be: Bobbin's own, those of the loader, and those that every job starts with.
  static func isTaken(_ name: String) -> Bool {
    name == "PATH" || name == "HOME" || name.utf8.starts(with: "BOBBIN_".utf8) || name.utf8.starts(with: "LD_".utf8)
  }

  /// Whether it has the form of a name and is free.
  public static func isValid(_ name: String) -> Bool { hasForm(name) && !isTaken(name) }

  private static func hasForm(_ name: String) -> Bool {
    guard (1...longest).contains(name.utf8.count), let first = name.utf8.first, !(0x30...0x39).contains(first) else {
      return false
    }
    return name.utf8.allSatisfy { byte in
      byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & ~0x20)
    }
  }

  /// Reads one name.
  static func read(_ field: Field) throws(Refusal) -> String {
    let name = try field.text("the name of a secret")
    guard hasForm(name) else { throw field.badValue(form) }
    guard !isTaken(name) else { throw field.badValue("a name other than PATH, HOME, BOBBIN_…, LD_…") }
    return name
  }

  /// Reads an array of names, each once.
  static func readAll(_ field: Field) throws(Refusal) -> [String] {
    let elements = try field.elements("an array of names of secrets")
    guard elements.count <= most else { throw field.outOfRange("at most \(most) secrets") }
    var names: [String] = []
    for element in elements {
      let name = try read(element)
      guard !names.contains(name) else {
        throw element.refusal(.badValue, "the secret \(quoted(name)) again", "expected each secret once")
      }
      names.append(name)
    }
    return names
  }
}
