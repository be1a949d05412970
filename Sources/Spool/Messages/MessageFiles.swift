import Jobs
import Platform

/// The files of messages on the disk: the moves between `outbox/`, `processing/outbox/`, `done/outbox/` and
/// `errors/outbox/`, and the records beside them. Named as those of jobs (`JobFile`), by the same rules.
///
/// The order that recovery relies on:
/// - Into `processing/outbox` the record goes before the message, and so it does out of it to `done` and `errors`: a message
///   whose result is there already is a leave-taking cut short.
/// - Back into `outbox` the message goes first, for its rename is what tells that the name is free there: a record that lies
///   alone in `processing/outbox` belongs to the message of its name in `outbox`.
public struct MessageFiles: Sendable {
  /// The longest record that is read, bytes.
  private static let recordLimit = 1 << 20

  private let folders: SpoolFolders
  private let disk: any Disk
  private let mover: JobMover
  private let writer: RecordWriter

  public init(folders: SpoolFolders, disk: any Disk) {
    self.folders = folders
    self.disk = disk
    mover = JobMover(folders: folders, disk: disk)
    writer = RecordWriter(disk)
  }

  // MARK: reading

  /// The record, or result, of a message; nil: it has none there. The error is what is wrong with it: it is torn, or of a
  /// person's making.
  public func record(of name: JobID, in place: SpoolPlace) throws(SystemError) -> Result<MessageRecord, Refusal>? {
    guard let file = JobFile.sidecar(name.text, in: place) else { return nil }
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try folders[place].open(file).readAll(limit: Self.recordLimit) } catch {
      if error.isMissing { return nil }
      if error.isLink || error.isNoDevice || error.isFolder {
        return .failure(Refusal(code: .notAFile, reason: "the record is not a regular file"))
      }
      throw error
    }
    do throws(Refusal) { return .success(try MessageRecord.decode(bytes)) } catch { return .failure(error) }
  }

  /// Where the message of a name is, or its result; nil: nowhere. One that moves on while it is looked for is met in the
  /// folder that it comes to.
  public func home(of name: JobID) throws(SystemError) -> SpoolPlace? {
    for place in [SpoolPlace.outbox, .sending, .outbox, .sending, .doneMessages, .failedMessages, .outbox] {
      let folder = try folders[place]
      if try folder.has(JobFile.job(name.text)) { return place }
      if place == .doneMessages || place == .failedMessages, try folder.has(JobFile.result(name.text)) { return place }
    }
    return nil
  }

  // MARK: taking

  /// outbox → processing/outbox, under a name that is free there. False: it is gone.
  public func claim(_ dropped: [UInt8], as name: JobID) throws(SystemError) -> Bool {
    do throws(SystemError) {
      try disk.move(dropped, from: folders[.outbox], to: folders[.sending], as: JobFile.job(name.text))
      return true
    } catch {
      if error.isMissing, try folders[.outbox].status(dropped) == nil { return false }
      throw error
    }
  }

  /// outbox → processing/outbox, of one that has a record beside it: the record first. False: it is gone.
  public func resume(_ name: JobID) throws(SystemError) -> Bool {
    let hasRecord = try mover.move(JobFile.record(name.text), from: .outbox, to: .sending)
    if try mover.move(JobFile.job(name.text), from: .outbox, to: .sending) { return true }
    if hasRecord { try mover.move(JobFile.record(name.text), from: .sending, to: .outbox) }
    return false
  }

  /// A retry by hand, first half: the result that lay alone becomes the record, with a new budget, before the message
  /// follows with `claim`.
  public func adopt(_ record: MessageRecord, of name: JobID, from place: SpoolPlace) throws(SystemError) {
    guard let sidecar = JobFile.sidecar(name.text, in: place) else { return }
    if place != .sending {
      guard try mover.move(sidecar, from: place, to: .sending, as: JobFile.record(name.text)) else { return }
    }
    try writer.writeDurably(record.encode(), as: JobFile.record(name.text), in: folders[.sending])
  }

  // MARK: steps of a delivery

  /// The record of an attempt, on the disk before it is made; with it the claim, and the message's own bytes.
  public func begin(_ record: MessageRecord, of name: JobID, _ file: LastingFile?, ticket: Int) -> GroupCommit.Item {
    GroupCommit.Item(ticket: ticket, write: write(record, of: name, file, [.sending, .outbox]), show: {})
  }

  /// processing/outbox → done or errors: the finished record as the result, then the message. Before them the copies of its
  /// files that the record names.
  public func settle(
    _ record: MessageRecord, of name: JobID, in place: SpoolPlace, _ file: LastingFile?, ticket: Int
  ) -> GroupCommit.Item {
    GroupCommit.Item(
      ticket: ticket, write: write(record, of: name, file, [.sending, .outbox]),
      show: { () throws(SystemError) in try follow(name, to: place, copies: record.files) })
  }

  /// processing/outbox → outbox: the message, then the record, whose content time is when it is due. If another one of the
  /// name was dropped meanwhile the item fails with `isTaken`, and both stay where they are.
  public func putBack(
    _ record: MessageRecord, of name: JobID, due: Timestamp, _ file: LastingFile?, ticket: Int
  ) -> GroupCommit.Item {
    GroupCommit.Item(
      ticket: ticket, write: write(record, of: name, file, [.sending]),
      show: { () throws(SystemError) in try putBack(name, due: due) })
  }

  private func write(
    _ record: MessageRecord, of name: JobID, _ file: LastingFile?, _ places: Set<SpoolPlace>
  ) -> @Sendable () throws(SystemError) -> GroupCommit.Written {
    { [folders, writer] () throws(SystemError) in
      var files: [Descriptor] = []
      if let message = try file?.toSync(in: folders, by: writer) { files.append(message) }
      let own = JobFile.record(name.text)
      files.append(try writer.prepare(record.encode(), as: own, in: folders[.sending]))
      var written = GroupCommit.Written(files: files, places: places)
      written.replacements = [
        .init(in: .sending) { () throws(SystemError) in try writer.publishOver(own, in: folders[.sending]) }
      ]
      return written
    }
  }

  /// The renames of `settle`, which recovery repeats: the copies of a delivered message's files, the result, the message.
  public func follow(_ name: JobID, to place: SpoolPlace, copies: String? = nil) throws(SystemError) {
    if let copies { try move(copies, from: .outbox, to: place, as: copies) }
    try move(JobFile.record(name.text), from: .sending, to: place, as: JobFile.result(name.text))
    try move(JobFile.job(name.text), from: .sending, to: place, as: JobFile.job(name.text))
  }

  /// What a person put under the name is set aside.
  private func move(
    _ name: String, from: SpoolPlace, to: SpoolPlace, as newName: String
  ) throws(SystemError) {
    do throws(SystemError) { try mover.move(name, from: from, to: to, as: newName) } catch {
      guard error.isTaken else { throw error }
      try mover.displace(newName, in: to)
      try mover.move(name, from: from, to: to, as: newName)
    }
  }

  private func putBack(_ name: JobID, due: Timestamp) throws(SystemError) {
    do throws(SystemError) {
      try disk.setModified(JobFile.record(name.text), in: folders[.sending], to: due.nanoseconds)
    } catch {
      // It has moved already, or never will.
      guard error.isMissing else { throw error }
    }
    try mover.move(JobFile.job(name.text), from: .sending, to: .outbox)
    try followBack(name)
  }

  /// The second half of `putBack`, alone when a crash came before it.
  public func followBack(_ name: JobID) throws(SystemError) {
    try move(JobFile.record(name.text), from: .sending, to: .outbox, as: JobFile.record(name.text))
  }

  // MARK: new messages

  /// Puts a message into the outbox: on the disk when it returns, never overwriting, never seen half-written. False, and
  /// nothing changed: a message of that name is there, on its way, or was.
  public func publish(_ message: OutgoingMessage, as name: JobID) throws(SystemError) -> Bool {
    guard try home(of: name) == nil else { return false }
    return try FilePublisher(disk: disk).publish(message.encode(), as: name.text, in: folders[.outbox])
  }
}
