import Jobs
import Platform
import Spool

/// The two halves of bringing one record to the disk, as the sync worker does them: write, and after the sync show.
final class SettleWork: Sendable {
  /// What happens once the record is on the disk.
  enum Goal: Sendable {
    /// The job ends in this folder.
    case settle(SpoolPlace)
    /// It waits for its next attempt.
    case deferUntil(Timestamp)
    /// It runs: only the record and the claim are made durable.
    case running
    /// A person moved its file to `errors`: it gets a result there. The history that lay alone goes into it.
    case cancel(historyIn: SpoolPlace?)
  }

  let mover: JobMover
  let writer: RecordWriter
  let record: JobRecord
  let goal: Goal
  /// The job file as it was read, so that its bytes are synced with the claim; long outputs.
  let files: [LastingFile]
  /// A record is there already and is replaced.
  let hasRecord: Bool

  init(
    mover: JobMover, writer: RecordWriter, record: JobRecord, goal: Goal, files: [LastingFile], hasRecord: Bool
  ) {
    (self.mover, self.writer, self.record) = (mover, writer, record)
    (self.goal, self.files, self.hasRecord) = (goal, files, hasRecord)
  }

  /// Writes the record into `processing` and answers all that must be synced: after a failed sync new files throughout.
  func write() throws(SystemError) -> GroupCommit.Written {
    if case .cancel = goal {
      // Beside the job and not in `processing`, where a record without its job belongs to a claim.
      var all = GroupCommit.Written(files: [], places: [.errors])
      try addLasting(to: &all)
      all.files.append(
        try writer.prepare(record.encode(), as: JobFile.result(record.id.text), in: mover.folders[.errors]))
      return all
    }
    let name = JobFile.record(record.id.text)
    let folder = try mover.folders[.processing]
    var file: Descriptor?
    if !hasRecord {
      do throws(SystemError) { file = try writer.writeNew(record.encode(), as: name, in: folder) } catch {
        // A torn one of a runner that was killed while it wrote; or ours, which the disk did not take and is tried anew.
        guard error.isTaken else { throw error }
      }
    }
    var all = GroupCommit.Written(files: [])
    let written: Descriptor
    if let file {
      written = file
    } else {
      written = try writer.prepare(record.encode(), as: name, in: folder)
      all.replacements = [
        .init(in: .processing) { [mover, writer] () throws(SystemError) in
          try writer.publishOver(name, in: mover.folders[.processing])
        }
      ]
    }
    try addLasting(to: &all)
    all.files.append(written)
    return all
  }

  /// What was there before the record that tells of it.
  private func addLasting(to all: inout GroupCommit.Written) throws(SystemError) {
    for lasting in files {
      guard let file = try lasting.toSync(in: mover.folders, by: writer) else { continue }
      all.files.append(file)
      all.places.insert(lasting.folder)
    }
  }

  /// Renames the record and the job to their places. May be repeated: what has moved already is passed over.
  func show() throws(SystemError) {
    let id = record.id
    switch goal {
    case .running: break
    case .settle(let place):
      // Before the result shows, which would otherwise lie beside a job that is not its own.
      if place == .errors, try mover.folders[place].has(JobFile.job(id.text)) { try makeWay(for: id, in: place) }
      if let files = record.files { try mover.move(JobFile.files(id.text), from: .processing, to: place, as: files) }
      do throws(SystemError) { try mover.settle(id, in: place) } catch {
        guard error.isTaken else { throw error }
        try makeWay(for: id, in: place)
        try mover.settle(id, in: place)
      }
    case .deferUntil(let due): try mover.deferUntil(due, id)
    case .cancel(let history): try showCancelled(history)
    }
  }

  /// The folder whose renames no recovery repeats: a job in `errors` without a result is given one, but another.
  var sealed: SpoolPlace? { if case .cancel = goal { .errors } else { nil } }

  private func showCancelled(_ history: SpoolPlace?) throws(SystemError) {
    let errors = try mover.folders[.errors]
    let result = JobFile.result(record.id.text)
    guard try errors.has(JobFile.job(record.id.text)) else {
      // Taken back meanwhile: it is not cancelled.
      return try writer.discard(result, in: errors)
    }
    do throws(SystemError) { _ = try writer.publish(result, in: errors) } catch {
      guard error.isTaken else { throw error }
      return try writer.discard(result, in: errors)
    }
    guard try errors.has(JobFile.job(record.id.text)) else {
      // Taken back between the look and the rename, and perhaps claimed: a result would be left without a job.
      return try mover.removeSidecar(of: record.id, in: .errors)
    }
    if let history { try mover.removeSidecar(of: record.id, in: history) }
  }

  /// A person put files under the names that the job needs: they are set aside, or no job would ever end again. A job that
  /// was moved to `errors` gets an id of its own there, and then a result (`ErrorsIntake`).
  private func makeWay(for id: JobID, in place: SpoolPlace) throws(SystemError) {
    let (folder, processing) = (try mover.folders[place], try mover.folders[.processing])
    if try processing.has(JobFile.record(id.text)), try folder.has(JobFile.result(id.text)) {
      try mover.displace(JobFile.result(id.text), in: place)
    }
    guard try processing.has(JobFile.job(id.text)), try folder.has(JobFile.job(id.text)) else { return }
    guard place == .errors else { return try mover.displace(JobFile.job(id.text), in: place) }
    var chooser = IDChooser()
    _ = try mover.number(id, by: &chooser)
  }
}
