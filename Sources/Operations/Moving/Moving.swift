import Jobs
import Platform
import Spool

extension SpoolAccess {
  /// inbox → held.
  public func hold(_ ids: [JobID]) throws(SystemError) -> [MoveOutcome] { try move(ids, from: .inbox, to: .held) }

  /// held → inbox.
  public func release(_ ids: [JobID]) throws(SystemError) -> [MoveOutcome] { try move(ids, from: .held, to: .inbox) }

  /// errors → inbox: its claim finds the result alone and makes it a retry under the same id.
  public func retry(_ ids: [JobID]) throws(SystemError) -> [MoveOutcome] { try move(ids, from: .errors, to: .inbox) }

  /// Moves each by rename, never overwriting; on the disk when it returns.
  private func move(
    _ ids: [JobID], from: SpoolPlace, to: SpoolPlace
  ) throws(SystemError) -> [MoveOutcome] {
    try makeMissing([from, to])
    var outcomes: [MoveOutcome] = []
    for id in ids { outcomes.append(try move(id, from: from, to: to)) }
    if outcomes.contains(where: \.isDone) { try sync([to, from]) }
    return outcomes
  }

  private func move(_ id: JobID, from: SpoolPlace, to: SpoolPlace) throws(SystemError) -> MoveOutcome {
    do throws(SystemError) {
      if try mover.move(JobFile.job(id.text), from: from, to: to) { return .moved(to: to, as: id) }
    } catch {
      guard error.isTaken else { throw error }
      return .taken(to)
    }
    // Source gone: somebody was first, or it never was there.
    let places = try sightings(of: id).map(\.place)
    if places.contains(to) { return .already(to) }
    return places.first.map { .elsewhere($0) } ?? .unknown
  }

  func sync(_ places: [SpoolPlace]) throws(SystemError) {
    for place in places {
      if let folder = try readable(place) { try disk.syncEntries(of: folder) }
    }
  }
}
