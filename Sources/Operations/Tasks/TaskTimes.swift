import Jobs
import Scheduling

/// One time of a task.
public struct TaskTime: Equatable, Sendable {
  /// As the schedule says it.
  public var time: Timestamp
  /// When its job is made: later where the task has a jitter.
  public var due: Timestamp
  /// Seconds east of Greenwich in the task's zone at that time.
  public var offset: Int64

  /// A time; due then unless said otherwise.
  public init(time: Timestamp, due: Timestamp? = nil, offset: Int64 = 0) {
    self.time = time
    self.due = due ?? time
    self.offset = offset
  }

  /// By the clock of the zone: `2026-11-27T02:00:00+01:00`.
  public var text: String { time.secondsText(offset: offset) }
  /// The same of when it is due.
  public var dueText: String { due.secondsText(offset: offset) }
}

/// Times that come, and why there are no more.
public struct ComingTimes: Equatable, Sendable {
  /// Why a list ends before it has as many as were asked for.
  public enum End: Equatable, Sendable {
    /// There are later ones, which `until` cuts off.
    case until(Timestamp)
    /// All of its runs are made then.
    case maxRuns(Int)
    /// The schedule names no later one.
    case noTime
    /// It has no times of its own: it runs once after each start of the machine.
    case reboot
  }

  /// In order.
  public var times: [TaskTime] = []
  /// Nil: as many as were asked for.
  public var end: End?

  public init() {}
}

/// When one task is due, in its zone.
public struct TaskTimes: Equatable, Sendable {
  let rule: TaskRule
  private let zone: Zone

  init(_ reading: TaskReader.Reading) { (rule, zone) = (reading.rule, reading.zone) }

  /// A moment by the clock of the task's zone.
  public func text(_ time: Timestamp) -> String {
    time.secondsText(offset: zone.period(at: time.nanoseconds / 1_000_000_000).offset)
  }

  /// The first time after a second that counts.
  func next(after second: Int64) -> TaskTime? { rule.next(after: second).map(told) }

  /// Times from a moment on, whatever has run.
  public func coming(from time: Timestamp, count: Int) -> ComingTimes {
    let (seconds, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return coming(after: rest > 0 ? seconds : seconds - 1, now: nil, runs: nil, count: count)
  }

  /// Times of a task of the spool that are not due yet, as far as `maxRuns` lets them come.
  public func coming(of entry: TaskEntry, now: Timestamp, count: Int) -> ComingTimes {
    coming(after: entry.handled, now: now, runs: entry.state?.counts.runs ?? 0, count: count)
  }

  private func coming(after second: Int64, now: Timestamp?, runs: Int?, count: Int) -> ComingTimes {
    var coming = ComingTimes()
    var last = second
    if let now {
      // What is older than the longest jitter is due, however much of it there is.
      last = max(last, (now.nanoseconds - rule.jitter) / 1_000_000_000 - 1)
    }
    while coming.times.count < count {
      if let most = rule.maxRuns, let runs, runs + coming.times.count >= most {
        coming.end = .maxRuns(most)
        return coming
      }
      guard let next = next(after: last) else {
        coming.end = end(after: last)
        return coming
      }
      last = next.time.nanoseconds / 1_000_000_000
      if let now, next.due <= now { continue }
      coming.times.append(next)
    }
    return coming
  }

  /// The changes of the zone's offset between two seconds.
  func clockChanges(from first: Int64, to last: Int64) -> [Zone.Period] {
    var changes: [Zone.Period] = []
    var period = zone.period(at: first)
    while period.end < last {
      period = zone.period(at: period.end)
      changes.append(period)
    }
    return changes
  }

  private func end(after second: Int64) -> ComingTimes.End {
    if rule.recurrence == .reboot { return .reboot }
    if let until = rule.until, rule.recurrence.next(after: second) != nil { return .until(Timestamp(seconds: until)) }
    return .noTime
  }

  private func told(_ second: Int64) -> TaskTime {
    TaskTime(
      time: Timestamp(seconds: second), due: Timestamp(nanoseconds: rule.due(second)),
      offset: zone.period(at: second).offset)
  }
}
