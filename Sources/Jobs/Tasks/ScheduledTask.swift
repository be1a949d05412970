/// What recurs, or comes once at a later time: a file in `tasks/`. Each time that it is due it becomes a job of its own.
public struct ScheduledTask: Sendable, Equatable {
  /// What becomes of times that passed while nobody was there to see them: the runner was down, the machine slept.
  public enum Missed: String, Sendable, CaseIterable {
    /// The newest of them is made up for, the others are skipped.
    case once
    /// All are skipped; one that is at most `lateness` old is not a missed one.
    case skip
    /// Each is made up for, the newest `maxMissed` of the settings.
    case all
  }

  /// What becomes of a time while a job of the task still waits or runs.
  public enum Overlap: String, Sendable, CaseIterable {
    /// It is skipped.
    case skip
    /// Its job is made when the one before it has ended.
    case queue
    /// Its job is made all the same.
    case allow
    /// The jobs there are get cancelled, and its own is made when they have ended.
    case replace
  }

  /// How old a time may be and is still on time, for `missed: skip`: cron's own grain.
  public static let lateness = Duration.seconds(60)
  /// The longest `jitter`.
  public static let longestJitter = Duration.seconds(86_400)

  /// `schedule`.
  public var schedule: TaskSchedule
  /// `job`, read and checked as a dropped one is.
  public var job: Job
  /// The members of `job` as they stand in the file, also those that are not for Bobbin (`x-…`).
  public var jobMembers: [JSONMember]
  /// `missed`; default once.
  public var missed = Missed.once
  /// `overlap`; default skip.
  public var overlap = Overlap.skip
  /// `jitter`: each job is made up to this much later, by a fixed part that follows from the task's name and the time; 0…1 d,
  /// default 0.
  public var jitter = Duration.zero
  /// `until`: times after it do not count; nil: for ever.
  public var until: Timestamp?
  /// `maxRuns`: how many jobs it makes, 1…; nil: no bound.
  public var maxRuns: Int?
  /// `description`, free text.
  public var description: String?

  /// A task with every default.
  public init(schedule: TaskSchedule, job: Job, jobMembers: [JSONMember]) {
    self.schedule = schedule
    self.job = job
    self.jobMembers = jobMembers
  }

  /// The file of the job for one of its times: what `job` says, and which task and time it is for.
  ///
  /// - Parameters:
  ///   - time: nil: it is for none of them; - limit: of a job's file, bytes: one that is longer when it is indented for
  ///     people is written without that.
  public func occurrence(of name: String, at time: Timestamp?, limit: Int = .max) -> [UInt8] {
    let bytes = occurrence(of: name, at: time, .pretty)
    return bytes.count <= limit ? bytes : occurrence(of: name, at: time, .compact)
  }

  /// Refuses a task whose jobs would all be refused for their size.
  ///
  /// - Parameter limit: of a job's file, bytes.
  public func refusal(of name: String, limit: Int) -> Refusal? {
    guard occurrence(of: name, at: Timestamp(seconds: 0), limit: limit).count > limit else { return nil }
    return Refusal(
      code: .tooBig,
      reason: "its jobs would be larger than \(ByteCount.format(ByteCount(Int64(limit)))), 'maxJobBytes'", key: "job")
  }

  private func occurrence(of name: String, at time: Timestamp?, _ style: JSONWriter.Style) -> [UInt8] {
    var writer = JSONWriter(style, capacity: 512)
    writer.beginObject()
    for member in jobMembers {
      writer.key(member.key)
      writer.value(member.node.value)
    }
    writer.member("task", name)
    writer.member("scheduledFor", time?.secondsText())
    writer.endObject()
    return writer.line()
  }
}

/// When a task is due.
public enum TaskSchedule: Sendable, Equatable {
  /// The times that a cron line names, in a zone; nil: the machine's.
  case cron(CronExpression, line: String, timezone: String?)
  /// Once per boot of the machine.
  case reboot
  /// At whole multiples of a span from an anchor, whole seconds; the default anchor is 1970-01-01T00:00:00Z.
  case every(Duration, anchor: Timestamp)
  /// Once.
  case at(Timestamp)

  /// The shortest and the longest `every`.
  public static let spans = Duration.seconds(1)...(.seconds(366 * 86_400))

  /// As a person would say it: `0 2 * * * Europe/Berlin`, `every 15m`, `at 2026-12-01T08:00:00Z`, `@reboot`.
  public var text: String {
    switch self {
    case .cron(_, let line, let timezone): timezone.map { "\(line) \($0)" } ?? line
    case .reboot: "@reboot"
    case .every(let span, _): "every \(DurationText.format(span))"
    case .at(let time): "at \(time.secondsText())"
    }
  }
}
