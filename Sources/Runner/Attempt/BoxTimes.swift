import Jobs
import Runtimes

extension Box.Times {
  /// The steps of a run, as far as it came: what it did not reach takes nothing.
  ///
  /// - Parameter until: when the box was gone, or ready for the next; continuous clock.
  func phases(queued: Duration?, until end: Int64) -> JobRecord.Phases {
    let met = met ?? end
    let started = started ?? met
    let ended = max(ended ?? end, started)
    func span(_ from: Int64, _ to: Int64) -> Duration { .nanoseconds(max(0, to - from)) }
    return JobRecord.Phases(
      queued: queued, create: span(begun, met), start: span(met, started), run: span(started, ended),
      collect: span(ended, end))
  }
}
