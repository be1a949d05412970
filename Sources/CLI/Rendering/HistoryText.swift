import Jobs
import Operations

/// `history`: a line a job that has ended, or numbers.
struct HistoryText {
  let colour: Bool
  /// Columns; nil: lines are not cut.
  let width: Int?
  /// Of how many groups and tasks the numbers are shown.
  static let most = 10

  func lines(_ entries: [JobEntry]) -> [String] {
    let names = entries.map { Visible.text($0.name) }
    // A long name moves its own line only.
    let column = names.map(\.count).filter { $0 <= 40 }.max() ?? 0
    return zip(names, entries).map { name, entry in
      let when = Amounts.time(entry.result?.finishedAt ?? entry.since)
      let ran = entry.result?.runSeconds.map { DurationText.rounded($0) } ?? "-"
      var says = entry.result.map { ended($0) } ?? "its result cannot be read"
      if let group = entry.group { says += "  [\(group)]" }
      let head = HelpText.padded(name, column) + "  "
      if let width {
        let used = 25 + max(column, name.count) + 2 + 8
        if used + says.count > width { says = says.prefix(max(8, width - used - 1)) + "…" }
      }
      let paint: Paint = entry.result?.outcome?.status == .succeeded ? .green : .red
      return Paint.dim.on(when, colour) + "  " + head + Paint.dim.on(HelpText.padded(ran, 8), colour)
        + paint.on(says, colour)
    }
  }

  /// As `ls` says it, but for the time it took, which has a column of its own.
  private func ended(_ record: JobRecord) -> String {
    var record = record
    if record.outcome?.status == .succeeded { record.runSeconds = nil }
    return OutcomeText.short(record)
  }

  // MARK: - Numbers

  static func lines(_ counts: HistoryCounts) -> [String] {
    let groups = counts.groups.map { (name: $0.group?.text ?? "(no group)", tally: $0.tally) }
    let tasks = counts.tasks.map { (name: Visible.text($0.task), tally: $0.tally) }
    let width = max(12, ((groups + tasks).map(\.name.count).filter { $0 <= 40 }.max() ?? 0) + 2)
    var lines: [String] = []
    func add(_ name: String, _ succeeded: String, _ failed: String) {
      lines.append(HelpText.padded(name, width) + right(succeeded, 9) + right(failed, 9))
    }
    func add(_ title: String, _ rows: [(name: String, tally: HistoryCounts.Tally)]) {
      if rows.isEmpty { return }
      lines.append("")
      add(title, "succeeded", "failed")
      for row in rows.prefix(most) { add(row.name, "\(row.tally.succeeded)", "\(row.tally.failed)") }
      if rows.count > most { lines.append("… and \(rows.count - most) more") }
    }
    add("", "succeeded", "failed")
    add("all", "\(counts.all.succeeded)", "\(counts.all.failed)")
    add("group", groups)
    add("task", tasks)
    return lines
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  static func write(_ counts: HistoryCounts, to writer: inout JSONWriter) {
    func members(_ tally: HistoryCounts.Tally, _ writer: inout JSONWriter) {
      writer.member("succeeded", tally.succeeded)
      writer.member("failed", tally.failed)
    }
    writer.beginObject()
    members(counts.all, &writer)
    writer.key("groups")
    writer.beginArray()
    for (group, tally) in counts.groups.prefix(most) {
      writer.beginObject()
      writer.member("group", group?.text)
      members(tally, &writer)
      writer.endObject()
    }
    writer.endArray()
    writer.member("moreGroups", max(0, counts.groups.count - most))
    writer.key("tasks")
    writer.beginArray()
    for (task, tally) in counts.tasks.prefix(most) {
      writer.beginObject()
      writer.member("task", task)
      members(tally, &writer)
      writer.endObject()
    }
    writer.endArray()
    writer.member("moreTasks", max(0, counts.tasks.count - most))
    writer.endObject()
  }
}
