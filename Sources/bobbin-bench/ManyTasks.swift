import Jobs
import Platform

/// A runner with 10,000 tasks that are due far ahead: how soon it works, what it takes, and what it takes when nothing
/// happens. Twice: the first runner writes the state of each task, the second one finds them.
struct ManyTasks {
  private static let count = 10_000
  private static let watched: Int64 = 10_000_000_000
  /// Longer than the interval at which every file is looked at.
  private static let watchedLong: Int64 = 65_000_000_000
  private static let zones = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "America/Sao_Paulo", "Africa/Cairo",
  ]

  let bobbin: Bobbin
  let ground: Ground

  init(_ bobbin: Bobbin, _ ground: Ground) {
    self.bobbin = bobbin
    self.ground = ground
  }

  func measure(into table: inout Table) throws {
    let spool = try bobbin.makeSpool(ground.newPath("tasks"))
    let now = Clock.wall()
    for number in 0..<Self.count {
      let name = "task-\(100_000 + number)"
      try spool.tasks.create(name + ".json", mode: 0o600).write(Array(Self.task(number, now).utf8))
    }
    for isFirst in [true, false] { try measure(spool, isFirst: isFirst, into: &table) }
  }

  private func measure(_ spool: BenchSpool, isFirst: Bool, into table: inout Table) throws {
    let job = isFirst ? "first" : "second"
    try spool.inbox.create(job + ".json", mode: 0o600).write(Array(DateJob.json.utf8))
    try ground.sync()
    ground.calm()
    let runner = try bobbin.run(spool)
    let log = try RunnerLog(runner, spool)
    // Asked for in the loop's turns: some milliseconds apart.
    try wait("10,000 tasks to be known", seconds: 60, every: 5_000_000) {
      log.ask()
      return try log.count("tasks") == Self.count
    }
    let known = Clock.continuous() - runner.started.continuous
    try wait("10,000 states", seconds: 300, every: 50_000_000) { try spool.stateCount == Self.count }
    let written = Clock.continuous() - runner.started.continuous
    let quiet = try runner.untilQuiet()
    guard let stamp = DateJob.stamp(try spool.output(of: job)) else { throw BenchError.waitedInVain("the dropped job") }
    let short = used(runner, Self.watched)
    let long = isFirst ? nil : used(runner, Self.watchedLong)
    let peak = ProcFacts.memory("VmHWM", of: runner.pid) / 1_048_576
    let resident = ProcFacts.memory("VmRSS", of: runner.pid) / 1_048_576
    try bobbin.stop(runner)

    let what = "\(Figure.text(Double(Self.count), 0)) tasks, \(isFirst ? "no states yet" : "with states")"
    table.add(
      "\(what): start of the runner to a job dropped before", Double(stamp - runner.started.wall) / 1e9, " s",
      digits: 3, bar: .atMost(1), note: "what `date` printed")
    table.add(
      "\(what): start until all are known and scheduled", Double(known) / 1e9, " s", digits: 3, bar: .atMost(1),
      note: (isFirst ? "every state written after \(Figure.text(Double(written) / 1e9, 1)) s, behind it; " : "")
        + "quiet after \(Figure.text(quiet, 1)) s")
    table.add(
      "\(what): highest resident", peak, " MiB", digits: 1, bar: .atMost(60),
      note: "when quiet \(Figure.text(resident, 1)) MiB")
    table.add(
      "\(what): share of a core when quiet", short, " %", digits: 2, bar: .atMost(0.2),
      note: "over 10 s, all threads"
        + (long.map { "; over 65 s, with a look at every file, \(Figure.text($0, 2)) %" } ?? ""))
  }

  /// Processor time of all threads, in percent of a core.
  private func used(_ runner: Child, _ span: Int64) -> Double {
    let before = ProcFacts.processorTime(of: runner.pid)
    Clock.wait(nanoseconds: span)
    return Double(ProcFacts.processorTime(of: runner.pid) - before) / Double(span) * 100
  }

  /// One of several kinds, months ahead.
  private static func task(_ number: Int, _ now: Int64) -> String {
    let today = now / 1_000_000_000 / 86_400
    let date = Calendar.date(ofDay: today + 90 + Int64(number % 180))
    let (minute, hour) = (number % 60, number / 60 % 24)
    let ahead = Timestamp(seconds: (today + 200) * 86_400 + Int64(number)).secondsText()
    let line = "\(minute) \(hour) \(date.day) \(date.month) *"
    let schedule =
      switch number % 5 {
      case 0: #""\#(line)""#
      case 1: #"{"cron":"\#(line)","timezone":"\#(zones[number / 5 % zones.count])"}"#
      case 2:
        #"{"cron":"\#(minute) \#(hour) * \#(date.month) MON-FRI","timezone":"\#(zones[number / 5 % zones.count])"}"#
      case 3: #"{"every":"300d","anchor":"\#(ahead)"}"#
      default: #"{"at":"\#(ahead)"}"#
      }
    let policy = number % 3 == 0 ? #","missed":"all","overlap":"queue","jitter":"30s""# : ""
    return
      #"{"schedule":\#(schedule)\#(policy),"description":"number \#(number)","#
      + #""job":{"run":["/bin/true","\#(number)"],"timeout":"10m","env":{"NUMBER":"\#(number)"}}}"#
  }
}
