extension MessageRecord {
  /// The file's bytes: pretty JSON, keys in a stable order, what is nil or a default left out, a line break at the end.
  public func encode() -> [UInt8] {
    var writer = JSONWriter(.pretty, capacity: 1024 + (output?.text.utf8.count ?? 0))
    writer.beginObject()
    writer.member("id", id)
    writer.member("droppedAs", droppedAs)
    writer.member("status", status.rawValue)
    writer.member("code", code)
    writer.member("reason", reason)
    writer.member("line", line)
    writer.member("column", column)
    writer.member("key", key)
    writer.member("channel", channel)
    writer.member("to", to)
    writer.member("group", group?.text)
    writer.member("job", job?.text)
    writer.member("exitCode", exitCode)
    writer.member("signal", signal)
    writer.member("httpStatus", httpStatus)
    writer.member("output", stream: output)
    writer.member("submittedAt", submittedAt)
    writer.member("startedAt", startedAt)
    writer.member("deliveredAt", deliveredAt)
    writer.member("finishedAt", finishedAt)
    if !attempts.isEmpty {
      writer.key("attempts")
      writer.beginArray()
      for attempt in attempts { attempt.encode(&writer) }
      writer.endArray()
    }
    if attemptsTotal > attempts.count { writer.member("attemptsTotal", attemptsTotal) }
    if attemptsUsed != 0 { writer.member("attemptsUsed", attemptsUsed) }
    writer.member("files", files)
    if interruptions != 0 { writer.member("interruptions", interruptions) }
    if notReady != 0 { writer.member("notReady", notReady) }
    writer.member("nextAttemptAt", nextAttemptAt)
    writer.endObject()
    return writer.line()
  }

  /// Reads a record of this version or another. Only `id` and `status` must be there.
  /// - Throws: the codes of `JSONReader.read`; `missing-key`, `wrong-type`, `bad-value`, `out-of-range`.
  public static func decode(_ bytes: [UInt8]) throws(Refusal) -> MessageRecord {
    let root = Field(root: try JSONReader.read(bytes, dialect: .record), source: bytes)
    var record = MessageRecord(id: "")
    var hasStatus = false
    for field in try root.members("an object with a message's record") {
      switch field.name {
      case "id": record.id = try field.text()
      case "status":
        record.status = try field.word(Status.self)
        hasStatus = true
      default: try record.take(field)
      }
    }
    guard !record.id.isEmpty, hasStatus else {
      throw root.refusal(.missingKey, "no 'id' or 'status' in the record", "expected both")
    }
    record.attemptsTotal = max(record.attemptsTotal, record.attempts.count)
    return record
  }

  private mutating func take(_ field: Field) throws(Refusal) {
    switch field.name {
    case "droppedAs": droppedAs = try field.text()
    case "code": code = try field.text()
    case "reason": reason = try field.text()
    case "line": line = try field.integer(0...Int.max)
    case "column": column = try field.integer(0...Int.max)
    case "key": key = try field.text()
    case "channel": channel = try field.text()
    case "to": to = try field.text()
    case "group": group = try field.groupName()
    case "job": job = try field.jobID()
    case "exitCode": exitCode = try field.integer(Field.int32)
    case "signal": signal = try field.text()
    case "httpStatus": httpStatus = try field.integer(0...999)
    case "output": output = try StreamText.decode(field)
    case "submittedAt": submittedAt = try field.timestamp()
    case "startedAt": startedAt = try field.timestamp()
    case "deliveredAt": deliveredAt = try field.timestamp()
    case "finishedAt": finishedAt = try field.timestamp()
    case "attempts":
      for element in try field.elements() { attempts.append(try Attempt.decode(element)) }
    case "attemptsTotal": attemptsTotal = try field.integer(0...Int.max - 1)
    case "attemptsUsed": attemptsUsed = try field.integer(0...Int.max - 1)
    case "files": files = try field.text()
    case "interruptions": interruptions = try field.integer(0...Int.max - 1)
    case "notReady": notReady = try field.integer(0...Int.max - 1)
    case "nextAttemptAt": nextAttemptAt = try field.timestamp()
    default: break
    }
  }
}
