import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Brings jobs and states of tasks to the disk, in a thread of its own, and tells when they are there. What the disk refuses
/// is tried again until it takes it: a time is done with only when its job and then its state lie there.
final class TaskJournal {
  private enum Step {
    case job(Handle, time: Int64, id: JobID)
    case state(Handle)
  }

  private struct Entry {
    let step: Step
    let item: GroupCommit.Item
    /// Written and synced: only the rename is left.
    var isDurable = false
  }

  /// Between two tries after the disk failed, ns.
  private static let retryInterval: Int64 = 1_000_000_000

  private let files: TaskFiles
  private let commit: GroupCommit
  private let log: Log
  private let now: () -> Int64
  private var entries: [Int: Entry] = [:]
  private var nextTicket = 0
  private var gathered: [GroupCommit.Item] = []
  private var failed: [Int] = []
  private var retryAt: Int64?
  /// The job of a time is there; `existed`: it was there before.
  var made: (_ task: Handle, _ time: Int64, _ existed: Bool) -> Void = { _, _, _ in }
  /// The state is there.
  var kept: (_ task: Handle) -> Void = { _ in }

  init(files: TaskFiles, commit: GroupCommit, log: Log, now: @escaping () -> Int64) {
    self.files = files
    self.commit = commit
    self.log = log
    self.now = now
  }

  var isIdle: Bool { entries.isEmpty }
  /// Jobs and states on their way.
  var count: Int { entries.count }
  /// When what failed is tried again, continuous clock.
  var nextDue: Int64? { retryAt }

  func make(_ id: JobID, _ bytes: [UInt8], for task: Handle, at time: Int64) {
    add(.job(task, time: time, id: id)) { files.makeJob(id, bytes, ticket: $0) }
  }

  func keep(_ state: TaskState, good: [UInt8]?, of task: Handle) {
    add(.state(task)) { files.keep(state, good: good, ticket: $0) }
  }

  private func add(_ step: Step, _ item: (Int) -> GroupCommit.Item) {
    entries[nextTicket] = Entry(step: step, item: item(nextTicket))
    if let entry = entries[nextTicket] { gathered.append(entry.item) }
    nextTicket += 1
  }

  /// Hands over what was gathered.
  func flush() {
    guard !gathered.isEmpty else { return }
    commit.submit(gathered)
    gathered.removeAll()
  }

  /// Tells what is there, and tries again what is not.
  func proceed() {
    for (ticket, outcome) in commit.takeOutcomes() {
      switch outcome {
      case .shown: tell(ticket, existed: false)
      case .notWritten(let error), .notSynced(let error): note(ticket, error)
      case .notShown(let error):
        if error.isTaken, case .job(_, _, let id)? = entries[ticket]?.step {
          try? files.dropJob(id)  // one that stays is swept by a later start
          tell(ticket, existed: true)
        } else {
          entries[ticket]?.isDurable = true
          note(ticket, error)
        }
      }
    }
    if let retryAt, now() >= retryAt { retry() }
    flush()
  }

  func setDurable(_ isDurable: Bool) { commit.setDurable(isDurable) }

  /// Waits for the worker; for the runner's end.
  func close() {
    flush()
    commit.finish()
    proceed()
  }

  private func tell(_ ticket: Int, existed: Bool) {
    guard let entry = entries.removeValue(forKey: ticket) else { return }
    switch entry.step {
    case .job(let task, let time, _): made(task, time, existed)
    case .state(let task): kept(task)
    }
  }

  private func note(_ ticket: Int, _ error: SystemError) {
    guard let entry = entries[ticket] else { return }
    if failed.isEmpty {
      switch entry.step {
      case .job(_, _, let id):
        log.write(.error, "task-not-written", job: id.text, "the job of a task's time cannot be written now: \(error)")
      case .state: log.write(.error, "task-not-written", "the state of a task cannot be written now: \(error)")
      }
    }
    failed.append(ticket)
    retryAt = retryAt ?? now() + Self.retryInterval
  }

  private func retry() {
    retryAt = nil
    for ticket in failed {
      guard let entry = entries[ticket] else { continue }
      // After a failed sync it is written anew, to a new file.
      let item = entry.item
      gathered.append(
        entry.isDurable ? .init(ticket: ticket, write: nil, show: item.show, sealed: item.sealed) : item)
    }
    failed = []
  }
}
