import Jobs
import Platform

/// Which id a drop gets when it is claimed (DESIGN §2 "Names").
public struct IDChooser {
  /// What a stem leads to.
  public enum Choice: Equatable {
    /// Nobody holds it.
    case free(JobID)
    /// The sidecar lies alone in that folder: a retry under the same id.
    case retry(JobID, sidecarIn: SpoolPlace)
    /// It is held; this number is free.
    case numbered(JobID)

    public var id: JobID {
      switch self {
      case .free(let id), .retry(let id, _), .numbered(let id): id
      }
    }
  }

  /// The next number by stem, so that the thousandth drop of a name costs what the second did. Bounded: what is
  /// forgotten is found again by doubling.
  private var nextNumber: [JobID: Int] = [:]
  private static let remembered = 100_000
  /// Where a file, and a sidecar, holds an id.
  private let holders: [SpoolPlace]
  /// Those of them that are empty as a rule.
  private let oftenEmpty: [SpoolPlace]
  private var empty: EmptyFolders

  /// For the ids of jobs, or the names of what has other holders.
  ///
  /// - Parameter emptyFor: how long a folder counts as empty that was, ns: who takes many names need not look each time.
  public init(
    holders: [SpoolPlace] = SpoolPlace.idHolders, oftenEmpty: [SpoolPlace] = [.deferred, .errors], emptyFor: Int64 = 0
  ) {
    self.holders = holders
    self.oftenEmpty = oftenEmpty
    empty = EmptyFolders(counts: emptyFor)
  }

  /// - Parameter wall: now, ns since 1970.
  /// - Throws: `system` errors of looking.
  public mutating func choose(
    for stem: JobID, in folders: SpoolFolders, wall: Int64
  ) throws(SystemError) -> Choice {
    if nextNumber[stem] == nil {
      let places = try placesToLook(in: folders, wall: wall)
      if try !isHeld(stem, in: folders, places) {
        let sidecars = try sidecars(of: stem, in: folders, places)
        switch sidecars.count {
        case 0: return .free(stem)
        case 1: return .retry(stem, sidecarIn: sidecars[0])
        // Two histories under one id: neither is touched.
        default: break
        }
      }
    } else if try !isHeld(stem, in: folders) {
      // All that bore the name were taken away or it is a retry: look as for the first time.
      nextNumber[stem] = nil
      return try choose(for: stem, in: folders, wall: wall)
    }
    return .numbered(try number(stem, in: folders))
  }

  /// The next free id of a stem that is held.
  mutating func number(_ stem: JobID, in folders: SpoolFolders) throws(SystemError) -> JobID {
    let number = try freeNumber(for: stem, in: folders)
    if nextNumber.count >= Self.remembered { nextNumber.removeAll() }
    nextNumber[stem] = number + 1
    return stem.numbered(number)
  }

  /// Whether `choose` would answer that nobody holds the stem; changes nothing.
  ///
  /// - Parameter other: a folder that the caller knows about, or will be told about by a rename; default none.
  public mutating func isFree(
    _ stem: JobID, in folders: SpoolFolders, besides other: SpoolPlace? = nil, wall: Int64
  ) throws(SystemError) -> Bool {
    guard nextNumber[stem] == nil else { return false }
    let name = JobFile.job(stem.text)
    for place in holders where place != other {
      if oftenEmpty.contains(place), try empty.isEmpty(place, in: folders, wall: wall) { continue }
      let folder = try folders[place]
      if try folder.has(name) { return false }
      if let sidecar = JobFile.sidecar(stem.text, in: place), try folder.has(sidecar) { return false }
    }
    return true
  }

  /// What came to a folder before now is seen, whatever `emptyFor` says.
  mutating func lookAnew() { empty.lookAnew() }

  /// Those of the folders that hold ids which may hold one.
  private mutating func placesToLook(in folders: SpoolFolders, wall: Int64) throws(SystemError) -> [SpoolPlace] {
    var places = holders.filter { !oftenEmpty.contains($0) }
    for place in oftenEmpty where try !empty.isEmpty(place, in: folders, wall: wall) { places.append(place) }
    return places
  }

  private func freeNumber(for stem: JobID, in folders: SpoolFolders) throws(SystemError) -> Int {
    func isFree(_ number: Int) throws(SystemError) -> Bool {
      let id = stem.numbered(number)
      guard try !isHeld(id, in: folders) else { return false }
      return try sidecars(of: id, in: folders).isEmpty
    }
    if let next = nextNumber[stem] {
      var number = next
      while try !isFree(number) { number += 1 }
      return number
    }
    // Doubling, then halving the last step: 20 looks for a million. A gap that retention left may be taken; it is free.
    var high = 2
    while try !isFree(high) { high *= 2 }
    var low = high / 2
    while high - low > 1 {
      let middle = (low + high) / 2
      if try isFree(middle) { high = middle } else { low = middle }
    }
    return high
  }

  private func isHeld(
    _ id: JobID, in folders: SpoolFolders, _ places: [SpoolPlace]? = nil
  ) throws(SystemError) -> Bool {
    let name = JobFile.job(id.text)
    for place in places ?? holders where try folders[place].has(name) { return true }
    return false
  }

  /// In `processing` one lies alone when the disk failed between the two halves of a claim.
  private func sidecars(
    of id: JobID, in folders: SpoolFolders, _ places: [SpoolPlace]? = nil
  ) throws(SystemError) -> [SpoolPlace] {
    var found: [SpoolPlace] = []
    for place in places ?? holders {
      if let name = JobFile.sidecar(id.text, in: place), try folders[place].has(name) { found.append(place) }
    }
    return found
  }
}
