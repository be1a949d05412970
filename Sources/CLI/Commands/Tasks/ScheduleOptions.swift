import Jobs
import Operations

/// The options that say when a task is due and what becomes of its times, checked.
enum ScheduleOptions {
  static let times: [Command.Option] = [
    .init("--cron", "LINE", "when: five fields as in a crontab, six with seconds in front, or @daily …"),
    .init("--timezone", "ZONE", "of --cron, such as Asia/Tokyo; default the machine's"),
    .init("--every", "D", "when: at whole multiples of 1s to 366d since 1970 in UTC"),
    .init("--at", "T", "when: once (RFC 3339)"),
  ]

  static let rules: [Command.Option] = [
    .init("--missed", "once|skip|all", "what becomes of times that nobody saw; default once"),
    .init("--overlap", "skip|queue|allow|replace", "and of those that come while a job of it is there; default skip"),
    .init("--jitter", "D", "makes each job up to this much later, 1d at most"),
    .init("--until", "T", "times after it do not count (RFC 3339)"),
    .init("--max-runs", "N", "makes so many jobs"),
  ]

  /// When; nil: no option says it.
  static func schedule(_ call: Invocation) throws(Failure) -> TaskSchedule? {
    let given = ["--cron", "--every", "--at"].filter { call.arguments.has($0) }
    if given.count > 1 { throw call.usage("\(given[0]) and \(given[1]) exclude each other") }
    if call.arguments.has("--timezone"), given != ["--cron"] { throw call.usage("--timezone belongs to --cron") }
    if let line = call.arguments.value("--cron") { return try cron(line, call) }
    if let span = try call.duration("--every") {
      guard TaskSchedule.spans.contains(span), span.components.attoseconds == 0 else {
        throw call.usage("--every takes whole seconds, 1s to 366d")
      }
      return .every(span, anchor: Timestamp(nanoseconds: 0))
    }
    guard let time = try call.timestamp("--at") else { return nil }
    guard time.nanoseconds % 1_000_000_000 == 0 else { throw call.usage("--at takes whole seconds") }
    return .at(time)
  }

  private static func cron(_ line: String, _ call: Invocation) throws(Failure) -> TaskSchedule {
    let zone = call.arguments.value("--timezone")
    if let zone, let problem = call.context.zones.problem(zone) {
      throw call.usage("--timezone \(Visible.text(zone)): \(problem)")
    }
    do throws(Refusal) {
      switch try CronLine.read(line) {
      case .expression(let expression): return .cron(expression, line: line, timezone: zone)
      case .reboot: return .reboot
      }
    } catch { throw call.usage("--cron: \(error.reason)") }
  }

  /// Sets what the options say of the rules.
  static func apply(_ call: Invocation, to task: inout ScheduledTask) throws(Failure) {
    if let missed: ScheduledTask.Missed = try word("--missed", call) { task.missed = missed }
    if let overlap: ScheduledTask.Overlap = try word("--overlap", call) { task.overlap = overlap }
    if let jitter = try call.duration("--jitter") {
      guard jitter <= ScheduledTask.longestJitter else { throw call.usage("--jitter takes 1d at most") }
      task.jitter = jitter
    }
    task.until = try call.timestamp("--until")
    task.maxRuns = try call.integer("--max-runs", 1...1_000_000_000)
  }

  private static func word<Word: RawRepresentable & CaseIterable>(
    _ name: String, _ call: Invocation
  ) throws(Failure) -> Word? where Word.RawValue == String {
    guard let text = call.arguments.value(name) else { return nil }
    if let word = Word(rawValue: text) { return word }
    let known = Word.allCases.map(\.rawValue)
    let hint = Spelling.nearest(to: text, among: known).map { ": did you mean '\($0)'?" } ?? ""
    throw call.usage("\(name) is one of \(known.joined(separator: ", ")), not '\(Visible.text(text))'\(hint)")
  }
}
