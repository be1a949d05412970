extension Job {
  /// A job file that reads as this job: for `submit -- COMMAND` and for jobs that the host writes on request.
  ///
  /// Defaults are left out, except what is `stated`.
  public func encode() -> [UInt8] {
    var writer = JSONWriter(.pretty, capacity: 512)
    writer.beginObject()
    if let message {
      writer.key("message")
      message.encode(&writer, attempt: message.attempt)
    }
    switch run {
    case _ where message != nil: break
    case .arguments(let arguments):
      writer.key("run")
      writer.beginArray()
      for argument in arguments { writer.string(argument) }
      writer.endArray()
    case .shell(let line): writer.member("run", line)
    }
    if runtime != .auto { writer.member("runtime", runtime.rawValue) }
    writer.member("image", image)
    writer.member("user", user.map { Int($0) })
    if isPrivileged { writer.member("privileged", true) }
    writer.member("group", group?.text)
    switch stdin {
    case .none: break
    case .text(let text): writer.member("stdin", text)
    case .json(let bytes):
      writer.key("stdin")
      writer.raw(bytes)
    case .file(let path): writer.member("stdinFile", path)
    }
    Job.encode("env", env.map { ($0.name, $0.value) }, &writer)
    writer.member("directory", directory)
    writer.member("timeout", timeout.map(DurationText.format))
    writer.member("idle", idle.map(DurationText.format))
    writer.member("grace", grace.map(DurationText.format))
    if stated.contains(.retry) || retry != RetryPolicy() { retry.encode(&writer) }
    writer.member("rerun", rerun)
    if stated.contains(.priority) || priority != 0 { writer.member("priority", priority) }
    after?.encode(&writer)
    writer.member("notBefore", notBefore)
    switch expires {
    case .at(let time): writer.member("expires", time)
    case .within(let span): writer.member("expires", DurationText.format(span))
    case nil: break
    }
    writer.member("key", key)
    limits.encode(&writer)
    Mount.encode(mounts, &writer)
    writer.member("secrets", texts: secrets)
    writer.member("network", network)
    Job.encode("labels", labels.map { ($0.name, $0.value) }, &writer)
    writer.member("description", description)
    writer.member("origin", origin)
    writer.member("task", task)
    writer.member("scheduledFor", scheduledFor)
    writer.endObject()
    return writer.line()
  }

  private static func encode(_ key: StaticString, _ pairs: [(String, String)], _ writer: inout JSONWriter) {
    if pairs.isEmpty { return }
    writer.key(key)
    writer.beginObject()
    for (name, value) in pairs {
      writer.key(name)
      writer.string(value)
    }
    writer.endObject()
  }
}

extension Mount {
  fileprivate static func encode(_ mounts: [Mount], _ writer: inout JSONWriter) {
    if mounts.isEmpty { return }
    writer.key("mounts")
    writer.beginArray()
    for mount in mounts {
      writer.beginObject()
      writer.member("host", mount.host)
      writer.member("container", mount.container)
      if !mount.isReadOnly { writer.member("readOnly", false) }
      writer.endObject()
    }
    writer.endArray()
  }
}

extension RetryPolicy {
  fileprivate func encode(_ writer: inout JSONWriter) {
    writer.key("retry")
    if let attempts, self == RetryPolicy(attempts: attempts) {
      writer.int(Int64(attempts))
      return
    }
    writer.beginObject()
    writer.member("attempts", attempts)
    writer.member("delay", DurationText.format(delay))
    writer.key("factor")
    writer.raw([UInt8](Field.short(factor).utf8))
    writer.member("maxDelay", DurationText.format(maxDelay))
    writer.key("jitter")
    writer.raw([UInt8](Field.short(jitter).utf8))
    writer.endObject()
  }
}

extension After {
  fileprivate func encode(_ writer: inout JSONWriter) {
    writer.key("after")
    writer.beginObject()
    writer.key("jobs")
    writer.beginArray()
    for id in jobs { writer.string(id.text) }
    writer.endArray()
    switch need {
    case .all: break
    case .any: writer.member("need", "any")
    case .count(let count): writer.member("need", count)
    }
    if onFailure != .fail { writer.member("onFailure", onFailure.rawValue) }
    writer.endObject()
  }
}

extension Limits {
  fileprivate func encode(_ writer: inout JSONWriter) {
    if self == Limits() { return }
    writer.key("limits")
    writer.beginObject()
    writer.member("memory", memory.map { Int($0.bytes) })
    writer.member("swap", swap.map { Int($0.bytes) })
    if let cpus {
      writer.key("cpus")
      writer.raw([UInt8](Field.short(cpus).utf8))
    }
    writer.member("pids", pids)
    writer.member("openFiles", openFiles)
    writer.member("fileSize", fileSize.map { Int($0.bytes) })
    writer.member("cpuTime", cpuTime.map(DurationText.format))
    writer.member("scratch", scratch.map { Int($0.bytes) })
    writer.member("output", output.map { Int($0.bytes) })
    engine.encode(&writer)
    writer.endObject()
  }
}
