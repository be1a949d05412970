import Jobs
import Operations
import Spool

/// `bobbin task ls`.
enum TaskListCommand {
  static let command = Command(
    name: "task ls", usage: ["[--all]"], summary: "lists tasks, when each is due next and how the last job ended",
    options: [.init("--all", nil, "all that are done, not only the newest 20")],
    notes: """
      A line a task: scheduled, paused, bad, finished or removed; name, schedule, next time by the clock of its zone, last
      job. Below a task whose file is not good stands why, and whether the version before it is in force. It is reckoned
      from the files, so that it is right without a runner too: 'due for' is a time that nobody has looked at yet.
      """,
    examples: [("bobbin task ls", ""), ("bobbin task ls --json", "")], operands: 0...0, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let access = try call.openSpool()
    let listing = try access.tasks(
      zones: call.context.zones, finished: call.arguments.has("--all") ? nil : 20)
    let now = call.context.now()
    let console = call.console
    if call.json {
      try console.put(
        JSONText.document { writer in
          writer.beginObject()
          writer.key("tasks")
          writer.beginArray()
          for entry in listing.entries { writer.task(entry, now: now) }
          writer.endArray()
          writer.member("more", listing.more)
          writer.key("ignored")
          writer.beginArray()
          for ignored in listing.ignored { writer.ignored(ignored.names, in: ignored.place.rawValue) }
          writer.endArray()
          writer.endObject()
        })
      return ExitCode.success
    }
    let table = TaskTable(
      now: now, colour: console.colourOutput, width: console.outputIsTerminal ? console.width : nil)
    for line in table.lines(listing) { try console.line(line) }
    try console.flush()
    for ignored in listing.ignored {
      if let line = ListTable.ignored(ignored.names, in: ignored.place.rawValue) { console.note("bobbin: " + line) }
    }
    if listing.entries.isEmpty { console.note("bobbin: no tasks there") }
    if listing.entries.contains(where: { $0.status == .scheduled || $0.status == .bad }) {
      try call.sayIfNoRunner(access)
    }
    return ExitCode.success
  }
}
