import Jobs
import Operations
import Spool

/// `status`: a line a fact.
enum StatusText {
  static func lines(_ report: StatusReport, now: Timestamp, colour: Bool) -> [String] {
    var lines: [String] = []
    func add(_ name: String, _ value: String, _ paint: Paint? = nil) {
      lines.append(Paint.dim.on(HelpText.padded(name, 11), colour) + (paint?.on(value, colour) ?? value))
    }
    add("spool", Visible.text(report.path))
    add("runner", runner(report.runner, now: now), report.runner.isAlive ? .green : .yellow)
    if let reason = report.paused { add("paused", reason.isEmpty ? "yes" : Visible.text(reason), .yellow) }
    for paused in report.pausedGroups {
      add(
        "paused", "group \(paused.group)" + (paused.reason.isEmpty ? "" : ": \(Visible.text(paused.reason))"), .yellow)
    }
    for state in report.states { add(state.place.rawValue, "\(state.count)") }
    if let tasks = report.tasks {
      add("tasks", self.tasks(tasks, now: now), tasks.bad + tasks.outdated > 0 ? .yellow : nil)
    }
    if let requests = report.requests { add("requests", self.requests(requests, now: now)) }
    if let outbox = report.outbox {
      add(
        "outbox", "\(outbox.waiting) to be delivered" + (outbox.failed > 0 ? ", \(outbox.failed) given up" : ""),
        outbox.failed > 0 ? .yellow : nil)
    }
    for state in report.states {
      if let line = ListTable.ignored(state.ignored, in: state.place.rawValue) {
        add("ignored", String(line.dropFirst("ignored ".count)))
      }
    }
    if let refusal = report.settingsRefusal {
      add("settings", Sentences.place(of: refusal, in: "settings.json"), .red)
    } else {
      add("settings", "good")
    }
    for (name, refusal) in report.groupRefusals.sorted(by: { $0.key < $1.key }) {
      add("settings", Sentences.place(of: refusal, in: "groups/\(name)"), .red)
    }
    switch report.isolation {
    case .sandbox?: add("isolation", "sandbox, by bubblewrap")
    case .none(_, let reason)?:
      add("isolation", "none: jobs run as plain processes only; \(Visible.text(reason))", .yellow)
    case nil: break
    }
    add(
      "engines",
      report.engines.isEmpty
        ? "none installed: jobs with an image run in sandboxes, on images of the spool ('bobbin image')"
        // Whether they answer is not asked here: that takes a tenth of a second each.
        : report.engines.map(\.rawValue).joined(separator: ", ") + (report.engines.count > 1 ? " are" : " is")
          + " installed")
    for (text, isHeld) in limits(report.limits) { add("limits", text, isHeld ? nil : .yellow) }
    let isLow = report.free < report.minFree
    add(
      "disk",
      "\(Amounts.size(report.free)) free"
        + (isLow ? ", less than minFree (\(Amounts.size(report.minFree))): nothing is started" : ""), isLow ? .red : nil
    )
    for failure in report.failures {
      add(
        "failed",
        "\(Visible.text(failure.name))  \(Amounts.age(now.duration(since: failure.since))) ago  "
          + (failure.result.map { OutcomeText.short($0) } ?? "no result"))
    }
    return lines
  }

  /// `3 scheduled, 1 paused; next nightly at 2026-11-27T02:00:00+01:00, in 3h5m`.
  private static func tasks(_ tasks: StatusReport.Tasks, now: Timestamp) -> String {
    var parts = ["\(tasks.scheduled) scheduled"]
    if tasks.paused > 0 { parts.append("\(tasks.paused) paused") }
    if tasks.bad > 0 { parts.append("\(tasks.bad) bad") }
    var text = parts.joined(separator: ", ")
    if tasks.outdated > 0 {
      text += "; of \(tasks.outdated) the file is bad and the version before it in force ('bobbin task ls')"
    }
    if let (task, time) = tasks.next {
      text += "; next \(Visible.text(task)) at \(time.text), \(TaskText.when(time, now: now))"
    }
    return text
  }

  /// `3 of helper, 1 of team wait; 7 refused, the last 5m ago ('bobbin ipc')`.
  private static func requests(_ requests: StatusReport.Requests, now: Timestamp) -> String {
    var parts: [String] = []
    if !requests.waiting.isEmpty {
      parts.append(requests.waiting.map { "\($0.count) of \($0.group)" }.joined(separator: ", ") + " wait")
    }
    if requests.refused > 0 {
      let age = requests.lastRefused.map { ", the last \(Amounts.age(now.duration(since: $0))) ago" } ?? ""
      parts.append("\(requests.refused) refused\(age)")
    }
    return parts.joined(separator: "; ") + " ('bobbin ipc')"
  }

  /// The held ones by what holds them, the others by why nothing does.
  private static func limits(_ limits: [HeldLimit]) -> [(text: String, isHeld: Bool)] {
    var lines: [(text: String, isHeld: Bool)] = []
    var rest = limits[...]
    while let first = rest.first {
      let same = rest.filter { $0.means == first.means && $0.reason == first.reason }
      rest = rest.filter { $0.means != first.means || $0.reason != first.reason }[...]
      let names = same.map(\.limit).joined(separator: ", ")
      if let means = first.means {
        lines.append(("\(names), by \(means)", true))
      } else {
        lines.append(("not \(names)" + (first.reason.map { ": \(Visible.text($0))" } ?? ""), false))
      }
    }
    return lines
  }

  private static func runner(_ runner: RunnerPresence, now: Timestamp) -> String {
    guard runner.isAlive else { return "none; 'bobbin run' starts one" }
    var text = "runs"
    if let pid = runner.pid { text += ", process \(pid)" }
    if let host = runner.host { text += " on \(Visible.text(host))" }
    if let started = runner.startedAt { text += ", for \(Amounts.age(now.duration(since: started)))" }
    return text
  }
}
