import Jobs
import Operations

/// `bobbin history`.
enum HistoryCommand {
  static let command = Command(
    name: "history", usage: ["[--task NAME] [--group G] [--failed] [-n N | --count]"],
    summary: "tells how the last jobs ended, or how many did how",
    options: [
      .init("--task", "NAME", "only jobs made for times of this task, and by 'task run'"),
      .init("--group", "G", "only jobs of this group"),
      .init("--failed", nil, "only what did not succeed"),
      .init("--limit", "N", "so many, the newest first; default 20", short: "-n"),
      .init("--count", nil, "how many succeeded and failed, by group and by task: of each the ten with the most"),
    ],
    notes: """
      A line a job: when it ended, how long it ran, how it ended, by the results in done and errors; what 'clean' removed
      is not there any more. Only results that are shown are read; --count reads all, and so does --group until it has
      enough.
      """,
    examples: [
      ("bobbin history --failed -n 10", "the last ten failures"), ("bobbin history --task nightly", ""),
      ("bobbin history --count", ""),
    ], operands: 0...0, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    var request = HistoryRequest()
    if let text = call.arguments.value("--task") {
      // Of one that is no more there are jobs all the same: only the rules of names count.
      guard case .success(let name) = call.taskName(text) else {
        throw call.usage("--task takes a task's name: '\(Visible.text(text))' can be none")
      }
      request.task = name
    }
    request.group = try call.group()
    request.onlyFailed = call.arguments.has("--failed")
    let limit = try call.integer("--limit", 1...1_000_000_000)
    if call.arguments.has("--count") {
      if limit != nil { throw call.usage("--limit and --count exclude each other") }
      try count(request, call)
    } else {
      try list(request, limit: limit ?? 20, call)
    }
    return ExitCode.success
  }

  private static func list(_ request: HistoryRequest, limit: Int, _ call: Invocation) throws {
    let entries = try call.openSpool().history(request, limit: limit)
    let now = call.context.now()
    let console = call.console
    if call.json {
      return try console.put(JSONText.array(entries) { $1.entry($0, now: now) })
    }
    let text = HistoryText(colour: console.colourOutput, width: console.outputIsTerminal ? console.width : nil)
    for line in text.lines(entries) { try console.line(line) }
    if entries.isEmpty { console.note("bobbin: no such jobs in done and errors") }
  }

  private static func count(_ request: HistoryRequest, _ call: Invocation) throws {
    let counts = try call.openSpool().countHistory(request)
    if call.json {
      try call.console.put(JSONText.document { HistoryText.write(counts, to: &$0) })
    } else {
      for line in HistoryText.lines(counts) { try call.console.line(line) }
    }
  }
}
