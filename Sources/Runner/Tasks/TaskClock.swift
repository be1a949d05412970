/// The time of day as the scheduler goes by it: watched for being set.
struct TaskClock {
  /// A step of the clock that is no correction of one, ns.
  private static let smallestStep: Int64 = 60_000_000_000

  private var last: (wall: Int64, now: Int64)?

  /// How far somebody set the clock since the last look, ns; nil: nobody did.
  mutating func step(wall: Int64, now: Int64) -> Int64? {
    defer { last = (wall, now) }
    guard let last else { return nil }
    let step = (wall - last.wall) - (now - last.now)
    return step.magnitude > UInt64(Self.smallestStep) ? step : nil
  }
}
