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

  public init() {}

  /// - Throws: `system` errors of looking.
  public mutating func choose(for stem: JobID, in folders: SpoolFolders) throws(SystemError) -> Choice {
    if nextNumber[stem] == nil {
      var held = false
      for place in SpoolPlace.idHolders where try folders[place].has(JobFile.job(stem.text)) { held = true }
      if !held {
        let sidecars = try Self.sidecars(of: stem, in: folders)
        switch sidecars.count {
        case 0: return .free(stem)
        case 1: return .retry(stem, sidecarIn: sidecars[0])
        // Two histories under one id: neither is touched.
        default: break
        }
      }
    } else if try !Self.isHeld(stem, in: folders) {
      // All that bore the name were taken away or it is a retry: look as for the first time.
      nextNumber[stem] = nil
      return try choose(for: stem, in: folders)
    }
    let number = try freeNumber(for: stem, in: folders)
    if nextNumber.count >= Self.remembered { nextNumber.removeAll() }
    nextNumber[stem] = number + 1
    return .numbered(stem.numbered(number))
  }

  private func freeNumber(for stem: JobID, in folders: SpoolFolders) throws(SystemError) -> Int {
    func isFree(_ number: Int) throws(SystemError) -> Bool {
      let id = stem.numbered(number)
      guard try !Self.isHeld(id, in: folders) else { return false }
      return try Self.sidecars(of: id, in: folders).isEmpty
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

  private static func isHeld(_ id: JobID, in folders: SpoolFolders) throws(SystemError) -> Bool {
    for place in SpoolPlace.idHolders where try folders[place].has(JobFile.job(id.text)) { return true }
    return false
  }

  private static func sidecars(of id: JobID, in folders: SpoolFolders) throws(SystemError) -> [SpoolPlace] {
    var found: [SpoolPlace] = []
    // In `processing` one lies alone when the disk failed between the two halves of a claim.
    for place in [SpoolPlace.errors, .done, .deferred, .processing] {
      if let name = JobFile.sidecar(id.text, in: place), try folders[place].has(name) { found.append(place) }
    }
    return found
  }
}
