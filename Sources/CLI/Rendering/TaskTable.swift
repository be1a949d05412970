import Jobs
import Operations
import Spool

/// `task ls`: a line a task.
struct TaskTable {
  let now: Timestamp
  let colour: Bool
  /// Columns; nil: lines are not cut.
  let width: Int?

  func lines(_ listing: TaskListing) -> [String] {
    let rows = listing.entries.map { entry in
      [
        Visible.text(entry.name), Visible.text(entry.task?.schedule.text ?? "-"), TaskText.next(entry, now: now),
        TaskText.last(entry.last, now: now),
      ]
    }
    // What is long moves its own line only.
    let columns = [32, 32, 48].enumerated().map { index, most in
      rows.map { $0[index].count }.filter { $0 <= most }.max() ?? 0
    }
    var lines: [String] = []
    for (entry, row) in zip(listing.entries, rows) {
      var rest = HelpText.padded(row[0], columns[0]) + "  " + HelpText.padded(row[1], columns[1]) + "  "
      rest += HelpText.padded(row[2], columns[2]) + "  " + row[3]
      lines.append(head(entry) + cut(rest, after: 11))
      if entry.place != .doneTasks, let notice = TaskText.notice(entry) {
        // Never cut: it says what to do.
        lines.append(String(repeating: " ", count: 11) + Paint.yellow.on(notice, colour))
      }
    }
    if listing.more > 0 {
      lines.append(Paint.dim.on(HelpText.padded("done", 11) + "… and \(listing.more) more", colour))
    }
    return lines
  }

  private func head(_ entry: TaskEntry) -> String {
    let text = HelpText.padded(entry.status.rawValue, 11)
    return entry.status == .bad ? Paint.red.on(text, colour) : Paint.dim.on(text, colour)
  }

  private func cut(_ text: String, after used: Int) -> String {
    guard let width, used + text.count > width else { return text }
    return text.prefix(max(8, width - used - 1)) + "…"
  }
}
