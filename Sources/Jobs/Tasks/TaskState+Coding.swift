extension TaskState {
  /// As it stands on the disk: pretty, for people first.
  public func encode() -> [UInt8] {
    var writer = JSONWriter(.pretty, capacity: 2048)
    writer.beginObject()
    writer.member("task", task)
    writer.member("status", status.rawValue)
    writer.member("next", next)
    writer.member("previous", previous)
    writer.member("lastStatus", lastStatus)
    if let problem {
      writer.key("problem")
      problem.encode(&writer)
    }
    writer.member("notice", notice)
    writer.key("counts")
    counts.encode(&writer)
    writer.key("occurrences")
    writer.beginArray()
    for occurrence in occurrences { occurrence.encode(&writer) }
    writer.endArray()
    progress.encode(&writer)
    writer.endObject()
    return writer.line()
  }

  /// Reads a state of this version or another: keys that are not known are passed over, missing ones have their defaults.
  /// Only `task` and `handledUntil` must be there.
  /// - Throws: the codes of `JSONReader.read`; `missing-key`, `wrong-type`, `bad-value`, `out-of-range`.
  public static func decode(_ bytes: [UInt8]) throws(Refusal) -> TaskState {
    let root = Field(root: try JSONReader.read(bytes, dialect: .record), source: bytes)
    var state = TaskState(task: "", progress: TaskProgress(handled: 0))
    var hasHandled = false
    for field in try root.members("an object with a task's state") {
      switch field.name {
      case "task": state.task = try field.text()
      case "status": state.status = try field.word(Status.self)
      case "next": state.next = try field.text()
      case "previous": state.previous = try field.text()
      case "lastStatus": state.lastStatus = try field.text()
      case "problem": state.problem = try Refusal.decode(field)
      case "notice": state.notice = try field.text()
      case "counts": state.counts = try Counts.decode(field)
      case "occurrences":
        for element in try field.elements() { state.occurrences.append(try Occurrence.decode(element)) }
      case "handledUntil":
        hasHandled = true
        state.progress.handled = try field.timestamp().nanoseconds / 1_000_000_000
      default: try state.progress.take(field)
      }
    }
    guard hasHandled, !state.task.isEmpty else {
      throw root.refusal(.missingKey, "no task or 'handledUntil' in the state", "expected both")
    }
    return state
  }
}

extension TaskState.Counts {
  /// An object with all of them.
  public func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("runs", runs)
    writer.member("succeeded", succeeded)
    writer.member("failed", failed)
    writer.member("missed", missed)
    writer.member("overlapped", overlapped)
    writer.endObject()
  }

  fileprivate static func decode(_ field: Field) throws(Refusal) -> TaskState.Counts {
    var counts = TaskState.Counts()
    for member in try field.members() {
      let number = try member.integer(0...Int.max / 2)
      switch member.name {
      case "runs": counts.runs = number
      case "succeeded": counts.succeeded = number
      case "failed": counts.failed = number
      case "missed": counts.missed = number
      case "overlapped": counts.overlapped = number
      default: break
      }
    }
    return counts
  }
}

extension TaskProgress {
  fileprivate func encode(_ writer: inout JSONWriter) {
    func texts(_ key: StaticString, _ values: [String]) {
      guard !values.isEmpty else { return }
      writer.key(key)
      writer.beginArray()
      for value in values { writer.string(value) }
      writer.endArray()
    }
    writer.member("handledUntil", Timestamp(seconds: handled).secondsText())
    texts("queued", queued.map { Timestamp(seconds: $0).secondsText() })
    texts("active", active.map(\.text))
    writer.member("repeatedUntil", repeatedUntil.map { Timestamp(seconds: $0).secondsText() })
    writer.member("boot", boot)
    if awaitsGood { writer.member("awaitsGood", true) }
    guard let file else { return }
    writer.key("file")
    writer.beginObject()
    // An inode may need all 64 bits, which a JSON number does not carry.
    writer.member("inode", String(file.inode))
    writer.member("modified", String(file.modified))
    writer.member("changed", String(file.changed))
    writer.endObject()
  }

  fileprivate mutating func take(_ field: Field) throws(Refusal) {
    switch field.name {
    case "queued":
      for element in try field.elements() { queued.append(try element.timestamp().nanoseconds / 1_000_000_000) }
    case "active":
      for element in try field.elements() { active.append(try element.jobID()) }
    case "repeatedUntil": repeatedUntil = try field.timestamp().nanoseconds / 1_000_000_000
    case "boot": boot = try field.text()
    case "awaitsGood": awaitsGood = try field.flag()
    case "file":
      var mark = FileMark(inode: 0, modified: 0, changed: 0)
      for member in try field.members() {
        switch member.name {
        case "inode": mark.inode = UInt64(try member.text()) ?? 0
        case "modified": mark.modified = Int64(try member.text()) ?? 0
        case "changed": mark.changed = Int64(try member.text()) ?? 0
        default: break
        }
      }
      file = mark
    default: break
    }
  }
}

extension Occurrence {
  /// As it stands in a state.
  public func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("scheduled", scheduled.secondsText())
    writer.member("since", since?.secondsText())
    writer.member("count", count)
    if isCountCut { writer.member("andMore", true) }
    writer.member("id", id?.text)
    writer.member("status", status)
    writer.member("finishedAt", finishedAt)
    writer.member("skipped", skipped?.rawValue)
    writer.member("reason", reason)
    writer.endObject()
  }

  fileprivate static func decode(_ field: Field) throws(Refusal) -> Occurrence {
    var occurrence = Occurrence(scheduled: Timestamp(nanoseconds: 0))
    for member in try field.members() {
      switch member.name {
      case "scheduled": occurrence.scheduled = try member.timestamp()
      case "since": occurrence.since = try member.timestamp()
      case "count": occurrence.count = try member.integer(0...Int.max / 2)
      case "andMore": occurrence.isCountCut = try member.flag()
      case "id": occurrence.id = try member.jobID()
      case "status": occurrence.status = try member.text()
      case "finishedAt": occurrence.finishedAt = try member.timestamp()
      case "skipped": occurrence.skipped = Skipped(rawValue: try member.text())
      case "reason": occurrence.reason = try member.text()
      default: break
      }
    }
    return occurrence
  }
}

extension Refusal {
  fileprivate func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("code", code.rawValue)
    writer.member("reason", reason)
    writer.member("line", line)
    writer.member("column", column)
    writer.member("key", key)
    writer.endObject()
  }

  fileprivate static func decode(_ field: Field) throws(Refusal) -> Refusal {
    var refusal = Refusal(code: .badValue, reason: "")
    for member in try field.members() {
      switch member.name {
      case "code": refusal.code = RefusalCode(rawValue: try member.text())
      case "reason": refusal.reason = try member.text()
      case "line": refusal.line = try member.integer(0...Int.max)
      case "column": refusal.column = try member.integer(0...Int.max)
      case "key": refusal.key = try member.text()
      default: break
      }
    }
    return refusal
  }
}
