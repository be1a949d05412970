import Jobs
import Operations
import Spool

/// Values as JSON for `--json`. Keys are only ever added.
extension JSONWriter {
  mutating func refusal(_ refusal: Refusal, file: String? = nil) {
    beginObject()
    member("file", file)
    member("code", refusal.code.rawValue)
    member("reason", refusal.reason)
    member("line", refusal.line)
    member("column", refusal.column)
    member("key", refusal.key)
    endObject()
  }

  mutating func entry(_ entry: JobEntry, now: Timestamp) {
    beginObject()
    member("id", entry.name)
    member("state", entry.place.rawValue)
    member("since", entry.since)
    member("group", entry.group?.text)
    if entry.priority != 0 { member("priority", entry.priority) }
    if let waiting = entry.waiting {
      key("waiting")
      self.waiting(waiting, now: now)
    }
    if let record = entry.result {
      member("status", record.status)
      member("code", record.outcome?.code)
      member("reason", record.outcome?.reason)
      member("exitCode", record.outcome?.exitCode)
      member("signal", record.outcome?.signal)
      member("finishedAt", record.finishedAt)
      member("runSeconds", seconds: record.runSeconds)
    }
    endObject()
  }

  mutating func waiting(_ waiting: Waiting, now: Timestamp) {
    beginObject()
    member("for", waiting.code)
    member("text", WaitingText.short(waiting, now: now))
    switch waiting {
    case .notBefore(let time): member("until", time)
    case .nextAttempt(let due, let attempt, let of, _, _):
      member("until", due)
      member("attempt", attempt)
      member("of", of)
    case .after(let ids), .afterMissing(let ids), .group(_, let ids):
      key("jobs")
      beginArray()
      for id in ids { string(id.text) }
      endArray()
    case .key(let id):
      key("jobs")
      beginArray()
      string(id.text)
      endArray()
    default: break
    }
    endObject()
  }

  mutating func ignored(_ listing: [StateListing.Ignored], in place: String) {
    for ignored in listing {
      beginObject()
      member("in", place)
      member("because", ignored.reason.rawValue)
      member("count", ignored.count)
      key("names")
      beginArray()
      for name in ignored.names { string(name) }
      endArray()
      endObject()
    }
  }
}

extension Waiting {
  /// A stable name for programs.
  var code: String {
    switch self {
    case .held: "held"
    case .beingWritten: "being-written"
    case .willBeRefused: "will-be-refused"
    case .running: "running"
    case .spoolPaused: "spool-paused"
    case .groupPaused: "group-paused"
    case .groupSettings: "group-settings"
    case .notBefore: "not-before"
    case .after: "after"
    case .afterMissing: "after-missing"
    case .key: "key"
    case .group: "group"
    case .disk: "disk"
    case .slot: "slot"
    case .nextAttempt(_, _, _, let code, _): code == "earlier-run-alive" ? "earlier-run-alive" : "next-attempt"
    case .cancelledResult: "cancelled-result"
    case .nothing: "nothing"
    }
  }
}
