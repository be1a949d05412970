/// A line of a crontab, taken apart.
public struct CrontabLine: Equatable, Sendable {
  /// What stands in it.
  public enum Content: Equatable, Sendable {
    /// Nothing but blanks.
    case blank
    /// `#` first.
    case comment
    /// `NAME = value`, which holds for the entries below it.
    case setting(name: String, value: String)
    /// A time and a command.
    case entry(CrontabEntry)
    /// None of these.
    case bad(CrontabFault)
  }

  /// From 1.
  public var number: Int
  /// As it stands in the file, without its end; bytes that are not UTF-8 are replaced.
  public var text: String
  public var content: Content
  /// A line break ends it. Of an entry without one cron runs nothing: it may be half of one.
  public var isEnded = true
  /// A carriage return stood before the line's end, and was left out.
  public var hadCarriageReturn = false
}

/// An entry of a crontab.
public struct CrontabEntry: Equatable, Sendable {
  /// Five fields with one blank between them, or a word such as `@daily`.
  public var schedule: String
  /// The user whose command it is, in the format of /etc/crontab; nil in a user's own.
  public var user: String?
  /// The rest of the line, with its `%` as they are; not empty.
  public var command: String
}

/// Why a line is neither a setting nor an entry.
public enum CrontabFault: Equatable, Sendable {
  /// `NAME =` with a value whose quote is not closed, or that goes on behind the closing one.
  case badSetting(name: String)
  /// Fewer than five fields.
  case tooShort
  /// A time, and no command behind it.
  case noCommand
  /// `*` where the command begins: cron takes that for a sixth field, and so do people.
  case sixthField
  /// There is a byte in it that is not UTF-8, which no JSON can have.
  case notUTF8
  /// An entry that the file ends in, without a line break.
  case noLineBreak
}
