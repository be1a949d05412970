import Jobs
import Operations

/// `bobbin task next`.
enum TaskNextCommand {
  static let command = Command(
    name: "task next", usage: ["NAME [options]", "--cron LINE [--timezone ZONE] [options]"],
    summary: "tells when a task, or a line of a crontab, is due next",
    options: [
      .init("--cron", "LINE", "these times instead of a task's; no spool is needed"),
      .init("--timezone", "ZONE", "of --cron, such as Asia/Tokyo; default the machine's"),
      .init("--limit", "N", "so many times; default 10", short: "-n"),
      .init("--from", "T", "from this time on (RFC 3339), whatever has run; default what comes from now"),
    ],
    notes: """
      A line a time, by the clock of its zone, and when that is from now; with a jitter also when its job is made. Why there
      are no more is said on standard error. Of a paused task it tells when it would be due.
      Exit 1 if there is no such task, 65 if no version of its file is good.
      """,
    examples: [
      ("bobbin task next nightly -n 3", ""),
      (#"bobbin task next --cron "*/5 9-17 * * MON-FRI" --timezone Asia/Tokyo"#, "to try out a line"),
    ],
    operands: 0...1, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let count = try call.integer("--limit", 1...10_000) ?? 10
    let from = try call.timestamp("--from")
    let now = call.context.now()
    let zones = call.context.zones
    let times: TaskTimes
    var entry: TaskEntry?
    if let schedule = try ScheduleOptions.schedule(call) {
      if !call.arguments.operands.isEmpty { throw call.usage("give a task's name or --cron, not both") }
      times = try zones.read(ScheduledTask(schedule: schedule, job: Job(run: .shell("true"))).encode(), name: "").times
    } else {
      guard let text = call.arguments.operands.first else { throw call.usage("which task? Give a name, or --cron") }
      let access = try call.openSpool()
      guard case .success(let name) = call.taskName(text), let found = try access.task(name, zones: zones),
        found.content != .gone
      else {
        try call.sayMissingTask(text, in: access)
        return ExitCode.no
      }
      if let notice = TaskText.notice(found) { call.console.note("bobbin: \(notice)") }
      guard let reading = found.reading else { return ExitCode.badData }
      entry = found
      times = reading.times
    }
    // By the state unless a time was named; that of a line alone is now.
    let coming =
      from.map { times.coming(from: $0, count: count) } ?? entry.map { times.coming(of: $0, now: now, count: count) }
      ?? times.coming(from: now + .nanoseconds(1), count: count)
    try put(coming, now, call)
    if let end = TaskText.end(coming, times.text) { call.console.note("bobbin: \(end)") }
    return ExitCode.success
  }

  private static func put(_ coming: ComingTimes, _ now: Timestamp, _ call: Invocation) throws {
    guard call.json else {
      for time in coming.times { try call.console.line(TaskText.line(time, now: now)) }
      return try call.console.flush()
    }
    try call.console.put(JSONText.array(coming.times) { $1.time($0, now: now) })
  }
}
