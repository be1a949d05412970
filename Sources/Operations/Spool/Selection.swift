import Jobs
import Platform
import Spool

/// Which jobs a verb is asked to act on: the same way everywhere.
public enum Selection: Equatable, Sendable {
  /// These, in this order.
  case ids([SelectedJob])
  /// All jobs of a group in the verb's folders.
  case group(GroupName)
  /// All jobs in the verb's folders.
  case all
}

/// One job that a verb is asked about.
public struct SelectedJob: Equatable, Sendable {
  /// An id, or what somebody took for one.
  public var text: String
  /// It was found in the folders or came from a program: this id and no other. What a person types may also be a stem.
  public var isExact: Bool
  /// Where it was found; nil: nobody has looked.
  public var place: SpoolPlace?

  public init(_ text: String, isExact: Bool = false, place: SpoolPlace? = nil) {
    self.text = text
    self.isExact = isExact
    self.place = place
  }
}

extension SpoolAccess {
  /// The jobs of a selection, of a group or of all in order of arrival; one that lies in two of the folders comes twice.
  ///
  /// - Parameter places: the folders the verb works on; ids are not looked for here.
  public func resolve(_ selection: Selection, in places: [SpoolPlace]) throws(SystemError) -> [SelectedJob] {
    switch selection {
    case .ids(let selected): return selected
    case .all: return try arrivals(in: places)
    case .group(let group):
      let limit = Int(try settingsOrDefaults().maxJobBytes.bytes)
      var chosen: [SelectedJob] = []
      for found in try arrivals(in: places) {
        // One that has moved on since the listing is looked for in the other folders.
        for place in [found.place].compactMap({ $0 }) + places {
          guard let content = try job(JobID(unchecked: found.text), in: place, limit: limit) else { continue }
          if case .success(let job) = content, job.group == group { chosen.append(found) }
          break
        }
      }
      return chosen
    }
  }

  /// The id that is meant; a refusal where the text can be none and is not to be used as a name of a file.
  public func id(_ selected: SelectedJob) throws(SystemError) -> Result<JobID, Refusal> {
    let literal = Self.id(selected.text)
    guard !selected.isExact, selected.text.hasSuffix(".json"), selected.text.utf8.count > 5 else { return literal }
    // What the shell completes in inbox/ or done/, unless a job is called so itself.
    if case .success(let id) = literal, try !sightings(of: id).isEmpty { return literal }
    return Self.id(String(selected.text.dropLast(5)))
  }

  private static func id(_ text: String) -> Result<JobID, Refusal> {
    do { return .success(try JobID(derived: Array(text.utf8))) } catch { return .failure(error) }
  }

  private func arrivals(in places: [SpoolPlace]) throws(SystemError) -> [SelectedJob] {
    var found: [(id: JobID, place: SpoolPlace, arrival: Int64)] = []
    for place in places {
      guard let folder = try readable(place) else { continue }
      var ids: [JobID] = []
      try forEachJob(in: place) { ids.append($0) }
      for id in ids {
        // Gone since the listing: the runner was first.
        guard let status = try folder.status(JobFile.job(id.text)) else { continue }
        found.append((id, place, status.changed))
      }
    }
    found.sort { ($0.arrival, $0.id) < ($1.arrival, $1.id) }
    return found.map { SelectedJob($0.id.text, isExact: true, place: $0.place) }
  }
}
