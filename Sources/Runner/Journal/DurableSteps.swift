import Platform
import Spool

/// Brings steps to the disk in a thread of its own, and tells when they are there. What the disk refuses is tried again until
/// it takes it.
final class DurableSteps<Step> {
  private struct Entry {
    let step: Step
    let item: GroupCommit.Item
    /// Written and synced: only the renames are left.
    var isDurable = false
  }

  private let commit: GroupCommit
  private let now: () -> Int64
  private var entries: [Int: Entry] = [:]
  private var nextTicket = 0
  private var gathered: [GroupCommit.Item] = []
  private var failed: [Int] = []
  private var retryAt: Int64?
  /// It is there.
  var done: (Step) -> Void = { _ in }
  /// Its name is taken. True: that is dealt with, and it is not tried again.
  var taken: (Step) -> Bool = { _ in false }
  /// The first of several that the disk did not take.
  var refused: (Step, SystemError) -> Void = { _, _ in }

  /// Between two tries after the disk failed, ns.
  private let retryInterval: Int64 = 1_000_000_000

  init(_ commit: GroupCommit, now: @escaping () -> Int64) {
    self.commit = commit
    self.now = now
  }

  var isIdle: Bool { entries.isEmpty }
  /// Steps on their way.
  var count: Int { entries.count }
  /// When what failed is tried again, continuous clock.
  var nextDue: Int64? { retryAt }

  func add(_ step: Step, _ item: (_ ticket: Int) -> GroupCommit.Item) {
    let item = item(nextTicket)
    entries[nextTicket] = Entry(step: step, item: item)
    gathered.append(item)
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
      case .shown: if let entry = entries.removeValue(forKey: ticket) { done(entry.step) }
      case .notWritten(let error), .notSynced(let error): note(ticket, error)
      case .notShown(let error):
        if error.isTaken, let entry = entries[ticket], taken(entry.step) {
          entries[ticket] = nil
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

  private func note(_ ticket: Int, _ error: SystemError) {
    guard let entry = entries[ticket] else { return }
    if failed.isEmpty { refused(entry.step, error) }
    failed.append(ticket)
    retryAt = retryAt ?? now() + retryInterval
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
