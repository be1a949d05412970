import Jobs
import Operations
import Spool

/// `task show`: everything about one task.
enum TaskReport {
  static func lines(_ detail: TaskDetail, now: Timestamp, colour: Bool) -> [String] {
    let entry = detail.entry
    var lines = [
      Paint.bold.on(Visible.text(entry.name), colour) + "  \(entry.status.rawValue), in \(entry.place.rawValue)/"
    ]
    func add(_ name: String, _ value: String?) {
      guard let value else { return }
      lines.append("  " + Paint.dim.on(HelpText.padded(name, 11), colour) + value)
    }
    add(entry.problem == nil ? "notice" : "problem", TaskText.notice(entry))
    if let task = entry.task {
      add("about", task.description.map { Visible.text($0) })
      add("schedule", Visible.text(task.schedule.text))
      add("job", TaskText.command(task.job))
      add("group", task.job.group?.text)
      add("rules", TaskText.rules(task, detail.text))
    }
    if entry.passed > 0, let next = entry.next {
      let count = Amounts.count(entry.passed, "time has", "times have")
      add("passed", "\(count) passed since \(next.text) and nobody looked: a runner does as 'missed' says")
    }
    for (index, time) in detail.coming.times.enumerated() {
      let isPaused = entry.status == .paused
      add(index == 0 ? (isPaused ? "would come" : "next") : "", TaskText.line(time, now: now))
    }
    if entry.status != .removed, entry.task != nil, entry.place != .doneTasks {
      add(detail.coming.times.isEmpty ? "next" : "", TaskText.end(detail.coming, detail.text))
    }
    add("counts", entry.state.map { counts($0.counts) })
    add("last", entry.last.map { TaskText.last($0, now: now) })
    for warning in detail.review.warnings { add("warning", TaskWarningText.line(warning)) }
    if !detail.others.isEmpty { add("also in", detail.others.map { $0.rawValue + "/" }.joined(separator: ", ")) }
    if !detail.occurrences.isEmpty {
      lines.append("")
      lines.append(Paint.dim.on("occurrences:", colour))
      lines += detail.occurrences.map { "  " + occurrence($0, detail) }
    }
    return lines
  }

  private static func counts(_ counts: TaskState.Counts) -> String {
    "\(Amounts.count(counts.runs, "run", "runs")): \(counts.succeeded) succeeded, \(counts.failed) failed; "
      + "\(counts.missed) missed, \(counts.overlapped) overlapped"
  }

  private static func occurrence(_ occurrence: Occurrence, _ detail: TaskDetail) -> String {
    var text = detail.text(occurrence.scheduled) + "  "
    if let skipped = occurrence.skipped {
      text += "skipped, \(skipped.rawValue)"
      if let reason = occurrence.reason { text += ": \(Visible.text(reason))" }
    } else {
      text += HelpText.padded(occurrence.status ?? "under way", 10)
      if let id = occurrence.id { text += "  \(Visible.text(id.text))" }
    }
    if let count = occurrence.count, count > 1 {
      text += " (\(count)\(occurrence.isCountCut ? " or more" : "") times"
      text += (occurrence.since.map { " since \(detail.text($0))" } ?? "") + ")"
    }
    return text
  }
}

extension TaskText {
  /// A time of a list: `2026-11-27T02:00:00+01:00  in 3h5m`.
  static func line(_ time: TaskTime, now: Timestamp) -> String {
    let jitter = time.due == time.time ? "" : ", due \(time.dueText)"
    return "\(time.text)  \(when(time, now: now))\(jitter)"
  }
}
