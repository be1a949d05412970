import Jobs
import Operations
import Spool

/// `show`: everything about one job.
enum JobReport {
  static func lines(_ detail: JobDetail, now: Timestamp, colour: Bool) -> [String] {
    let id = Visible.text(detail.sighting.id.text)
    var lines = [Paint.bold.on(id, colour) + "  in \(detail.sighting.place.rawValue)/"]
    func add(_ name: String, _ value: String?) {
      guard let value else { return }
      lines.append("  " + Paint.dim.on(HelpText.padded(name, 11), colour) + value)
    }
    if let waiting = detail.waiting {
      if waiting == .running {
        add("state", "running" + (detail.isCancelRequested ? ", cancel requested" : ""))
      } else {
        add("waits for", WaitingText.short(waiting, now: now))
      }
    }
    if let (task, time, isManual) = detail.occurrence {
      add("task", "\(Visible.text(task)), \(isManual ? "asked for by a person at" : "for") \(Amounts.time(time))")
    }
    if let chat = detail.chat {
      add("chat", Visible.text(chat) + (detail.group.map { ", of the group \($0)" } ?? ", of no group"))
    }
    if let record = detail.record {
      addRecord(record, add)
    } else if detail.sighting.hasEnded {
      add("result", "cannot be read")
    }
    if !detail.others.isEmpty { add("also in", detail.others.map { $0.rawValue + "/" }.joined(separator: ", ")) }
    if case .failure(let refusal) = detail.content { add("refusal", refusal.reason) }
    lines.append("")
    lines.append(Paint.dim.on("job:", colour))
    lines += indented(detail.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "(not a file)")
    if let record = detail.record {
      for (name, stream) in [("stdout", record.stdout), ("stderr", record.stderr)] {
        guard let stream, stream.bytes > 0 else { continue }
        lines.append("")
        let size = Amounts.size(ByteCount(stream.bytes))
        lines.append(
          Paint.dim.on("\(name) (\(size)\(stream.log.map { ", " + Visible.text($0) } ?? "")):", colour))
        lines += indented(stream.text)
      }
    }
    return lines
  }

  private static func addRecord(_ record: JobRecord, _ add: (String, String?) -> Void) {
    if record.outcome != nil { add("status", OutcomeText.short(record)) }
    // Where the status does not say it already.
    if let outcome = record.outcome, outcome.exitCode != nil || outcome.signal != nil, outcome.status == .failed {
      add("reason", outcome.reason.map { Visible.text($0) })
    }
    add("dropped as", record.droppedAs.map { Visible.text($0) })
    add("group", record.group?.text)
    add("key", record.jobKey.map { Visible.text($0) })
    add("submitted", record.submittedAt.map { Amounts.time($0) })
    add("started", record.startedAt.map { Amounts.time($0) })
    add("finished", record.finishedAt.map { Amounts.time($0) })
    add("waited", record.waitSeconds.map { DurationText.rounded($0) })
    add("ran", record.runSeconds.map { DurationText.rounded($0) })
    add("processor", record.cpuSeconds.map { DurationText.rounded($0) })
    add("memory", record.maxMemoryBytes.map { Amounts.size(ByteCount($0)) })
    add("runtime", record.runtime)
    add("files", record.files.map { Visible.text($0) })
    if let value = record.outcome?.value { add("value", Visible.text(String(decoding: value.bytes, as: UTF8.self))) }
    add("value error", record.outcome?.valueError.map { Visible.text($0) })
    // One attempt that ended as the job did is told above.
    if record.attemptsTotal > 1 || record.attempts.contains(where: { !$0.counted || $0.status != record.status }) {
      for attempt in record.attempts {
        var text = attempt.status
        if let code = attempt.exitCode { text += ", exit \(code)" }
        if let signal = attempt.signal { text += ", \(signal)" }
        if let reason = attempt.reason { text += ": \(Visible.text(reason))" }
        if !attempt.counted { text += " (not counted)" }
        if let time = attempt.startedAt { text += ", \(Amounts.time(time))" }
        add("attempt \(attempt.number)", text)
      }
    }
  }

  /// A text line by line, without its last line break, control characters but tabs made visible.
  private static func indented(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { line in
      "  "
        + line.split(separator: "\t", omittingEmptySubsequences: false).map { Visible.text(String($0)) }
        .joined(separator: "\t")
    }
  }

  /// The same as JSON: the job as it is where it is JSON, its record as it is on the disk.
  static func write(_ detail: JobDetail, now: Timestamp, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", detail.sighting.id.text)
    writer.member("state", detail.sighting.place.rawValue)
    writer.member("since", detail.since)
    if let waiting = detail.waiting {
      writer.key("waiting")
      writer.waiting(waiting, now: now)
    }
    if let (task, time, isManual) = detail.occurrence {
      writer.key("occurrence")
      writer.beginObject()
      writer.member("task", task)
      writer.member("scheduledFor", time)
      writer.member("manual", isManual)
      writer.endObject()
    }
    if let chat = detail.chat {
      writer.member("chat", chat)
      writer.member("group", detail.group?.text)
    }
    if detail.isCancelRequested { writer.member("cancelRequested", true) }
    if let bytes = detail.bytes, let node = try? JSONReader.read(bytes) {  // not JSON: the refusal below says why
      writer.key("job")
      writer.value(node.value)
    }
    if case .failure(let refusal) = detail.content {
      writer.key("refusal")
      writer.refusal(refusal)
    }
    if let record = detail.record, let node = try? JSONReader.read(record.encode(), dialect: .record) {
      writer.key("record")
      writer.value(node.value)
    }
    writer.endObject()
  }
}
