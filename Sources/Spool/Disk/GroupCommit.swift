import Platform
import Synchronization

/// Makes finished records durable, many with one sync: while the worker waits for the disk, the next batch gathers.
///
/// A batch of up to `fewest` is synced file by file, then the two folders whose entries changed; a larger one with one
/// syncfs(2), which costs less from about four files on (12,000 a second against 3,000 to 6,000, measured 2026-11-20 on
/// ext4). syncfs also waits for what others wrote: where it took longer than `slow`, files are synced singly for a minute.
public final class GroupCommit: Sendable {
  /// One job's part of a batch.
  public struct Item: Sendable {
    /// The caller's number for it.
    public let ticket: Int
    /// Files whose bytes must be on the disk: the record, the job file, long outputs.
    public let files: [Descriptor]

    public init(ticket: Int, files: [Descriptor]) {
      self.ticket = ticket
      self.files = files
    }
  }

  /// What became of an item. After a failure its descriptors must not be synced again: the kernel may have dropped the
  /// bytes and would answer that all is well.
  public struct Outcome: Sendable {
    public let ticket: Int
    public let failure: SystemError?
  }

  private struct State {
    var waiting: [Item] = []
    var finished: [Outcome] = []
    var isScheduled = false
    var singlyUntil: Int64 = 0
  }

  private static let fewest = 3
  private static let slow: Int64 = 250_000_000
  private static let pause: Int64 = 60_000_000_000

  private let state = Mutex(State())
  private let disk: any Disk
  private let folders: [Folder]
  private let worker: Worker
  private let notify: @Sendable () -> Void

  /// - Parameters:
  ///   - folders: Those whose entries a claim and a record change: `processing` first, then `inbox`.
  ///   - notify: Called in the worker's thread when outcomes wait.
  /// - Throws: `pthread_create`.
  public init(disk: any Disk, folders: [Folder], notify: @escaping @Sendable () -> Void) throws(SystemError) {
    self.disk = disk
    self.folders = folders
    self.notify = notify
    worker = try Worker(name: "sync")
  }

  /// Hands over items; their outcomes come later.
  public func submit(_ items: [Item]) {
    let schedule = state.withLock { state in
      state.waiting += items
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    if schedule { worker.submit { [self] in commitBatches() } }
  }

  /// What finished since the last call.
  public func takeOutcomes() -> [Outcome] {
    state.withLock { state in
      defer { state.finished = [] }
      return state.finished
    }
  }

  /// Ends the worker after what was handed over.
  public func finish() { worker.finish() }

  private func commitBatches() {
    while true {
      let (batch, singly) = state.withLock { state in
        defer { state.waiting = [] }
        if state.waiting.isEmpty { state.isScheduled = false }
        return (state.waiting, state.singlyUntil > Clock.continuous())
      }
      if batch.isEmpty { return }
      let outcomes = batch.count <= Self.fewest || singly ? commitSingly(batch) : commitTogether(batch)
      state.withLock { $0.finished += outcomes }
      notify()
    }
  }

  private func commitTogether(_ batch: [Item]) -> [Outcome] {
    let start = Clock.continuous()
    var failure: SystemError?
    do throws(SystemError) { try disk.syncAll(folders[0]) } catch { failure = error }
    if Clock.continuous() - start > Self.slow {
      state.withLock { $0.singlyUntil = Clock.continuous() + Self.pause }
    }
    return batch.map { Outcome(ticket: $0.ticket, failure: failure) }
  }

  private func commitSingly(_ batch: [Item]) -> [Outcome] {
    var outcomes: [Outcome] = []
    for item in batch {
      var failure: SystemError?
      for file in item.files where failure == nil {
        do throws(SystemError) { try disk.sync(file) } catch { failure = error }
      }
      outcomes.append(Outcome(ticket: item.ticket, failure: failure))
    }
    for folder in folders {
      do throws(SystemError) { try disk.syncEntries(of: folder) } catch {
        return batch.map { Outcome(ticket: $0.ticket, failure: error) }
      }
    }
    return outcomes
  }
}
