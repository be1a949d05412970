import Jobs
import Operations
import Platform
import Spool

/// `bobbin clean`.
enum CleanCommand {
  static let command = Command(
    name: "clean", usage: ["[--dry-run] [--older-than D] [--keep N]"],
    summary: "removes what has ended, as the settings' retention says",
    options: [
      .init("--dry-run", nil, "only say what would go"),
      .init("--older-than", "D", "what ended longer ago, in place of the settings"),
      .init("--keep", "N", "all but the newest N of each folder, in place of the settings"),
    ],
    notes: """
      A job goes with everything that bears its name: result, files, logs, idempotency key. What waits or runs is never
      touched. Without "retention" in settings.json and without an option nothing is removed. It is safe beside a runner.

      The rule for done holds for done/outbox, done/tasks and each folder in done/ipc too, and that for errors for
      errors/outbox, each folder in errors/ipc and stale/ in it; a count is that of each folder. A message goes with its
      files, a task with its state, a refused request with its reason. A request stays while something of it waits or runs.
      Once it is forgotten, and what it came to as well, the same request is a new one.
      """,
    examples: [("bobbin clean --dry-run", ""), ("bobbin clean --older-than 30d --keep 1000", "")], operands: 0...0,
    run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let request = CleanRequest(
      olderThan: try call.duration("--older-than"), keep: try call.integer("--keep", 0...1_000_000_000))
    let isDry = call.arguments.has("--dry-run")
    let access = try call.openSpool()
    let plan = try access.planCleaning(request)
    if plan.hasNoRule {
      call.console.note("bobbin: no retention is set, so nothing is removed")
      call.console.note("  \"retention\" in settings.json sets it for good, --older-than and --keep for this time")
    }
    let cleaner = try Cleaner(access)
    var writer = JSONWriter(.pretty)
    writer.beginArray()
    let width = (plan.items.map { place(of: $0).count }.max() ?? 0) + 2
    var removed: [CleanPlan.Item] = []
    var failed = 0
    for item in plan.items {
      if !isDry {
        do throws(SystemError) {
          guard try cleaner.remove(item) else { continue }
        } catch {
          // The others still go; what stays is found again by the next clean.
          call.console.note("bobbin: \(Visible.text(item.id.text)) stays: \(Visible.text(error.description))")
          failed += 1
          continue
        }
      }
      removed.append(item)
      if call.json {
        item.write(to: &writer)
      } else {
        try call.console.line(line(item, max(8, width), call.context.now()))
      }
    }
    writer.endArray()
    if call.json {
      try call.console.put(writer.line())
    } else if !plan.hasNoRule {
      try call.console.flush()
      call.console.note("bobbin: \(amounts(of: removed)) \(isDry ? "would be removed" : "removed")")
    }
    return failed > 0 ? ExitCode.inputOutput : ExitCode.success
  }

  private static func line(_ item: CleanPlan.Item, _ width: Int, _ now: Timestamp) -> String {
    let age = Amounts.age(now.duration(since: item.since))
    return HelpText.padded(place(of: item), width) + HelpText.padded(age, 8) + HelpText.padded(item.cause.rawValue, 7)
      + Visible.text(item.id.text)
  }

  static func place(of item: CleanPlan.Item) -> String { item.place == .jobLogs ? "logs" : item.folder }

  /// `2 jobs, 1 message`; of what there is none of nothing is said, unless there is nothing at all.
  private static func amounts(of items: [CleanPlan.Item]) -> String {
    func count(_ one: String, _ many: String, _ isOne: (CleanPlan.Item) -> Bool) -> String? {
      let number = items.count(where: isOne)
      return number > 0 ? Amounts.count(number, one, many) : nil
    }
    let amounts = [
      count("job", "jobs") { [.done, .errors, .jobLogs].contains($0.place) },
      count("message", "messages") { [.doneMessages, .failedMessages].contains($0.place) },
      count("request", "requests") { $0.group != nil && !$0.isSwept },
      count("stale file", "stale files") { $0.isSwept }, count("task", "tasks") { $0.place == .doneTasks },
    ]
    let said = amounts.compactMap(\.self)
    return said.isEmpty ? Amounts.count(0, "job", "jobs") : said.joined(separator: ", ")
  }
}

extension CleanPlan.Item {
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id.text)
    writer.member("what", CleanCommand.place(of: self))
    if let group { writer.member("group", group.text) }
    writer.member("since", since)
    writer.member("because", cause.rawValue)
    writer.endObject()
  }
}
