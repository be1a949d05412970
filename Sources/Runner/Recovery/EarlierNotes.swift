import Jobs
import Platform
import Runtimes
import Spool

/// What the table of an earlier runner told: who ran, and which machine claimed what. The new table has it as well, of each
/// job until that is in order on the disk.
final class EarlierNotes {
  /// Nil: there was none that can be read.
  private let table: RunTable.Contents?
  private let isSettling: (JobID) -> Bool
  private var notes: [JobID: RunTable.Earlier] = [:]
  /// Those that are in order as soon as the disk has taken what was decided.
  private var decided: Set<JobID> = []

  /// Reads it; before the new one replaces it.
  ///
  /// - Throws: it cannot be read, and without it what the earlier runner left may not be found.
  init(_ core: Core, isSettling: @escaping (JobID) -> Bool) throws(SystemError) {
    table = try RunTable.read(folder: core.folders[.processing])
    self.isSettling = isSettling
  }

  /// Whether another machine claimed a job of which no record says who did.
  func isForeign(_ id: JobID) -> Bool {
    table.map { $0.origin(of: id).machine != RunTable.Origin.here.machine } ?? false
  }

  /// Those of this boot of this machine, for whom to look for.
  var living: [EarlierRuns.Note] {
    (table?.runs ?? []).filter { $0.origin == .here }.compactMap { EarlierRuns.Note($0) }
  }

  /// A job was met. Of another boot, or without a table, each may have run.
  ///
  /// - Parameter attempts: that its record has; nil: it cannot be read.
  func meet(_ id: JobID, attempts: Int?) {
    if let run = table?.run(of: id) {
      notes[id] = run
      return
    }
    let origin = table?.origin ?? RunTable.Origin(machine: RunTable.Origin.here.machine, boot: "")
    guard origin != .here else { return }
    notes[id] = RunTable.Earlier(id: id, attempt: attempts.map { $0 + 1 } ?? .max, .claimed, origin: origin)
  }

  /// How far the run of a job had come of which its record tells nothing yet: a note that was carried over may be older.
  /// Of what ran on another boot no more is known than that it may have run; nil: it did not.
  func run(of id: JobID, attempts: Int) -> RunTable.State? {
    guard let note = notes[id], note.attempt > attempts else { return nil }
    guard note.origin == .here else { return .claimed }
    return note.state == .claimed ? nil : note.state
  }

  /// What becomes of a job is decided, and on its way to the disk, or it is not there.
  func isDecided(_ id: JobID) { decided.insert(id) }

  /// What the next runner has to know, should this one die now.
  func unsettled() -> [RunTable.Earlier] {
    _ = takeSettled()
    return Array(notes.values)
  }

  /// Those that are in order by now.
  func takeSettled() -> [JobID] {
    guard !decided.isEmpty else { return [] }
    let settled = decided.filter { !isSettling($0) }
    decided.subtract(settled)
    return settled.filter { notes.removeValue(forKey: $0) != nil }
  }
}

extension EarlierRuns.Note {
  /// Nil: of its process nothing is known.
  init?(_ run: RunTable.Earlier) {
    guard case .begun(let pid, let before) = run.state else { return nil }
    self.init(job: run.id, pid: pid, startedBefore: before)
  }
}
