/// The name of a channel: a key of `channels` in `settings.json`, what stands before the colon of a message's `to`.
public struct ChannelName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The form of a group's name: 1–64 of `A-Z a-z 0-9 _ -`, the first one a letter or a digit.
  public let text: String

  /// Checks a name.
  /// - Throws: `bad-name`, saying what was expected.
  public init(validating text: String) throws(Refusal) {
    guard GroupName.hasForm(text) else {
      throw Refusal(
        code: .badName,
        reason: "\(quoted(text)) is not a channel's name: expected 1 to 64 of A-Z a-z 0-9 _ -, a letter or digit first")
    }
    self.text = text
  }

  /// The name.
  public var description: String { text }

  /// Byte order; the names are ASCII.
  public static func < (a: ChannelName, b: ChannelName) -> Bool { a.text < b.text }
}
