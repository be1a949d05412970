import Jobs

/// What is to be said about a line of a crontab: it was left out, or it means something else here.
public struct CrontabNote: Equatable, Sendable {
  /// The line, from 1.
  public var line: Int
  public var what: What

  public init(line: Int, _ what: What) {
    self.line = line
    self.what = what
  }

  public enum What: Equatable, Sendable {
    // MARK: Lines that are left out

    /// Neither setting nor entry.
    case bad(CrontabFault)
    /// A time that cannot be.
    case badSchedule(Refusal)
    /// `CRON_TZ` is no zone of this machine; why.
    case badZone(String, problem: String)
    /// A field with `~`: cronie takes a time by chance from the range, each time that it reads the file.
    case randomRange(schedule: String)
    /// It is another user's.
    case otherUser(String)
    /// The job that it would be is not accepted.
    case badJob(Refusal)
    /// HOME is no absolute path.
    case badHome(String)
    /// SHELL is empty.
    case badShell
    /// A variable whose name only Bobbin may set.
    case ownVariable(String)
    /// `MLS_LEVEL`, an SELinux context.
    case securityLevel(String)
    /// There is a task with this command at these times, and otherwise it is another one.
    case differs(from: String)

    // MARK: Nothing is left out

    /// Where cron sends the output, and how.
    case mail(name: String, value: String)
    /// A variable that cron sets itself, over any setting.
    case fixedVariable(String)
    /// `CRON_TZ`: the zone of the times below, for cronie; Debian's cron does not know it and goes by the machine's.
    case scheduleZone(String)
    /// `TZ`: the zone of the command, not of its times.
    case commandZone(String)
    /// A setting of anacrontab(5).
    case anacronSetting(String)
    /// `RANDOM_DELAY` is no number of minutes up to a day: cron goes on without.
    case badDelay(String)
    /// No PATH is set where a program is named without its folder. Said once.
    case defaultPath
    /// Nobody says where the user's home is. Said once.
    case noHome
    /// Lines end with carriage returns, which are left out. Said once.
    case carriageReturns
    /// Two backslashes together: `CrontabInput.hasDoubledBackslash`.
    case doubledBackslash
    /// There is this very task already.
    case thereAlready(String)
    /// There is a task with this command at other times, beside which it was written.
    case sameCommand(String)
  }

  /// A stable name for programs.
  public var code: String {
    switch what {
    case .bad(.badSetting): "bad-setting"
    case .bad(.tooShort): "too-short"
    case .bad(.noCommand): "no-command"
    case .bad(.sixthField): "sixth-field"
    case .bad(.notUTF8): "not-utf8"
    case .bad(.noLineBreak): "no-line-break"
    case .badSchedule: "bad-schedule"
    case .badZone: "bad-zone"
    case .randomRange: "random-range"
    case .otherUser: "other-user"
    case .badJob(let refusal): refusal.code.rawValue
    case .badHome: "bad-home"
    case .badShell: "bad-shell"
    case .ownVariable: "own-variable"
    case .securityLevel: "security-level"
    case .differs: "differs"
    case .mail: "mail"
    case .fixedVariable: "fixed-variable"
    case .scheduleZone: "schedule-zone"
    case .commandZone: "command-zone"
    case .anacronSetting: "anacron-setting"
    case .badDelay: "bad-delay"
    case .defaultPath: "default-path"
    case .noHome: "no-home"
    case .carriageReturns: "carriage-returns"
    case .doubledBackslash: "doubled-backslash"
    case .thereAlready: "there-already"
    case .sameCommand: "same-command"
    }
  }

  /// Whether something was left out that cron would have done.
  public var isLoss: Bool {
    switch what {
    case .bad, .badSchedule, .badZone, .randomRange, .otherUser, .badJob, .badHome, .badShell, .ownVariable,
      .securityLevel, .differs:
      true
    case .mail, .fixedVariable, .scheduleZone, .commandZone, .anacronSetting, .badDelay, .defaultPath, .noHome,
      .carriageReturns, .doubledBackslash, .thereAlready, .sameCommand:
      false
    }
  }
}
