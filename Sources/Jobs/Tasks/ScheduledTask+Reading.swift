extension ScheduledTask {
  static let keys = ["schedule", "job", "missed", "overlap", "jitter", "until", "maxRuns", "description"]
  private static let scheduleKeys = ["cron", "timezone", "every", "anchor", "at"]

  /// Reads a file of `tasks/`, as strictly as a job.
  ///
  /// - Parameter zoneProblem: why a zone cannot be used, or nil: which ones there are is the machine's to know.
  /// - Throws: the first thing that is wrong, with its place; of the job inside with the path `job.run`. The codes are those
  ///   of `Job.read`.
  public static func read(
    _ bytes: [UInt8], zoneProblem: (_ name: String) -> String?
  ) throws(Refusal) -> ScheduledTask {
    try read(Field(root: try JSONReader.read(bytes), source: bytes), zoneProblem)
  }

  /// Reads the object of a task.
  ///
  /// - Parameter hasGroup: its job is given a group where it names none.
  static func read(
    _ root: Field, hasGroup: Bool = false, _ zoneProblem: (_ name: String) -> String?
  ) throws(Refusal) -> ScheduledTask {
    var task = ScheduledTask(schedule: .reboot, job: Job(run: .shell("")), jobMembers: [])
    var (schedule, job): (Field?, Field?)
    for field in try root.members("an object with the task's keys") {
      switch field.name {
      case "schedule":
        task.schedule = try readSchedule(field, zoneProblem)
        schedule = field
      case "job":
        task.job = try readJob(field, hasGroup: hasGroup)
        if case .object(let members) = field.node.value { task.jobMembers = members }
        job = field
      case "missed": task.missed = try field.word(Missed.self)
      case "overlap": task.overlap = try field.word(Overlap.self)
      case "jitter": task.jitter = try field.duration(.zero...longestJitter)
      case "until": task.until = try field.timestamp()
      case "maxRuns": task.maxRuns = try field.integer(1...1_000_000_000)
      case "description": task.description = try field.text()
      default:
        if field.name.utf8.starts(with: "x-".utf8) { continue }
        // A job that was dropped into the wrong folder, or a task with the job's keys one level too high.
        if Job.keys.contains(field.name) {
          throw field.keyRefusal(
            .unknownKey, "the job's key \(quoted(field.name)) stands in the task", "expected it in the object 'job'")
        }
        throw field.unknownKey(among: keys)
      }
    }
    guard schedule != nil else {
      throw root.refusal(
        .missingKey, "no 'schedule' in the task",
        "expected \"schedule\": \"0 2 * * *\", or an object with cron, every or at")
    }
    guard job != nil else {
      throw root.refusal(.missingKey, "no 'job' in the task", "expected \"job\": an object with the job's keys")
    }
    return task
  }

  private static func readJob(_ field: Field, hasGroup: Bool) throws(Refusal) -> Job {
    let job = try Job.read(field, hasGroup: hasGroup)
    for member in try field.members() where member.name == "task" || member.name == "scheduledFor" {
      throw member.keyRefusal(
        .conflictingKeys, "\(quoted(member.name)) in a task's job", "expected none, each job of a task is given its own"
      )
    }
    return job
  }

  private static func readSchedule(
    _ field: Field, _ zoneProblem: (_ name: String) -> String?
  ) throws(Refusal) -> TaskSchedule {
    if case .string = field.node.value { return try readLine(field, timezone: nil) }
    var parts: [String: Field] = [:]
    for member in try field.members("a cron line such as \"0 2 * * *\", or an object with cron, every or at") {
      guard scheduleKeys.contains(member.name) else { throw member.unknownKey(among: scheduleKeys) }
      parts[member.name] = member
    }
    let kinds = ["cron", "every", "at"].compactMap { parts[$0] }
    if kinds.count > 1 {
      throw kinds[1].keyRefusal(
        .conflictingKeys, "\(quoted(kinds[1].name)) beside \(quoted(kinds[0].name))", "expected one of cron, every, at")
    }
    guard let kind = kinds.first else {
      throw field.refusal(.missingKey, "a schedule without a time", "expected one of cron, every, at")
    }
    if let timezone = parts["timezone"], kind.name != "cron" {
      throw timezone.keyRefusal(
        .conflictingKeys, "'timezone' beside \(quoted(kind.name))", "expected it beside 'cron' only")
    }
    if let anchor = parts["anchor"], kind.name != "every" {
      throw anchor.keyRefusal(
        .conflictingKeys, "'anchor' beside \(quoted(kind.name))", "expected it beside 'every' only")
    }
    switch kind.name {
    case "every":
      let span = try kind.duration(TaskSchedule.spans)
      guard span.components.attoseconds == 0 else { throw kind.badValue("whole seconds") }
      guard let anchor = parts["anchor"] else { return .every(span, anchor: Timestamp(nanoseconds: 0)) }
      return .every(span, anchor: try wholeSeconds(anchor))
    case "at": return .at(try wholeSeconds(kind))
    default:
      guard let timezone = parts["timezone"] else { return try readLine(kind, timezone: nil) }
      return try readLine(kind, timezone: try readZone(timezone, zoneProblem))
    }
  }

  private static func readLine(_ field: Field, timezone: String?) throws(Refusal) -> TaskSchedule {
    let text = try field.text("a cron line such as \"0 2 * * *\"")
    do throws(Refusal) {
      switch try CronLine.read(text) {
      case .expression(let expression): return .cron(expression, line: text, timezone: timezone)
      case .reboot: return .reboot
      }
    } catch {
      throw field.refusal(error.code, "bad cron line \(quoted(text))", error.reason)
    }
  }

  private static func readZone(
    _ field: Field, _ zoneProblem: (_ name: String) -> String?
  ) throws(Refusal) -> String {
    let name = try field.text("the name of a time zone", upTo: 64)
    if let problem = zoneProblem(name) {
      throw field.refusal(.badValue, "bad value for \(quoted(field.path))", problem)
    }
    return name
  }

  private static func wholeSeconds(_ field: Field) throws(Refusal) -> Timestamp {
    let time = try field.timestamp()
    guard time.nanoseconds % 1_000_000_000 == 0 else { throw field.badValue("a time in whole seconds") }
    return time
  }
}
