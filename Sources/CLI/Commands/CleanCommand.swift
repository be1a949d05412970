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
      .init("--keep", "N", "all but the newest N of done and of errors, in place of the settings"),
    ],
    notes: """
      A job goes with everything that bears its name: result, files, logs, idempotency key. What waits or runs is never
      touched. Without "retention" in settings.json and without an option nothing is removed. It is safe beside a runner.
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
    var count = 0
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
      count += 1
      if call.json {
        item.write(to: &writer)
      } else {
        try call.console.line(line(item, call.context.now()))
      }
    }
    writer.endArray()
    if call.json {
      try call.console.put(writer.line())
    } else if !plan.hasNoRule {
      try call.console.flush()
      call.console.note("bobbin: \(Amounts.count(count, "job", "jobs")) \(isDry ? "would be removed" : "removed")")
    }
    return failed > 0 ? ExitCode.inputOutput : ExitCode.success
  }

  private static func line(_ item: CleanPlan.Item, _ now: Timestamp) -> String {
    let place = item.place == .jobLogs ? "logs" : item.place.rawValue
    let age = Amounts.age(now.duration(since: item.since))
    return HelpText.padded(place, 8) + HelpText.padded(age, 8) + HelpText.padded(item.cause.rawValue, 7)
      + Visible.text(item.id.text)
  }
}

extension CleanPlan.Item {
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id.text)
    writer.member("what", place == .jobLogs ? "logs" : place.rawValue)
    writer.member("since", since)
    writer.member("because", cause.rawValue)
    writer.endObject()
  }
}
