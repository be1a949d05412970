import Platform

/// When a folder is listed (DESIGN §1.5): when its times changed or are younger than the clock's grain, and at least
/// every 60 s; and never so often that listing takes more than 2 % of a core.
public struct ScanPolicy: Sendable {
  /// Longest time without a listing, ns.
  public static let longest: Int64 = 60_000_000_000
  /// The share of a core that listing may take: one part in this many.
  public static let share: Int64 = 50

  private var lastTimes: (modified: Int64, changed: Int64)?
  private var lastListed: Int64 = .min
  private var notBefore: Int64 = .min
  /// Before the first: no single one keeps the folder from being listed for longer than `longest`.
  private var lastTook = longest / share

  public init() {}

  /// - Parameters:
  ///   - continuous: now, ns; - wall: now, ns, to compare with the folder's times.
  public func shouldList(_ folder: FileStatus, continuous: Int64, wall: Int64) -> Bool {
    guard let lastTimes else { return true }
    guard continuous >= notBefore else { return false }
    if continuous - lastListed >= Self.longest { return true }
    if lastTimes != (folder.modified, folder.changed) { return true }
    // A change within the grain of the last listing carries the same time.
    // A time that a person set can lie further off than Int64 nanoseconds reach.
    let (age, isFarOff) = wall.subtractingReportingOverflow(folder.modified)
    return !isFarOff && age.magnitude < UInt64(Clock.fileTimeGrain * 2)
  }

  /// A listing was made. `times` are the folder's from before it, so that a change during it is seen the next time.
  ///
  /// - Parameter took: ns. One that took longer than the last may have been held up, by other programs or a machine that
  ///   stood still, and would keep the folder from being listed for fifty times as long: what counts is the shorter of two.
  public mutating func listed(_ times: FileStatus, at continuous: Int64, took: Int64) {
    lastTimes = (times.modified, times.changed)
    lastListed = continuous
    notBefore = continuous + min(took, lastTook) * Self.share
    lastTook = took
  }

  /// Something said that the folder changed though its times may not tell: list at the next chance.
  public mutating func doubt() { lastTimes = nil }
}
