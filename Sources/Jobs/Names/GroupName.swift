/// The name of a group: a lane of jobs and, by its name, a folder.
public struct GroupName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// 1–64 of `A-Z a-z 0-9 _ -`, the first one a letter or a digit.
  public let text: String

  /// Names that are folders of the IPC protocol beside the groups' own.
  public static let reserved = ["errors", "done", "processing"]

  /// Checks a name.
  /// - Throws: `bad-name`, saying what was expected.
  public init(validating text: String) throws(Refusal) {
    guard GroupName.hasForm(text) else {
      throw Refusal(
        code: .badName,
        reason: "\(quoted(text)) is not a group name: expected 1 to 64 of A-Z a-z 0-9 _ -, a letter or digit first")
    }
    guard !GroupName.reserved.contains(text) else {
      throw Refusal(
        code: .badName,
        reason: "\(quoted(text)) is not a group name: expected none of \(GroupName.reserved.joined(separator: ", "))")
    }
    self.text = text
  }

  /// The form alone, which other names have too.
  static func hasForm(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, bytes.count <= 64, UTF8Text.isAlphanumeric(first) else { return false }
    return bytes.allSatisfy {
      UTF8Text.isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
    }
  }

  /// The name.
  public var description: String { text }

  /// Byte order; the names are ASCII.
  public static func < (a: GroupName, b: GroupName) -> Bool { a.text < b.text }
}
