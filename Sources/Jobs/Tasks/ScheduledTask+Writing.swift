extension ScheduledTask {
  /// A task that a program makes, everything else default.
  public init(schedule: TaskSchedule, job: Job) {
    self.init(schedule: schedule, job: job, jobMembers: [])
    // Bytes of ours, which are an object: nothing else is ever seen.
    if case .object(let members)? = try? JSONReader.read(job.encode()).value { jobMembers = members }
  }

  /// A file of `tasks/` that reads as this task; the job's members as they were read, defaults left out.
  public func encode() -> [UInt8] {
    var writer = JSONWriter(.pretty, capacity: 1024)
    writer.beginObject()
    writer.key("schedule")
    schedule.encode(&writer)
    writer.key("job")
    writer.value(.object(jobMembers))
    if missed != .once { writer.member("missed", missed.rawValue) }
    if overlap != .skip { writer.member("overlap", overlap.rawValue) }
    if jitter > .zero { writer.member("jitter", DurationText.format(jitter)) }
    writer.member("until", until.map { $0.nanoseconds % 1_000_000_000 == 0 ? $0.secondsText() : $0.text })
    writer.member("maxRuns", maxRuns)
    writer.member("description", description)
    writer.endObject()
    return writer.line()
  }
}

extension TaskSchedule {
  /// The value of `schedule`: a text where that says it all.
  fileprivate func encode(_ writer: inout JSONWriter) {
    switch self {
    case .reboot: writer.string("@reboot")
    case .cron(_, let line, nil): writer.string(line)
    case .cron(_, let line, let timezone):
      writer.beginObject()
      writer.member("cron", line)
      writer.member("timezone", timezone)
      writer.endObject()
    case .every(let span, let anchor):
      writer.beginObject()
      writer.member("every", DurationText.format(span))
      if anchor.nanoseconds != 0 { writer.member("anchor", anchor.secondsText()) }
      writer.endObject()
    case .at(let time):
      writer.beginObject()
      writer.member("at", time.secondsText())
      writer.endObject()
    }
  }
}
