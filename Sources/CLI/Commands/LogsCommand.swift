import Jobs
import Operations
import Platform
import Spool

/// `bobbin logs`.
enum LogsCommand {
  static let command = Command(
    name: "logs", usage: ["ID… [-f] [--err] [--attempt N]", "-", "--group G", "--all"],
    summary: "prints what a job wrote",
    options: [
      .init("--follow", nil, "go on until the job has ended", short: "-f"),
      .init("--err", nil, "only standard error, as it is"),
      .init("--attempt", "N", "of this attempt; else the last one"),
    ] + Command.selection,
    notes: """
      Standard output comes first, then standard error under a line '--- stderr', if there is any. With several jobs each
      begins with a line '=== ID'. Exit 1 if an id is not there. There is no --json: what a job wrote is its own.
      """,
    examples: [("bobbin logs -f report", ""), ("bobbin logs report --attempt 1 --err", "")], run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let attempt = try call.integer("--attempt", 1...1_000_000)
    let selection = try call.selection()
    let access = try call.openSpool()
    let names = try access.resolve(selection, in: SpoolPlace.jobStates)
    var code = ExitCode.success
    for selected in names {
      guard case .success(let id) = try access.id(selected), let first = try home(of: id, selected.place, access, call)
      else {
        try call.sayMissing(selected, in: access)
        code = ExitCode.no
        continue
      }
      if names.count > 1 { try call.console.line("=== \(Visible.text(id.text))") }
      try show(first, attempt, access, call)
    }
    return code
  }

  /// Of two homes of an id the one that is asked for, else the one that has logs: a drop under a held id has none yet.
  private static func home(
    of id: JobID, _ place: SpoolPlace?, _ access: SpoolAccess, _ call: Invocation
  ) throws -> Sighting? {
    let sightings = try access.sightings(of: id)
    if let asked = sightings.first(where: { $0.place == place }) { return asked }
    guard sightings.count > 1, let first = sightings.first else { return sightings.first }
    let started = try sightings.first { try access.lastAttempt(of: $0) != nil }
    if let started, started != first {
      call.console.note("bobbin: another \(Visible.text(id.text)) is in \(first.place.rawValue)")
    }
    return started ?? first
  }

  private static func show(
    _ first: Sighting, _ asked: Int?, _ access: SpoolAccess, _ call: Invocation
  ) throws {
    let follows = call.arguments.has("--follow")
    var sighting = first
    let last = try access.lastAttempt(of: sighting)
    if last == nil, !follows {
      let end = sighting.hasEnded ? try access.record(of: sighting).map { OutcomeText.short($0) } : nil
      call.console.note(
        "bobbin: \(Visible.text(sighting.id.text)) " + (end.map { "was never started: \($0)" } ?? "has not started yet")
      )
      return
    }
    if let asked, let last, asked > last, !follows {
      call.console.note(
        "bobbin: \(Visible.text(sighting.id.text)) has had \(Amounts.count(last, "attempt", "attempts"))")
      return
    }
    let record = try access.record(of: sighting)
    var printer = LogPrinter(
      call.console, AttemptLogs(access, id: sighting.id, attempt: asked ?? last ?? 1, record: record))
    printer.onlyErrors = call.arguments.has("--err")
    printer.keepsOrder = !follows
    guard follows else {
      try printer.printMore()
      if !printer.hasPrinted {
        call.console.note("bobbin: attempt \(asked ?? last ?? 1) of \(Visible.text(sighting.id.text)) wrote nothing")
      }
      return
    }
    let watch = try EndWatch(access)
    var runner = try RunnerWatch(access)
    if !sighting.hasEnded, !runner.isAlive { call.sayNoRunner() }
    while true {
      // First where it stands, then what it wrote: so nothing written before its end is missed.
      let sightings = try access.sightings(of: sighting.id)
      // A drop that comes under the id of a job that has started is another one.
      let now = SpoolPlace.drops.contains(sighting.place) ? sightings.first : sightings.last
      if let now { sighting = now } else { break }
      let last = try access.lastAttempt(of: sighting)
      if sighting.hasEnded { printer.learn(try access.record(of: sighting)) }
      try printer.printMore()
      if asked == nil, let last, last > printer.logs.attempt {
        printer.go(to: AttemptLogs(access, id: sighting.id, attempt: printer.logs.attempt + 1))
        continue
      }
      if sighting.hasEnded { break }
      if let asked, let last, last > asked { break }
      try call.sayIfEnded(&runner)
      try watch.wait(atMost: JobFollower.pause)
    }
  }
}

/// Prints the two streams of an attempt, with a line where it changes from one to the other.
struct LogPrinter {
  private let console: Console
  private(set) var logs: AttemptLogs
  var onlyErrors = false
  /// All of standard output before standard error; else as it comes.
  var keepsOrder = true
  private(set) var hasPrinted = false
  private var current = AttemptLogs.Stream.out
  private var endsInLine = true

  init(_ console: Console, _ logs: AttemptLogs) {
    self.console = console
    self.logs = logs
  }

  mutating func go(to logs: AttemptLogs) {
    self.logs = logs
    console.note("--- attempt \(logs.attempt)")
  }

  mutating func learn(_ record: JobRecord?) { logs.learn(record) }

  mutating func printMore() throws {
    for stream in onlyErrors ? [.err] : AttemptLogs.Stream.allCases {
      while true {
        let bytes = try logs.more(of: stream)
        if bytes.isEmpty { break }
        if stream != current, !onlyErrors {
          if !endsInLine { try console.line() }
          try console.line(stream == .err ? "--- stderr" : "--- stdout")
        }
        current = stream
        hasPrinted = true
        try console.put(bytes)
        endsInLine = bytes.last == UInt8(ascii: "\n")
      }
    }
    try console.flush()
  }
}
