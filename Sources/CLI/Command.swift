import Jobs

/// A verb of the command line: its words, and what it does.
struct Command: Sendable {
  /// An option of a command.
  struct Option: Sendable, Equatable {
    /// `--timeout`.
    var name: String
    /// One letter, `-f`.
    var short: String?
    /// What its value is called; nil: it has none.
    var value: String?
    var help: String
    /// Whether it may be given more than once.
    var repeats = false

    init(_ name: String, _ value: String? = nil, _ help: String, short: String? = nil, repeats: Bool = false) {
      self.name = name
      self.short = short
      self.value = value
      self.help = help
      self.repeats = repeats
    }
  }

  var name: String
  /// What comes after the name, a line a form.
  var usage: [String]
  /// One line.
  var summary: String
  var options: [Option] = []
  /// Paragraphs below the options.
  var notes: String = ""
  /// With what it does.
  var examples: [(line: String, does: String)]
  /// What is given without an option.
  var operands: ClosedRange<Int> = 0...Int.max
  /// `--` begins a command line instead of only ending the options.
  var takesCommand = false
  var run: @Sendable (inout Invocation) throws -> Int32

  /// Every command's.
  static let common = [
    Option("--spool", "DIR", "the spool; else BOBBIN_SPOOL, else ./spool"),
    Option("--json", nil, "data as JSON on standard output, everything else on standard error"),
    Option("--help", nil, "this text", short: "-h"),
  ]

  static let selection = [
    Option("--group", "G", "all jobs of a group"),
    Option("--all", nil, "all jobs"),
  ]

  static let all: [Command] = [
    InitCommand.command, RunCommand.command, SubmitCommand.command, WaitCommand.command, ListCommand.command,
    StatusCommand.command, PsCommand.command, ShowCommand.command, WhyCommand.command, LogsCommand.command,
    ExecCommand.command, CancelCommand.command,
    RetryCommand.command, HoldCommand.command, ReleaseCommand.command, PauseCommand.command, ResumeCommand.command,
    HistoryCommand.command, CleanCommand.command, CheckCommand.command, CrontabCommand.command, ConfigCommand.command,
    MountsCommand.command, TaskListCommand.command, TaskShowCommand.command, TaskNextCommand.command,
    TaskAddCommand.command, TaskPauseCommand.command, TaskResumeCommand.command, TaskRunCommand.command,
    TaskRemoveCommand.command, TaskCheckCommand.command, ImagePullCommand.command, ImageAddCommand.command,
    ImageBuildCommand.command, ImageListCommand.command, ImageRemoveCommand.command,
    GroupListCommand.command, GroupShowCommand.command, GroupAddCommand.command, GroupRemoveCommand.command,
    GroupAuditCommand.command, IPCCommand.command, SendCommand.command,
    DemoCommand.command, HelpCommand.command,
  ]

  /// Words that begin several commands, with a line about all of them: `image` of `image add`.
  static let families = [
    "group": "keeps groups of jobs and what they may: ls, show, add, rm, audit",
    "image": "keeps images that jobs run on without an engine: pull, add, build, ls, rm",
    "task": "keeps what runs again: ls, show, next, add, pause, resume, run, rm, check",
  ]

  /// The family it belongs to; nil: none.
  var family: String? { Self.families.keys.first { name.hasPrefix($0 + " ") } }

  /// Takes the name from the front of a command line: two words of a family's.
  static func name(in words: [String]) -> (name: String, rest: [String])? {
    guard let first = words.first else { return nil }
    let rest = Array(words.dropFirst())
    guard families[first] != nil, let second = rest.first, !second.hasPrefix("-") else { return (first, rest) }
    return ("\(first) \(second)", Array(rest.dropFirst()))
  }

  /// The command of that name.
  /// - Throws: `Failure` with 64, naming the nearest one.
  static func meant(by name: String) throws(Failure) -> Command {
    if let command = all.first(where: { $0.name == name }) { return command }
    // Within a family the nearest is one of its own.
    let family = families.keys.first { name == $0 || name.hasPrefix($0 + " ") }
    let names = all.map(\.name).filter { family == nil || $0.hasPrefix((family ?? "") + " ") }
    let meant = Spelling.nearest(to: name, among: names) ?? names.first { name.count > 1 && $0.hasPrefix(name) }
    let hint = meant.map { "did you mean 'bobbin \($0)'?" } ?? "expected one of \(names.joined(separator: ", "))"
    throw Failure(ExitCode.usage, "bobbin: unknown command '\(Visible.text(name))': \(hint)", hint: "see 'bobbin help'")
  }
}
