import Jobs
import Scheduling

/// What was seen of the job that comes next, ahead of a free slot.
struct Ahead {
  /// How long it counts, ns. Nobody is to notice that an id or a file was looked at before the claim and not in it: as short as
  /// one job that waits for the processor, and no matter for longer ones.
  static let lasts: Int64 = 20_000_000

  private var prepared: Prepared?
  /// The last one that was looked at, ready or not.
  private var lookedAt: (handle: Handle, arrival: Int64)?

  /// Whether this one is still to be looked at; what was seen of another counts no longer. Once for each that comes to the head:
  /// every turn of the loop asks, and one that waits for long is read at its claim.
  mutating func isNew(_ handle: Handle, _ waiting: WaitingJob) -> Bool {
    if let lookedAt, lookedAt == (handle, waiting.arrival) { return false }
    lookedAt = (handle, waiting.arrival)
    prepared = nil
    return true
  }

  mutating func keep(_ ready: Prepared) { prepared = ready }

  mutating func forget() { prepared = nil }

  /// What was seen of the one that is claimed; whichever that is, it counts no longer.
  mutating func take(_ handle: Handle, _ waiting: WaitingJob, now: Int64) -> Prepared? {
    defer { prepared = nil }
    guard let prepared, prepared.handle == handle, prepared.id == waiting.name, waiting.origin == .inbox,
      now - prepared.since <= Self.lasts
    else { return nil }
    return prepared
  }
}
