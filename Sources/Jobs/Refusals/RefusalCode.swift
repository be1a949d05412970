/// The stable name of one kind of refusal: what scripts and tests compare, while sentences may change.
///
/// It is the `code` of a refused job's result. A later version adds codes and never renames one.
public struct RefusalCode: RawRepresentable, Hashable, Sendable {
  /// The code as it stands in a result, for example `bad-json`.
  public let rawValue: String

  /// Takes any text, so that a record written by a later version can be read.
  public init(rawValue: String) { self.rawValue = rawValue }

  private init(_ rawValue: String) { self.rawValue = rawValue }

  /// A name breaks the rules of DESIGN §2, Names.
  public static let badName = RefusalCode("bad-name")
  /// What was dropped is a folder, a link, a pipe, a device: it is never opened.
  public static let notAFile = RefusalCode("not-a-file")
  /// The file is larger than `maxJobBytes`.
  public static let tooBig = RefusalCode("too-big")
  /// The file has no bytes, or only white space.
  public static let empty = RefusalCode("empty")
  /// The bytes are not UTF-8.
  public static let notUTF8 = RefusalCode("not-utf8")
  /// The text is not strict JSON (RFC 8259).
  public static let badJSON = RefusalCode("bad-json")
  /// Arrays and objects are nested deeper than 64.
  public static let tooDeep = RefusalCode("too-deep")
  /// One object has the same key twice.
  public static let duplicateKey = RefusalCode("duplicate-key")
  /// A key that does not exist here.
  public static let unknownKey = RefusalCode("unknown-key")
  /// A key that must be there is not.
  public static let missingKey = RefusalCode("missing-key")
  /// Two keys that exclude each other.
  public static let conflictingKeys = RefusalCode("conflicting-keys")
  /// A value of another JSON type than the key takes.
  public static let wrongType = RefusalCode("wrong-type")
  /// A value of the right type outside its range.
  public static let outOfRange = RefusalCode("out-of-range")
  /// A value of the right type that cannot be understood: a time, a path, a name of a variable.
  public static let badValue = RefusalCode("bad-value")
  /// The file cannot be read: permissions, an input/output error.
  public static let unreadable = RefusalCode("unreadable")
  /// A key or value of the format that this version cannot carry out.
  public static let notInThisBuild = RefusalCode("not-in-this-build")
  /// The idempotency key belongs to other work.
  public static let keyReused = RefusalCode("key-reused")
  /// The job waits for itself, through whichever others.
  public static let dependencyCycle = RefusalCode("dependency-cycle")
  /// A host group and a group that containers write to are mixed.
  public static let hostGroup = RefusalCode("host-group")
  /// The job's origin does not allow what it asks for.
  public static let notPermitted = RefusalCode("not-permitted")
  /// A secret that the settings, or the group's, do not allow.
  public static let secretNotAllowed = RefusalCode("secret-not-allowed")
  /// A message of a chat that belongs to no group.
  public static let noRoute = RefusalCode("no-route")
  /// A message for a group that has no agent.
  public static let noAgent = RefusalCode("no-agent")
  /// More requests than the group's `requests` allow.
  public static let tooManyRequests = RefusalCode("too-many-requests")
  /// A request's id stands for another request, or the name of what it asks for for something else.
  public static let idReused = RefusalCode("id-reused")
  /// A request about a job that neither waits nor runs.
  public static let noSuchJob = RefusalCode("no-such-job")
  /// A request about a task that there is none of.
  public static let noSuchTask = RefusalCode("no-such-task")
  /// A request for a new task under a name that has one.
  public static let taskExists = RefusalCode("task-exists")
  /// A file of a message that cannot be read below the group's folder.
  public static let fileMissing = RefusalCode("file-missing")
  /// A file that is no crontab: not a line of it is a setting or an entry, or it is no text.
  public static let notACrontab = RefusalCode("not-a-crontab")

  /// Whether the bytes may be the beginning of something good: a file that is still being written looks like this.
  ///
  /// Intake waits for quiet before it believes such a refusal (DESIGN §2, Half-written drops).
  public var mayBeHalfWritten: Bool { self == .empty || self == .badJSON || self == .notUTF8 }
}
