import Jobs
import Operations
import Spool

extension StatusText {
  /// `status --json`. Keys are only ever added.
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
