import Jobs
import Platform
import Spool

/// Waits for jobs to end, by looking at the folders.
public struct JobWaiter {
  /// Where one of the jobs stands.
  public enum State: Equatable, Sendable {
    case pending(SpoolPlace)
    case ended(JobID, JobRecord?)
    /// Nothing has that name.
    case unknown
  }

  private let access: SpoolAccess
  /// What was asked, in order.
  public let names: [JobID]
  /// What is known of each.
  public private(set) var states: [State]
  /// The job that a name turned out to mean, once it cannot mean a later one any more.
  private var pinned: [JobID?]

  /// - Parameter names: ids; a stem means its newest job.
  /// - Throws: `system`.
  public init(_ access: SpoolAccess, names: [JobID]) throws(SystemError) {
    self.access = access
    self.names = names
    states = Array(repeating: .unknown, count: names.count)
    pinned = Array(repeating: nil, count: names.count)
    let newest = try access.newest(of: names)
    for (index, name) in names.enumerated() {
      if let sighting = newest[name] { try settle(index, sighting) }
    }
  }

  /// Whether nothing is waited for any more.
  public var isOver: Bool {
    states.allSatisfy { if case .pending = $0 { false } else { true } }
  }

  /// Whether all ended well.
  public var allSucceeded: Bool {
    states.allSatisfy { if case .ended(_, let record?) = $0 { record.outcome?.status == .succeeded } else { false } }
  }

  /// Looks again at those that had not ended.
  public mutating func look() throws(SystemError) {
    for index in names.indices {
      guard case .pending = states[index] else { continue }
      if let id = pinned[index] {
        // Of two homes of a claimed id the one that is not a drop's is meant.
        let sightings = try access.sightings(of: id)
        guard let sighting = sightings.last else {
          states[index] = .unknown
          continue
        }
        try settle(index, sighting)
      } else if let sighting = try access.newest(of: [names[index]])[names[index]] {
        try settle(index, sighting)
      } else {
        states[index] = .unknown
      }
    }
  }

  private mutating func settle(_ index: Int, _ sighting: Sighting) throws(SystemError) {
    // While a drop waits in the inbox its claim may still give it another number.
    if sighting.place != .inbox, sighting.place != .held { pinned[index] = sighting.id }
    guard sighting.hasEnded else {
      states[index] = .pending(sighting.place)
      return
    }
    states[index] = .ended(sighting.id, try access.record(sighting.id, in: sighting.place))
  }
}

/// Tells when it is worth looking again: hints from the kernel, and a scan a second for what they miss.
public final class EndWatch {
  private let poller: Poller
  private let watch: FolderWatch?
  private static let scan: Int64 = 1_000_000_000
  /// Between two looks: a storm of hints must not become a storm of looks.
  private static let pause: Int64 = 5_000_000

  /// - Throws: `system` where not even waiting is possible.
  public init(_ access: SpoolAccess) throws(SystemError) {
    poller = try Poller()
    watch = try? FolderWatch()  // no inotify instance left: the scan alone finds everything
    guard let watch else { return }
    for place in [SpoolPlace.done, .errors] {
      guard let folder = try access.readable(place) else { continue }
      _ = try? watch.watch(folder)  // no watch left, likewise
    }
    try poller.add(watch.descriptor, tag: 0)
  }

  /// Waits for a hint, a second, or `most` if that is shorter.
  public func wait(atMost most: Int64?) throws(SystemError) {
    let tags = try poller.wait(nanoseconds: max(0, min(Self.scan, most ?? Self.scan)))
    guard !tags.isEmpty else { return }
    Clock.wait(nanoseconds: Self.pause)
    _ = try watch?.hints()
  }
}
