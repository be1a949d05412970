import Jobs
import Platform
import Scheduling
import Spool

/// Reads tasks strictly and looks for what is allowed in them and probably not meant. Changes nothing.
public struct TaskReviewer {
  private let access: SpoolAccess?
  private let zones: TaskZones
  private let now: Timestamp
  /// The longest file, of a job too, bytes.
  public let limit: Int
  private let taskInterval: Duration
  /// Tasks of the spool.
  private let names: [String]

  /// - Parameter access: the spool that the task is of or for; nil: none is at hand, and only the machine is looked at.
  /// - Throws: `system`.
  public init(_ access: SpoolAccess?, zones: TaskZones, now: Timestamp) throws(SystemError) {
    (self.access, self.zones, self.now) = (access, zones, now)
    let settings = try access?.settingsOrDefaults() ?? Settings()
    limit = Int(settings.maxJobBytes.bytes)
    taskInterval = settings.taskInterval
    names = try access?.taskNames() ?? []
  }

  /// Whether bytes are meant as a task: an object that has a `schedule`.
  public static func isTask(_ bytes: [UInt8]) -> Bool {
    // What is no JSON is told as no good job.
    guard let root = try? JSONReader.read(bytes) else { return false }
    return root.member("schedule") != nil
  }

  /// Reviews a file's bytes.
  /// - Parameter name: the task's, already checked; nil: it has none yet.
  public func review(_ bytes: [UInt8], name: String?) -> TaskReview {
    if bytes.count > limit { return TaskReview(refusal: JobDraft.tooBig(limit)) }
    do throws(Refusal) {
      return review(try zones.read(bytes, name: name ?? ""), name: name, entry: nil)
    } catch { return TaskReview(refusal: error) }
  }

  /// Reviews a task of the spool.
  public func review(_ entry: TaskEntry) -> TaskReview {
    switch entry.content {
    case .good(let reading): review(reading, name: entry.name, entry: entry)
    case .bad(let refusal): TaskReview(refusal: refusal)
    case .beingWritten, .gone: TaskReview()
    }
  }

  private func review(_ reading: TaskReading, name: String?, entry: TaskEntry?) -> TaskReview {
    let (task, times) = (reading.task, reading.times)
    var review = TaskReview(reading: reading)
    if let refusal = task.refusal(of: name ?? "", limit: limit) {
      review.refusal = refusal
      return review
    }
    do throws(OperationError) {
      if var refusal = try refusal(of: task.job) {
        refusal.key = refusal.key.map { "job.\($0)" }
        review.refusal = refusal
        return review
      }
    } catch {
      // A disk that does not answer is told where the task itself is read.
      if case .settings(let refusal, let file) = error { review.warnings.append(.badSettings(refusal, file: file)) }
    }
    let coming =
      entry.map { times.coming(of: $0, now: now, count: Self.looked) }
      ?? times.coming(from: now + .nanoseconds(1), count: Self.looked)
    var recurs = true
    if case .at = task.schedule { recurs = false }
    if let key = task.job.key, recurs, task.maxRuns != 1 { review.warnings.append(.constantKey(key)) }
    review.warnings += missingPaths(task.job)
    let gaps = zip(coming.times.dropFirst(), coming.times).map { $0.time.duration(since: $1.time) }
    if let interval = gaps.min() { review.warnings += tooClose(task, interval) }
    if let name {
      let others = names.filter { $0 != name && $0.lowercased() == name.lowercased() }
      if !others.isEmpty { review.warnings.append(.namesDifferByCase(others)) }
    }
    if coming.times.isEmpty, coming.end != .reboot { review.warnings.append(.noFurtherTime) }
    if case .every(let span, _) = task.schedule, !Self.isEven(span.components.seconds) {
      review.warnings.append(.unevenDays(span))
    }
    review.warnings += times.skippedByClock(task.schedule, after: now)
    return review
  }

  /// How many times are looked at for the shortest interval.
  private static let looked = 50

  private func tooClose(_ task: ScheduledTask, _ interval: Duration) -> [TaskWarning] {
    var warnings: [TaskWarning] = []
    if task.overlap == .allow, let timeout = task.job.timeout, timeout > interval {
      warnings.append(.timeoutPastInterval(timeout: timeout, interval: interval))
    }
    if task.missed == .all, task.overlap == .skip || task.overlap == .replace {
      warnings.append(.missedNotMadeUp(task.overlap))
    }
    for (key, span) in [("jitter", task.jitter), ("taskInterval", taskInterval)] where span > interval {
      warnings.append(.heldBack(key: key, span: span, interval: interval))
    }
    return warnings
  }

  private static func isEven(_ seconds: Int64) -> Bool {
    seconds <= 86_400 ? 86_400 % seconds == 0 : seconds % 86_400 == 0
  }

  private func missingPaths(_ job: Job) -> [TaskWarning] {
    var paths = job.mounts.map { (key: "mounts", path: $0.host) }
    if let directory = job.directory { paths.append(("directory", directory)) }
    if case .file(let path) = job.stdin { paths.append(("stdinFile", path)) }
    return paths.compactMap { key, path in
      do throws(SystemError) {
        return try FileSystem.status(path: path, following: true) == nil
          ? .missingPath(key: "job.\(key)", path: path) : nil
      } catch { return nil }  // not ours to see: the runner may
    }
  }

  /// What keeps the job from ever running, by itself or by the settings as they are now.
  private func refusal(of job: Job) throws(OperationError) -> Refusal? {
    if let refusal = job.refusal(in: job.chosenRuntime) { return refusal }
    guard let access else { return nil }
    let (settings, group) = try access.surroundings(of: job)
    return job.refusal(by: settings, group: group, in: job.chosenRuntime)
  }
}

extension TaskTimes {
  private static let year: Int64 = 366 * 86_400

  /// The local times of a cron line that its zone skips within a year, the first of each gap.
  ///
  /// Lines that follow the clock (`*` as minute or hour) are not meant to have any one time.
  func skippedByClock(_ schedule: TaskSchedule, after now: Timestamp) -> [TaskWarning] {
    guard case .cron(let expression, _, let name) = schedule, !expression.followsClock else { return [] }
    var skipped: [TaskWarning] = []
    let end = now.nanoseconds / 1_000_000_000 + Self.year
    for change in clockChanges(from: end - Self.year, to: end) where change.offset > change.before {
      // What the clock shows, reckoned as if it were UTC's: the line fits it or not.
      let gap = (change.start + change.before)..<(change.start + change.offset)
      guard let local = expression.next(after: gap.lowerBound - 1, in: .utc), gap.contains(local) else { continue }
      let runs = TaskTime(time: Timestamp(seconds: change.start), offset: change.offset)
      skipped.append(
        .skippedByClock(local: String(Timestamp(seconds: local).secondsText().dropLast()), zone: name, runs: runs))
    }
    return skipped
  }
}
