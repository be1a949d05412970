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

  /// What is waited for.
  public enum Name: Hashable, Sendable {
    /// A stem: its newest job. With a number that job alone.
    case newest(JobID)
    /// The job that has this id; the one in this place, where the id has two homes.
    case exact(JobID, in: SpoolPlace? = nil)

    public var id: JobID {
      switch self {
      case .newest(let id), .exact(let id, _): id
      }
    }
  }

  private let access: SpoolAccess
  /// What was asked, in order.
  public let names: [Name]
  /// What is known of each.
  public private(set) var states: [State]
  /// The job that a name turned out to mean, once it cannot mean a later one any more.
  private var pinned: [JobID?]

  /// - Throws: `system`.
  public init(_ access: SpoolAccess, names: [Name]) throws(SystemError) {
    self.access = access
    self.names = names
    states = Array(repeating: .unknown, count: names.count)
    pinned = Array(repeating: nil, count: names.count)
    for (index, name) in names.enumerated() {
      guard case .exact(let id, let place) = name else { continue }
      if try !isDropOverHeldID(id, place) { pinned[index] = id }
    }
    try look(at: Array(names.indices))
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
    try look(at: names.indices.filter { if case .pending = states[$0] { true } else { false } })
  }

  private mutating func look(at indices: [Int]) throws(SystemError) {
    // The folders are listed once for all names together, however many there are.
    var open: [Int] = []
    for index in indices {
      if let id = pinned[index] {
        // Of two homes of a claimed id the one that is not a drop's is meant.
        try settle(index, access.sightings(of: id).last)
      } else if case .exact(let id, _) = names[index], let drop = try access.drop(id) {
        states[index] = .pending(drop)
      } else {
        open.append(index)
      }
    }
    guard !open.isEmpty else { return }
    let newest = try access.newest(of: open.map { names[$0].id })
    for index in open { try settle(index, newest[names[index].id]) }
  }

  /// A drop that waits under an id that another job has: its claim gives it another one.
  private func isDropOverHeldID(_ id: JobID, _ place: SpoolPlace?) throws(SystemError) -> Bool {
    if let place, !SpoolPlace.drops.contains(place) { return false }
    let places = try access.sightings(of: id).map(\.place)
    return places.contains { SpoolPlace.drops.contains($0) } && places.contains { !SpoolPlace.drops.contains($0) }
  }

  private mutating func settle(_ index: Int, _ sighting: Sighting?) throws(SystemError) {
    guard let sighting else {
      states[index] = .unknown
      return
    }
    // While a drop waits in the inbox its claim may still give it another number.
    if !SpoolPlace.drops.contains(sighting.place) { pinned[index] = sighting.id }
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
