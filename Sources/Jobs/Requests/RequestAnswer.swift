/// What the host answers to a request, `ipc/GROUP/answers/ID.json`, and when a job that was waited for has ended,
/// `ID.result.json`.
public enum RequestAnswer {
  /// It was carried out.
  public static func done(_ id: String, _ effects: [RequestGate.Effect]) -> [UInt8] {
    var writer = begin(id, isGood: true)
    var named: [(name: String, id: JobID)] = []
    for effect in effects {
      switch effect {
      case .message(let id, _, _, _): writer.member("message", id.text)
      case .job(let id, _, let name):
        if let name { named.append((name, id)) } else { writer.member("job", id.text) }
      case .cancelJob(let id, _), .runTask(_, as: let id, _): writer.member("job", id.text)
      case .task(let name, _, _), .pauseTask(let name, _), .resumeTask(let name, _), .removeTask(let name, _):
        writer.member("task", name)
      }
    }
    if !named.isEmpty {
      writer.key("jobs")
      writer.beginObject()
      for job in named {
        writer.key(job.name)
        writer.string(job.id.text)
      }
      writer.endObject()
    }
    writer.endObject()
    return writer.line()
  }

  /// It was refused.
  ///
  /// - Parameter retryAfter: when it may be asked again; nil: never as it is.
  public static func refused(_ id: String, _ refusal: Refusal, retryAfter: Duration? = nil) -> [UInt8] {
    var writer = begin(id, isGood: false)
    writer.member("code", refusal.code.rawValue)
    writer.member("reason", refusal.reason)
    writer.member("line", refusal.line)
    writer.member("column", refusal.column)
    writer.member("key", refusal.key)
    writer.member("retryAfter", retryAfter.map(DurationText.format))
    writer.endObject()
    return writer.line()
  }

  /// How a job that was waited for ended: what its group may know of it.
  public static func result(of record: JobRecord, request id: String) -> [UInt8] {
    var writer = begin(id, isGood: record.outcome?.status.isSuccess ?? false)
    writer.member("job", record.id.text)
    writer.member("status", record.status)
    writer.member("code", record.outcome?.code)
    writer.member("reason", record.outcome?.reason)
    writer.member("exitCode", record.outcome?.exitCode.map { Int($0) })
    writer.member("signal", record.outcome?.signal)
    writer.member("value", json: record.outcome?.value)
    for (key, stream) in [("stdout", record.stdout), ("stderr", record.stderr)] {
      guard let stream else { continue }
      writer.key(key)
      writer.beginObject()
      writer.member("text", stream.text)
      writer.member("bytes", Int(stream.bytes))
      if stream.truncated { writer.member("truncated", true) }
      writer.endObject()
    }
    writer.member("finishedAt", record.finishedAt)
    writer.endObject()
    return writer.line()
  }

  private static func begin(_ id: String, isGood: Bool) -> JSONWriter {
    var writer = JSONWriter(.pretty, capacity: 512)
    writer.beginObject()
    writer.member("id", id)
    writer.member("ok", isGood)
    return writer
  }
}
