import Jobs
import Operations
import Spool

/// Parts of what is said about tasks.
enum TaskText {
  /// `in 3h5m`, or of a time that has passed and is not done with `due for 3d1h`.
  static func when(_ time: TaskTime, now: Timestamp) -> String {
    time.due > now ? "in \(span(time.due.duration(since: now)))" : "due for \(span(now.duration(since: time.due)))"
  }

  /// `45s`, `3h5m`, `2d4h`: whole seconds, cut.
  static func span(_ duration: Duration) -> String {
    switch duration.components.seconds {
    case ..<1: "less than 1s"
    case let seconds where seconds < 60: "\(seconds)s"
    case let seconds: DurationText.rounded(.seconds(seconds))
    }
  }

  /// The next time in a column of a table.
  static func next(_ entry: TaskEntry, now: Timestamp) -> String {
    if let next = entry.next {
      let more = entry.passed > 1 ? ", \(entry.passed < TaskEntry.countLimit ? "" : "over ")\(entry.passed) times" : ""
      return "\(next.text) \(when(next, now: now))\(more)"
    }
    if entry.status == .scheduled, case .reboot? = entry.task?.schedule { return "at the machine's start" }
    return "-"
  }

  /// How its newest job came out.
  static func last(_ last: TaskEntry.Last?, now: Timestamp) -> String {
    guard let last else { return "-" }
    let age = last.at.map { span(now.duration(since: $0)) }
    guard let status = last.status else { return "under way" + (age.map { ", for \($0)" } ?? "") }
    return status + (age.map { " \($0) ago" } ?? "")
  }

  /// What of the rules is not as always.
  static func rules(_ task: ScheduledTask, _ text: (Timestamp) -> String) -> String {
    var parts = ["missed \(task.missed.rawValue)", "overlap \(task.overlap.rawValue)"]
    if task.jitter > .zero { parts.append("jitter \(DurationText.format(task.jitter))") }
    if let until = task.until { parts.append("until \(text(until))") }
    if let most = task.maxRuns { parts.append("at most \(Amounts.count(most, "run", "runs"))") }
    return parts.joined(separator: ", ")
  }

  /// What a job runs, on one line.
  static func command(_ job: Job) -> String {
    switch job.run {
    case .shell(let line): Visible.text(line)
    case .arguments(let words): words.map(quoted).joined(separator: " ")
    }
  }

  /// As a person could type it in a shell.
  private static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
          || "-_./=:,@%+".utf8.contains($0)
      }
    return isPlain
      ? word
      : "'" + Visible.text(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))
        + "'"
  }

  /// Why a list of times ends; nil: it does not.
  static func end(_ coming: ComingTimes, _ text: (Timestamp) -> String) -> String? {
    let rest = coming.times.isEmpty ? "no time comes" : "no more times come"
    return switch coming.end {
    case .until(let time): "\(rest): 'until' is \(text(time))"
    case .maxRuns(let most): "\(rest): 'maxRuns' is \(most)"
    case .noTime: "\(rest): the schedule has no later one"
    case .reboot: "it has no times: it runs once after each start of the machine"
    case nil: nil
    }
  }

  /// Where a task's file is, as a person names it.
  static func file(_ name: String, in place: SpoolPlace) -> String { "\(place.rawValue)/\(TaskFile.task(name))" }

  /// What is wrong with its file, or unusual; nil: nothing.
  static func notice(_ entry: TaskEntry) -> String? {
    let file = file(entry.name, in: entry.place)
    let inForce = entry.earlier != nil ? "; the last good version is in force" : ""
    switch entry.content {
    case .bad(let refusal): return Sentences.place(of: refusal, in: file) + inForce
    case .beingWritten: return "\(Visible.text(file)) is being written\(inForce)"
    case .gone: return "its file was taken away"
    case .good: return entry.state?.notice.map { Visible.text($0) }
    }
  }
}
