import Jobs
import Platform

/// The one type that moves jobs between the states. Each function is a transition; `rename` is the only means.
///
/// The order of the renames is what recovery relies on:
/// - A sidecar goes before its job into `processing` (retry, next attempt) and before it out of it (settle, defer). So a
///   record without its job in `processing` is a claim cut short, and a job whose sidecar already lies in `done`,
///   `errors` or `deferred` is a leave-taking cut short.
/// - A source that is gone lost a race with the user (false); a destination that is taken is an error. Nothing overwrites.
/// - A destination folder that somebody deleted is an error too. The kernel answers ENOENT for both: whoever took it for a
///   lost race would tell of an end that shows nowhere.
public struct JobMover: Sendable {
  public let folders: SpoolFolders
  private let disk: any Disk
  private let writer: RecordWriter

  public init(folders: SpoolFolders, disk: any Disk) {
    self.folders = folders
    self.disk = disk
    writer = RecordWriter(disk)
  }

  /// inbox → processing. The name is what lay in the inbox, byte by byte.
  public func claim(_ dropped: [UInt8], as id: JobID) throws(SystemError) -> Bool {
    do throws(SystemError) {
      try disk.move(dropped, from: folders[.inbox], to: folders[.processing], as: JobFile.job(id.text))
      return true
    } catch {
      if error.isMissing, try folders[.inbox].status(dropped) == nil { return false }
      throw error
    }
  }

  /// A retry by hand, first half: the sidecar that lay alone becomes the run record by rename and is then replaced by
  /// one that starts a new budget, on the disk before the job follows with `claim`. One that an earlier try left in
  /// `processing` is where it belongs.
  public func adoptSidecar(of id: JobID, from place: SpoolPlace, as record: JobRecord) throws(SystemError) {
    guard let sidecar = JobFile.sidecar(id.text, in: place) else { return }
    if place != .processing {
      guard try move(sidecar, from: place, to: .processing, as: JobFile.record(id.text)) else { return }
    }
    try writer.writeDurably(record.encode(), as: JobFile.record(id.text), in: folders[.processing])
  }

  /// deferred → processing, the record first. False if the user took the job away; the record is put back then.
  public func resume(_ id: JobID) throws(SystemError) -> Bool {
    let hasRecord = try move(JobFile.record(id.text), from: .deferred, to: .processing)
    if try move(JobFile.job(id.text), from: .deferred, to: .processing) { return true }
    if hasRecord { _ = try move(JobFile.record(id.text), from: .processing, to: .deferred) }
    return false
  }

  /// processing → deferred: the record, whose content time is the due time, then the job. The record was written before.
  /// May be repeated after it failed half-way.
  public func deferUntil(_ due: Timestamp, _ id: JobID) throws(SystemError) {
    do throws(SystemError) {
      try disk.setModified(JobFile.record(id.text), in: folders[.processing], to: due.nanoseconds)
    } catch {
      // It has moved already, and only the job has to follow.
      guard error.isMissing else { throw error }
    }
    try followToDeferred(JobFile.record(id.text))
    try followToDeferred(JobFile.job(id.text))
    try heedCancel(id)
  }

  /// deferred → errors, as a person moves it, if a request to cancel the job came while it was on its way here: no run of it is
  /// there to be ended, and the next one must not begin. Looked for when the job has moved, so that none comes in between.
  public func heedCancel(_ id: JobID) throws(SystemError) {
    guard try folders[.processing].has(JobFile.cancel(id.text)) else { return }
    do throws(SystemError) { try move(JobFile.job(id.text), from: .deferred, to: .errors) } catch {
      guard error.isTaken else { throw error }  // a person put another one there
    }
    removeCancel(id)
  }

  /// processing → deferred of one name. What a person put under it there is set aside, or the job would be nowhere.
  public func followToDeferred(_ name: String) throws(SystemError) {
    do throws(SystemError) { try move(name, from: .processing, to: .deferred) } catch {
      guard error.isTaken else { throw error }
      try displace(name, in: .deferred)
      try move(name, from: .processing, to: .deferred)
    }
  }

  /// processing → done or errors, when the finished record is on the disk: its appearance as the result is the end of
  /// the job; then the job.
  public func settle(_ id: JobID, in place: SpoolPlace) throws(SystemError) {
    _ = try move(JobFile.record(id.text), from: .processing, to: place, as: JobFile.result(id.text))
    try settleJobFile(id, in: place)
  }

  /// The last step of `settle`, alone when a crash came before it.
  public func settleJobFile(_ id: JobID, in place: SpoolPlace) throws(SystemError) {
    removeCancel(id)
    _ = try move(JobFile.job(id.text), from: .processing, to: place)
  }

  /// processing → inbox: a claim taken back before anything was started. False if a new drop has the name meanwhile.
  public func putBack(_ id: JobID, as dropped: String) throws(SystemError) -> Bool {
    do throws(SystemError) { return try move(JobFile.job(id.text), from: .processing, to: .inbox, as: dropped) } catch {
      if error.isTaken { return false }
      throw error
    }
  }

  /// Takes away a history that went into a result elsewhere.
  public func removeSidecar(of id: JobID, in place: SpoolPlace) throws(SystemError) {
    guard let name = JobFile.sidecar(id.text, in: place), try folders[place].has(name) else { return }
    try disk.remove(name, in: folders[place])
  }

  /// Any move of one name. False if the source is gone.
  @discardableResult
  public func move(
    _ name: String, from: SpoolPlace, to: SpoolPlace, as newName: String? = nil
  ) throws(SystemError) -> Bool {
    do throws(SystemError) {
      try disk.move(name, from: folders[from], to: folders[to], as: newName ?? name)
      return true
    } catch {
      if error.isMissing, try !folders[from].has(name) { return false }
      throw error
    }
  }

  /// Moves a file out of the way of one of ours that must stand under its name: `NAME` becomes `NAME.displaced-N`. A
  /// person put it there; it is kept.
  public func displace(_ name: String, in place: SpoolPlace) throws(SystemError) {
    var number = 1
    while try folders[place].has("\(name).displaced-\(number)") { number += 1 }
    try move(name, from: place, to: place, as: "\(name).displaced-\(number)")
  }

  /// Gives a job that a person put under another's name in `errors` the next number of it as its own id. Nil if it is gone.
  public func number(_ id: JobID, by chooser: inout IDChooser) throws(SystemError) -> JobID? {
    let own = try chooser.number(id, in: folders)
    return try move(JobFile.job(id.text), from: .errors, to: .errors, as: JobFile.job(own.text)) ? own : nil
  }

  /// Takes a cancel request away before its job leaves `processing`, or before a job comes there that it was not for.
  public func removeCancel(_ id: JobID) {
    let name = JobFile.cancel(id.text)
    // Where it cannot be looked for it is taken for there.
    guard let folder = try? folders[.processing], (try? folder.has(name)) ?? true else { return }
    try? disk.remove(name, in: folder)  // one that stays is removed by the next start
  }
}
