extension JobRecord {
  /// The file's bytes: pretty JSON, keys in a stable order, what is nil or a default left out, a line break at the end.
  public func encode() -> [UInt8] {
    var writer = JSONWriter(.pretty, capacity: 1024 + (stdout?.text.utf8.count ?? 0) + (stderr?.text.utf8.count ?? 0))
    writer.beginObject()
    writer.member("id", id.text)
    writer.member("droppedAs", droppedAs)
    writer.member("status", status)
    encodeState(&writer)
    writer.member("stdout", stream: stdout)
    writer.member("stderr", stream: stderr)
    writer.member("submittedAt", submittedAt)
    writer.member("startedAt", startedAt)
    writer.member("finishedAt", finishedAt)
    writer.member("waitSeconds", seconds: waitSeconds)
    writer.member("runSeconds", seconds: runSeconds)
    writer.member("cpuSeconds", seconds: cpuSeconds)
    writer.member("maxMemoryBytes", maxMemoryBytes.map { Int($0) })
    writer.member("accounting", accounting)
    writer.member("runtime", runtime)
    writer.member("runtimeVersion", runtimeVersion)
    writer.member("image", image)
    writer.member("imageDigest", imageDigest)
    if let phases {
      writer.key("phases")
      writer.beginObject()
      writer.member("queued", seconds: phases.queued)
      writer.member("create", seconds: phases.create)
      writer.member("start", seconds: phases.start)
      writer.member("run", seconds: phases.run)
      writer.member("collect", seconds: phases.collect)
      writer.endObject()
    }
    if !attempts.isEmpty {
      writer.key("attempts")
      writer.beginArray()
      for attempt in attempts { attempt.encode(&writer) }
      writer.endArray()
    }
    if attemptsTotal > attempts.count { writer.member("attemptsTotal", attemptsTotal) }
    if attemptsUsed != 0 { writer.member("attemptsUsed", attemptsUsed) }
    writer.member("budgetStartedAt", budgetStartedAt)
    if interruptions != 0 { writer.member("interruptions", interruptions) }
    writer.member("leftover", leftover)
    writer.member("files", files)
    encodeMarks(&writer)
    writer.member("group", group?.text)
    writer.member("jobKey", jobKey)
    writer.member("chat", chat)
    writer.member("message", messageID)
    if !after.isEmpty {
      writer.key("after")
      writer.beginArray()
      for dependency in after {
        writer.beginObject()
        writer.member("asked", dependency.asked.text)
        writer.member("id", dependency.id?.text)
        writer.member("status", dependency.status)
        writer.endObject()
      }
      writer.endArray()
    }
    writer.member("nextAttemptAt", nextAttemptAt)
    writer.member("retryOf", retryOf?.text)
    writer.endObject()
    return writer.line()
  }

  private func encodeState(_ writer: inout JSONWriter) {
    switch state {
    case .running: break
    case .deferred(let deferral):
      writer.member("code", deferral.code)
      writer.member("reason", deferral.reason)
    case .finished(let outcome):
      writer.member("code", outcome.code)
      writer.member("reason", outcome.reason)
      writer.member("line", outcome.line)
      writer.member("column", outcome.column)
      writer.member("key", outcome.key)
      writer.member("exitCode", outcome.exitCode)
      writer.member("signal", outcome.signal)
      writer.member("value", json: outcome.value)
      writer.member("valueError", outcome.valueError)
      writer.member("sameAs", outcome.sameAs?.text)
    }
  }

  private func encodeMarks(_ writer: inout JSONWriter) {
    if let runner {
      writer.key("runner")
      writer.beginObject()
      writer.member("host", runner.host)
      writer.member("machine", runner.machine)
      writer.member("boot", runner.boot)
      writer.member("pid", runner.pid)
      writer.member("startTicks", runner.startTicks.map { Int($0) })
      writer.endObject()
    }
    if case .running(let live) = state, let process = live.process {
      writer.key("process")
      writer.beginObject()
      writer.member("pid", process.pid)
      writer.member("startTicks", Int(process.startTicks))
      writer.member("session", process.session)
      writer.endObject()
    }
  }
}

extension Attempt {
  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("number", number)
    writer.member("startedAt", startedAt)
    writer.member("finishedAt", finishedAt)
    writer.member("status", status)
    writer.member("code", code)
    writer.member("reason", reason)
    writer.member("exitCode", exitCode)
    writer.member("signal", signal)
    if !counted { writer.member("counted", false) }
    writer.member("runSeconds", seconds: runSeconds)
    writer.member("cpuSeconds", seconds: cpuSeconds)
    writer.member("maxMemoryBytes", maxMemoryBytes.map { Int($0) })
    writer.endObject()
  }
}

extension JSONWriter {
  /// Writes what is shown of a stream.
  mutating func member(_ key: StaticString, stream: StreamText?) {
    guard let stream else { return }
    self.key(key)
    beginObject()
    member("text", stream.text)
    member("bytes", Int(stream.bytes))
    if stream.truncated { member("truncated", true) }
    if stream.notUTF8 { member("notUTF8", true) }
    member("log", stream.log)
    endObject()
  }
}
