import Jobs
import Scheduling

/// Why times of a task got no job, for its state and the log.
enum TaskSentences {
  static func reason(_ skip: OccurrencePlan.Skip, active: [JobID]) -> String {
    switch skip.why {
    case .missed: return "nobody was there to see it: no runner ran, or the clock was set on"
    case .dropped: return "nobody was there to see it, and more times were missed than 'maxMissed' makes up for"
    case .overlap:
      guard let id = active.first else { return "a job of the same moment was made" }
      return "'\(id)' has not ended"
    case .queueFull: return "as many times wait as 'maxMissed' lets"
    case .replaced: return "a newer time took its place"
    case .paused: return "the task was put aside then, and nothing of that is made up for"
    }
  }

  static func dropped(_ skip: OccurrencePlan.Skip) -> String {
    "\(times(skip)) \(skip.count == 1 ? "was" : "were") missed and dropped: 'maxMissed' makes up for no more"
  }

  static func times(_ skip: OccurrencePlan.Skip) -> String {
    let last = Timestamp(seconds: skip.last).secondsText()
    guard skip.count > 1 else { return last }
    return
      "\(skip.count)\(skip.isCut ? " or more" : "") times from \(Timestamp(seconds: skip.first).secondsText()) to \(last)"
  }
}
