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
        : report.engines.map(\.rawValue).joined(separator: ", "))
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

  static func write(_ report: StatusReport, now: Timestamp, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("spool", report.path)
    writer.key("runner")
    writer.beginObject()
    writer.member("alive", report.runner.isAlive)
    writer.member("pid", report.runner.pid)
    writer.member("host", report.runner.host)
    writer.member("startedAt", report.runner.startedAt)
    writer.endObject()
    writer.member("paused", report.paused)
    writer.key("pausedGroups")
    writer.beginObject()
    for paused in report.pausedGroups {
      writer.key(paused.group.text)
      writer.string(paused.reason)
    }
    writer.endObject()
    writer.key("jobs")
    writer.beginObject()
    for state in report.states {
      writer.key(state.place.rawValue)
      writer.int(Int64(state.count))
    }
    writer.endObject()
    if let tasks = report.tasks {
      writer.key("tasks")
      writer.beginObject()
      writer.member("scheduled", tasks.scheduled)
      writer.member("paused", tasks.paused)
      writer.member("bad", tasks.bad)
      writer.member("outdated", tasks.outdated)
      if let (task, time) = tasks.next {
        writer.key("next")
        writer.time(time, now: now, task: task)
      }
      writer.endObject()
    }
    if let requests = report.requests {
      writer.key("requests")
      writer.beginObject()
      writer.key("waiting")
      writer.beginObject()
      for group in requests.waiting {
        writer.key(group.group.text)
        writer.int(Int64(group.count))
      }
      writer.endObject()
      writer.member("refused", requests.refused)
      writer.member("lastRefused", requests.lastRefused)
      writer.endObject()
    }
    if let outbox = report.outbox {
      writer.key("outbox")
      writer.beginObject()
      writer.member("waiting", outbox.waiting)
      writer.member("failed", outbox.failed)
      writer.endObject()
    }
    writer.key("ignored")
    writer.beginArray()
    for state in report.states { writer.ignored(state.ignored, in: state.place.rawValue) }
    writer.endArray()
    writer.key("badSettings")
    writer.beginArray()
    if let refusal = report.settingsRefusal { writer.refusal(refusal, file: "settings.json") }
    for (name, refusal) in report.groupRefusals.sorted(by: { $0.key < $1.key }) {
      writer.refusal(refusal, file: "groups/\(name)")
    }
    writer.endArray()
    if let isolation = report.isolation {
      writer.key("isolation")
      writer.beginObject()
      switch isolation {
      case .sandbox: writer.member("sandbox", true)
      case .none(let code, let reason):
        writer.member("sandbox", false)
        writer.member("code", code)
        writer.member("reason", reason)
      }
      writer.endObject()
    }
    writer.key("engines")
    writer.beginArray()
    for engine in report.engines { writer.string(engine.rawValue) }
    writer.endArray()
    if !report.limits.isEmpty {
      writer.key("limits")
      writer.beginArray()
      for held in report.limits {
        writer.beginObject()
        writer.member("limit", held.limit)
        writer.member("means", held.means)
        writer.member("reason", held.reason)
        writer.endObject()
      }
      writer.endArray()
    }
    writer.member("freeBytes", Int(report.free.bytes))
    writer.member("minFreeBytes", Int(report.minFree.bytes))
    writer.key("failures")
    writer.beginArray()
    for failure in report.failures { writer.entry(failure, now: now) }
    writer.endArray()
    writer.endObject()
  }
}
