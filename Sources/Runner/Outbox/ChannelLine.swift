import Jobs
import Platform
import Scheduling

/// What waits for one channel, and the one delivery that it makes at a time.
final class ChannelLine {
  let name: ChannelName
  var queue = DeliveryQueue()
  private var bucket: TokenBucket?
  /// The message under way.
  var current: Handle?
  /// Of the delivery that is being made.
  var control: DeliveryControl?
  /// Why nothing can be delivered at all, and when that is looked at again, ns since 1970; nil: it can.
  var hold: (reason: String, until: Int64)?
  /// Where its deliveries are made; none before the first one.
  private var worker: Worker?

  init(_ name: ChannelName) { self.name = name }

  /// The rate as it is now.
  func setRate(_ rate: DeliveryRate?, now: Int64) {
    guard let rate else { return bucket = nil }
    bucket = bucket?.changed(to: rate, now: now) ?? TokenBucket(rate, now: now)
  }

  /// When its rate lets it go on, continuous clock; `now` or earlier: it does.
  func nextToken(_ now: Int64) -> Int64 { bucket?.nextToken(now: now) ?? now }

  /// Counts an attempt.
  func spend(_ now: Int64) { _ = bucket?.take(now: now) }

  /// When the next message may be taken, continuous clock; nil: none waits, or one is under way.
  func nextStart(now: Int64, wall: Int64) -> Int64? {
    guard current == nil, let due = queue.nextDue() else { return nil }
    let at = max(due, hold?.until ?? .min)
    return max(nextToken(now), at <= wall ? now : now + (at - wall))
  }

  /// - Throws: no thread is to be had.
  func submit(_ work: @escaping @Sendable () -> Void) throws(SystemError) {
    let worker: Worker
    if let known = self.worker { worker = known } else { worker = try Worker(name: "to-\(name.text.prefix(10))") }
    self.worker = worker
    worker.submit(work)
  }

  /// Waits for the delivery under way; for the runner's end.
  func close() {
    worker?.finish()
    worker = nil
  }
}
