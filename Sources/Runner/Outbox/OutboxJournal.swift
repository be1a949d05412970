import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Brings the records of messages to the disk and the messages to their folders, and tells when they are there.
final class OutboxJournal {
  enum Step {
    /// The attempt may be made.
    case begin(Handle)
    case settle(Handle)
    case putBack(Handle)
  }

  private let core: Core
  private let files: MessageFiles
  private let notify: @Sendable () -> Void
  /// None before the first message.
  private var steps: DurableSteps<Step>?
  /// It is on the disk.
  var done: (Step) -> Void = { _ in }
  /// It cannot go back to the outbox: another one of its name was dropped there.
  var taken: (Handle) -> Void = { _ in }

  init(_ core: Core, files: MessageFiles, notify: @escaping @Sendable () -> Void) {
    self.core = core
    self.files = files
    self.notify = notify
  }

  var isIdle: Bool { steps?.isIdle ?? true }
  var nextDue: Int64? { steps?.nextDue }

  /// Makes its thread.
  /// - Throws: there is none to be had.
  func open() throws(SystemError) {
    guard steps == nil else { return }
    let commit = try GroupCommit(
      disk: core.disk, folders: core.folders, isDurable: core.settings.durability == .full, notify: notify)
    let steps = DurableSteps<Step>(commit, now: { [core] in core.now })
    steps.done = { [unowned self] in done($0) }
    steps.taken = { [unowned self] step in
      guard case .putBack(let handle) = step else { return false }
      taken(handle)
      return true
    }
    steps.refused = { [core] _, error in
      core.log.write(.error, "message-not-written", "what became of a message cannot be written now: \(error)")
    }
    self.steps = steps
  }

  func begin(_ entry: OutboxEntry, _ record: MessageRecord) {
    steps?.add(.begin(entry.handle)) { files.begin(record, of: entry.name, entry.file, ticket: $0) }
  }

  func settle(_ entry: OutboxEntry, _ record: MessageRecord, in place: SpoolPlace) {
    steps?.add(.settle(entry.handle)) { files.settle(record, of: entry.name, in: place, entry.file, ticket: $0) }
  }

  func putBack(_ entry: OutboxEntry, _ record: MessageRecord, due: Timestamp) {
    steps?.add(.putBack(entry.handle)) { files.putBack(record, of: entry.name, due: due, entry.file, ticket: $0) }
  }

  func flush() { steps?.flush() }
  func proceed() { steps?.proceed() }
  func settingsChanged() { steps?.setDurable(core.settings.durability == .full) }
  func close() { steps?.close() }
}
