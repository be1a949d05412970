/// One thing that happened, as it is told: to the log file, and to a person at a terminal.
///
/// A job's command, input, environment, secrets and output are not told. There is no place for them here: an event has
/// one sentence and named facts, each cut to a limit.
public struct LogEvent: Sendable {
  /// Nanoseconds since 1970.
  public var time: Int64
  /// How much it matters.
  public var level: LogLevel
  /// What kind of thing happened: lower case with hyphens, never changed once shipped (`job-started`).
  public var code: String
  /// The job it is about.
  public var job: String?
  /// A sentence for people, without the time, the job and a full stop. At most ``LogLine/messageLimit`` bytes are kept.
  public var message: String
  /// Facts by name, in order. Of a name that comes twice the first counts; `time level code job message omitted` are taken
  /// and get an underscore behind them.
  public var fields: [(String, LogValue)]

  /// An event; no job, no fields by default.
  public init(
    time: Int64, level: LogLevel, code: String, job: String? = nil, message: String,
    fields: [(String, LogValue)] = []
  ) {
    self.time = time
    self.level = level
    self.code = code
    self.job = job
    self.message = message
    self.fields = fields
  }

  /// One JSON object and a newline, at most ``LogLine/limit`` bytes, ASCII control characters escaped.
  public func jsonLine() -> [UInt8] { LogLine.json(self) }

  /// One line for a terminal, with its newline: `11:02:03 ✓ report~2  succeeded in 1.2 s`.
  ///
  /// Fields follow from `warn` on and below `info`; at `info` the sentence says it.
  ///
  /// - Parameters:
  ///   - colour: with ANSI colours.
  ///   - width: columns of the terminal; longer lines are cut. Nil, the default, does not cut. Wide characters count
  ///     as one.
  ///   - utcOffset: seconds east of Greenwich at that time; default 0.
  public func pretty(colour: Bool, width: Int? = nil, utcOffset: Int = 0) -> String {
    TerminalLine.render(self, colour: colour, width: width, utcOffset: utcOffset)
  }
}
