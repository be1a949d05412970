import Jobs
import Platform
import Spool

/// Which jobs a verb is asked to act on: the same way everywhere.
public enum Selection: Equatable, Sendable {
  /// These ids, in this order; texts as they were typed.
  case ids([String])
  /// All jobs of a group in the verb's folders.
  case group(GroupName)
  /// All jobs in the verb's folders.
  case all
}

extension SpoolAccess {
  /// The ids of a selection, of a group or of all in order of arrival.
  ///
  /// - Parameter places: the folders the verb works on; ids are not looked for here.
  public func resolve(_ selection: Selection, in places: [SpoolPlace]) throws(SystemError) -> [JobID] {
    switch selection {
    case .ids(let texts): return texts.map { JobID(unchecked: $0) }
    case .all: return try arrivals(in: places)
    case .group(let group):
      let limit = Int(try settingsOrDefaults().maxJobBytes.bytes)
      var chosen: [JobID] = []
      for id in try arrivals(in: places) {
        for place in places {
          if case .success(let job)? = try job(id, in: place, limit: limit), job.group == group {
            chosen.append(id)
            break
          }
        }
      }
      return chosen
    }
  }

  private func arrivals(in places: [SpoolPlace]) throws(SystemError) -> [JobID] {
    var found: [(id: JobID, arrival: Int64)] = []
    for place in places {
      guard let folder = try readable(place) else { continue }
      var ids: [JobID] = []
      try forEachJob(in: place) { ids.append($0) }
      for id in ids {
        // Gone since the listing: the runner was first.
        guard let status = try folder.status(JobFile.job(id.text)) else { continue }
        found.append((id, status.changed))
      }
    }
    found.sort { ($0.arrival, $0.id) < ($1.arrival, $1.id) }
    return found.map(\.id)
  }
}
