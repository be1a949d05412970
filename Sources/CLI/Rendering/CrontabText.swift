import Jobs
import Operations

/// `crontab`: its lines, and its notes as sentences.
enum CrontabText {
  /// `FILE:LINE: sentence [code]`.
  static func line(_ note: CrontabNote, in file: String) -> String {
    "\(Visible.text(file)):\(note.line): \(sentence(note.what)) [\(note.code)]"
  }

  static func sentence(_ what: CrontabNote.What) -> String {
    let text =
      switch what {
      case .bad(let fault): leftOut(fault)
      case .badSchedule(let refusal): "left out, its time cannot be: \(refusal.reason)"
      case .badZone(let name, let problem): "left out, CRON_TZ is '\(name)': \(problem)"
      case .randomRange(let schedule):
        "left out, '~' in '\(schedule)' is a time by chance: write a time, and \"jitter\" in the task spreads it"
      case .otherUser(let name): "left out, it is of the user '\(name)': call this as that user, for a spool of theirs"
      case .badJob(let refusal): "left out: \(refusal.reason)"
      case .badHome(let path): "left out, HOME is '\(path)': expected an absolute path"
      case .badShell: "left out, SHELL is empty: expected a path"
      case .ownVariable(let name): "left out, '\(name)' begins with BOBBIN_, and these are Bobbin's"
      case .securityLevel(let level): "left out, jobs have no SELinux context (MLS_LEVEL is '\(level)')"
      case .differs(let name):
        "not written, '\(name)' runs this command at these times and differs otherwise: it stays as it is"
      case .mail(let name, let value):
        "\(name) is '\(value)': no mail is sent, what a job prints is in its result"
      case .fixedVariable(let name): "\(name) cannot be set: cron does not let it either"
      case .scheduleZone(let zone):
        "CRON_TZ is '\(zone)': the times below are its, as with cronie; Debian's cron goes by the machine's zone"
      case .commandZone(let zone):
        "TZ is '\(zone)' for the commands; as with cron the times stay in the machine's zone (CRON_TZ changes them)"
      case .anacronSetting(let name): "\(name) is for anacron and means nothing in a crontab"
      case .badDelay(let value): "RANDOM_DELAY is '\(value)': expected minutes up to 1440; as with cron there is none"
      case .defaultPath: "no PATH is set: cron looks in /usr/bin:/bin, a job in the runner's PATH"
      case .noHome: "HOME is not known: where cron would start in it, the job starts in an empty folder"
      case .carriageReturns: "lines end with a carriage return, for cron a part of the command: it is left out"
      case .doubledBackslash: "two backslashes together are kept, as by cronie; Debian's cron makes one of them"
      case .thereAlready(let name): "it is there already, as '\(name)'"
      case .sameCommand(let name): "'\(name)' runs the same command at other times, and goes on"
      }
    return Visible.text(text)
  }

  private static func leftOut(_ fault: CrontabFault) -> String {
    switch fault {
    case .badSetting(let name):
      "left out, the value of '\(name)' has a quote that is not closed, or goes on behind it"
    case .tooShort: "left out, it is no setting and has too few fields: expected five of a time, then a command"
    case .noCommand: "left out, it has no command"
    case .sixthField: "left out, a '*' stands where the command begins: a time has five fields"
    case .notUTF8: "left out, a byte in it is not UTF-8"
    case .noLineBreak:
      "left out, the file ends in it without a line break: it may be half a line, and cron does not run it"
    }
  }

  /// `name  schedule  command`, cut to a terminal's width.
  static func line(_ task: CrontabTask, as name: String, names: Int, schedules: Int, width: Int?) -> String {
    let line =
      HelpText.padded(name, names) + "  " + HelpText.padded(schedule(task), schedules) + "  "
      + Visible.text(task.command)
    guard let width, line.count > width else { return line }
    return line.prefix(max(8, width - 1)) + "…"
  }

  /// The time, with its zone.
  static func schedule(_ task: CrontabTask) -> String {
    Visible.text(task.timezone.map { "\(task.schedule) \($0)" } ?? task.schedule)
  }

  static func became(_ outcome: CrontabImport.Outcome) -> String {
    switch outcome {
    case .written: "written"
    case .thereAlready: "there-already"
    case .differs: "differs"
    }
  }
}
