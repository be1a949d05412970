import Platform

/// Dropped files that are not whole, or may not be: since when each is unchanged, as the runner itself saw it (DESIGN §2,
/// "Half-written drops").
public struct UnsettledFiles: Sendable {
  private struct File {
    let status: FileStatus
    /// Since when it is unchanged, continuous clock.
    let since: Int64
    /// Somebody has it open: it is left until that ends.
    let isHeldOpen: Bool
  }

  private var files: [[UInt8]: File] = [:]

  public init() {}

  /// Whether some settle by themselves when they stay quiet; those that somebody holds open are not among them.
  public var hasSettling: Bool { files.values.contains { !$0.isHeldOpen } }
  /// Those that somebody is writing.
  public var heldOpen: [[UInt8]] { files.filter(\.value.isHeldOpen).map(\.key) }

  public func contains(_ name: [UInt8]) -> Bool { files[name] != nil }

  /// Whether a file, as it is now, has been left alone for so long, ns.
  public func isQuiet(_ name: [UInt8], _ status: FileStatus, for quiet: Int64, now: Int64) -> Bool {
    guard let file = files[name] else { return false }
    return file.status.sameContent(as: status) && now - file.since >= quiet
  }

  /// Those that settle by themselves and have not been seen to change for so long, ns.
  public func unchanged(for quiet: @autoclosure () -> Int64, now: @autoclosure () -> Int64) -> [[UInt8]] {
    if files.isEmpty { return [] }  // nearly always, and each turn of the loop asks
    let before = now() - quiet()
    return files.filter { !$0.value.isHeldOpen && $0.value.since <= before }.map(\.key)
  }

  /// When the next of them has been unchanged for so long, continuous clock; nil: there is none.
  public func nextLook(quiet: @autoclosure () -> Int64) -> Int64? {
    if files.isEmpty { return nil }
    return files.values.lazy.filter { !$0.isHeldOpen }.map(\.since).min().map { $0 + quiet() }
  }

  /// One was looked at and was not whole.
  public mutating func wait(for name: [UInt8], _ status: FileStatus, isHeldOpen: Bool, now: Int64) {
    let since = files[name].flatMap { $0.status.sameContent(as: status) ? $0.since : nil }
    files[name] = File(status: status, since: since ?? now, isHeldOpen: isHeldOpen)
  }

  /// It became whole, was refused, or is gone.
  public mutating func forget(_ name: [UInt8]) { files[name] = nil }
}
