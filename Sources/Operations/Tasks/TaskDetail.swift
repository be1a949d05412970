import Jobs
import Platform
import Spool

/// All that the spool knows about one task.
public struct TaskDetail: Equatable, Sendable {
  public var entry: TaskEntry
  /// The next of its times, as far as it is known when they are.
  public var coming = ComingTimes()
  /// What became of its times, the newest first, as far as the state has them.
  public var occurrences: [Occurrence] = []
  /// What `task check` says.
  public var review: TaskReview
  /// Other places where a file of this name lies.
  public var others: [SpoolPlace] = []
  /// A moment by the clock of the task's zone; of one that has none in force in UTC.
  public func text(_ time: Timestamp) -> String { entry.reading?.times.text(time) ?? time.secondsText() }

  init(entry: TaskEntry, review: TaskReview) { (self.entry, self.review) = (entry, review) }
}

extension SpoolAccess {
  /// How many coming times a detail has.
  public static let comingTimes = 5

  /// Everything about a task; nil: there is none of that name.
  public func taskDetail(_ name: String, zones: TaskZones) throws(SystemError) -> TaskDetail? {
    guard let entry = try task(name, zones: zones) else { return nil }
    // Of one that is done nothing is to be mended.
    let review =
      entry.place == .doneTasks ? TaskReview() : try TaskReviewer(self, zones: zones, now: now()).review(entry)
    var detail = TaskDetail(entry: entry, review: review)
    if let times = entry.reading?.times, entry.place != .doneTasks {
      detail.coming = times.coming(of: entry, now: now(), count: Self.comingTimes)
    }
    for occurrence in entry.state?.occurrences ?? [] { detail.occurrences.append(try settled(occurrence)) }
    detail.others = try homes(ofTask: name).filter { $0 != entry.place }
    return detail
  }
}
