import Jobs
import Operations
import Spool

/// Tasks as JSON for `--json`. Keys are only ever added.
extension JSONWriter {
  mutating func time(_ time: TaskTime, now: Timestamp, task: String? = nil) {
    beginObject()
    member("task", task)
    member("time", time.text)
    if time.due != time.time { member("due", time.dueText) }
    member("inSeconds", Int(time.due.duration(since: now).components.seconds))
    endObject()
  }

  mutating func task(_ entry: TaskEntry, now: Timestamp) {
    beginObject()
    taskMembers(entry, now: now)
    endObject()
  }

  mutating func task(_ detail: TaskDetail, now: Timestamp) {
    beginObject()
    taskMembers(detail.entry, now: now)
    if let task = detail.entry.task {
      member("missed", task.missed.rawValue)
      member("overlap", task.overlap.rawValue)
      if task.jitter > .zero { member("jitter", DurationText.format(task.jitter)) }
      member("until", task.until)
      member("maxRuns", task.maxRuns)
      member("description", task.description)
      key("job")
      value(.object(task.jobMembers))
    }
    key("coming")
    beginArray()
    for time in detail.coming.times { self.time(time, now: now) }
    endArray()
    if let counts = detail.entry.state?.counts {
      key("counts")
      counts.encode(&self)
    }
    key("occurrences")
    beginArray()
    for occurrence in detail.occurrences { occurrence.encode(&self) }
    endArray()
    warnings(detail.review.warnings)
    endObject()
  }

  mutating func warnings(_ warnings: [TaskWarning]) {
    key("warnings")
    beginArray()
    for warning in warnings {
      beginObject()
      member("code", warning.code)
      member("text", TaskWarningText.sentence(warning))
      endObject()
    }
    endArray()
  }

  private mutating func taskMembers(_ entry: TaskEntry, now: Timestamp) {
    member("task", entry.name)
    member("state", entry.status.rawValue)
    member("in", entry.place.rawValue)
    member("schedule", entry.task?.schedule.text)
    if let next = entry.next {
      key("next")
      time(next, now: now)
    }
    if entry.passed > 0 { member("passed", entry.passed) }
    if let last = entry.last {
      key("last")
      beginObject()
      member("id", last.id?.text)
      member("status", last.status)
      member("at", last.at)
      endObject()
    }
    if let problem = entry.problem {
      key("problem")
      refusal(problem, file: TaskText.file(entry.name, in: entry.place))
    }
    if entry.earlier != nil { member("earlierInForce", true) }
    if entry.content == .beingWritten { member("beingWritten", true) }
    member("notice", entry.state?.notice)
  }
}
