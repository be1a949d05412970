import Jobs
import Platform
import Spool

/// Where a job is.
public struct Sighting: Equatable, Sendable {
  public var id: JobID
  /// The folder of `NAME.json`, or of the result once that has appeared: the end of a job is its result.
  public var place: SpoolPlace
  /// The result is there and counts.
  public var hasEnded: Bool

  public init(id: JobID, place: SpoolPlace, hasEnded: Bool) {
    self.id = id
    self.place = place
    self.hasEnded = hasEnded
  }
}

extension SpoolAccess {
  /// Every home of an id. More than one where a drop waits under a name that is held already.
  public func sightings(of id: JobID) throws(SystemError) -> [Sighting] {
    // A job may move backwards (deferred to processing, errors to inbox) between two looks: nothing found is asked again.
    for _ in 0..<3 {
      var found: [Sighting] = []
      for place in SpoolPlace.jobStates where try has(JobFile.job(id.text), in: place) {
        found.append(try sighting(id, in: place))
      }
      if !found.isEmpty { return found }
    }
    return []
  }

  /// Where a job of this id waits to be claimed.
  func drop(_ id: JobID) throws(SystemError) -> SpoolPlace? {
    for place in SpoolPlace.drops where try has(JobFile.job(id.text), in: place) { return place }
    return nil
  }

  private func sighting(_ id: JobID, in place: SpoolPlace) throws(SystemError) -> Sighting {
    switch place {
    case .done, .errors:
      return Sighting(id: id, place: place, hasEnded: try has(JobFile.result(id.text), in: place))
    case .processing:
      // Between the last two steps of a settle the result is there and the job file is not yet.
      for end in [SpoolPlace.done, .errors] where try has(JobFile.result(id.text), in: end) {
        return Sighting(id: id, place: end, hasEnded: true)
      }
      return Sighting(id: id, place: place, hasEnded: false)
    default: return Sighting(id: id, place: place, hasEnded: false)
    }
  }

  /// Of each name the newest job: one that waits or runs before one that has ended, then the highest number. A name with
  /// a number (`x~3`) means that job alone.
  ///
  /// One listing of each folder for all names together.
  public func newest(of names: [JobID]) throws(SystemError) -> [JobID: Sighting] {
    var best: [JobID: (sighting: Sighting, rank: (Int, Int))] = [:]
    var stems: Set<JobID> = []
    for name in names {
      if name.numberSplit.number == nil {
        stems.insert(name)
      } else if let found = try sightings(of: name).first {
        best[name] = (found, (0, 0))
      }
    }
    if !stems.isEmpty {
      for place in SpoolPlace.jobStates {
        var candidates: [(stem: JobID, id: JobID, number: Int)] = []
        try forEachJob(in: place) { id in
          let (stem, number) = id.numberSplit
          // A stem may itself look like a numbered one: `x~2` dropped as a file is asked for by its whole name.
          let key = JobID(unchecked: stem)
          if stems.contains(key) { candidates.append((key, id, number ?? 1)) }
        }
        for candidate in candidates {
          let sighting = try sighting(candidate.id, in: place)
          let rank = (sighting.hasEnded ? 0 : 1, candidate.number)
          if let known = best[candidate.stem], known.rank >= rank { continue }
          best[candidate.stem] = (sighting, rank)
        }
      }
    }
    return best.mapValues(\.sighting)
  }

  /// Ids near to one that is not there: the same stem with a number, else one or two letters apart.
  public func near(_ id: JobID, limit: Int = 3) throws(SystemError) -> [JobID] {
    var numbered: [JobID] = []
    var others: [String] = []
    let stem = id.numberSplit.stem
    for place in SpoolPlace.jobStates {
      try forEachJob(in: place) { other in
        if JobID(unchecked: other.numberSplit.stem) == JobID(unchecked: stem) {
          numbered.append(other)
        } else if abs(other.text.utf8.count - id.text.utf8.count) <= 2 {
          others.append(other.text)
        }
      }
    }
    if !numbered.isEmpty { return Array(numbered.sorted().suffix(limit)) }
    // Everything is near to a name of two letters.
    guard id.text.utf8.count > 2 else { return [] }
    return Spelling.nearest(to: id.text, among: others).map { [JobID(unchecked: $0)] } ?? []
  }

  /// Every job file of a folder whose name is an id, in no order.
  func forEachJob(in place: SpoolPlace, _ body: (JobID) -> Void) throws(SystemError) {
    try readable(place)?.forEachName { name, isFolder in
      guard isFolder != true, case .job(let id) = FolderEntry(name, in: place) else { return }
      body(id)
    }
  }
}

extension SpoolPlace {
  /// Where what nobody has claimed yet waits: its id may still become another one.
  public static let drops: [SpoolPlace] = [.inbox, .held]
}
