import Jobs

/// An entry of a crontab as a task.
public struct CrontabTask: Equatable, Sendable {
  /// The entry's line, from 1.
  public var line: Int
  /// The name that it asks for; others of the same file may ask for it too.
  public var stem: String
  /// The name that it has among all of its file: the stem, or with `-2`, `-3` … behind it.
  public var name: String
  /// Five fields, or a word such as `@daily`.
  public var schedule: String
  /// The zone of its times; nil: the machine's.
  public var timezone: String?
  /// The command as the shell gets it.
  public var command: String
  /// The file: JSON, pretty.
  public var bytes: [UInt8]
}

/// What a crontab became.
public struct CrontabTranslation: Equatable, Sendable {
  /// In the order of their lines.
  public var tasks: [CrontabTask] = []
  /// In the order of their lines.
  public var notes: [CrontabNote] = []
  /// False: lines are there, and none of them is a setting or an entry.
  public var isCrontab = true
}

/// Gives names, each once: `backup`, `backup-2`, `backup-3`.
struct CrontabNames {
  private var taken: Set<String> = []
  private var last: [String: Int] = [:]

  mutating func next(_ stem: String) -> String {
    while true {
      let number = (last[stem] ?? 0) + 1
      last[stem] = number
      let name = number == 1 ? stem : "\(stem)-\(number)"
      // `backup-2` may be what another program is called.
      if taken.insert(name).inserted { return name }
    }
  }
}
