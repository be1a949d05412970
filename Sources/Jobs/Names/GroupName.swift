/// The name of a group: a lane of jobs and, by its name, a folder.
public struct GroupName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// 1–64 of `A-Z a-z 0-9 _ -`, the first one a letter or a digit.
  public let text: String

  /// Names that are folders of the IPC protocol beside the groups' own.
  public static let reserved = ["errors", "done", "processing"]

  /// Checks a name.
  /// - Throws: `bad-name`, saying what was expected.
  public init(validating text: String) throws(Refusal) {
    let bytes = text.utf8
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    guard let first = bytes.first, bytes.count <= 64, isAlphanumeric(first),
      bytes.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") })
    else {
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

  /// The name.
  public var description: String { text }

  /// Byte order; the names are ASCII.
  public static func < (a: GroupName, b: GroupName) -> Bool { a.text < b.text }
}
