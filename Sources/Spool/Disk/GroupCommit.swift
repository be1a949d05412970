import Platform

/// Writes records, makes them durable with one sync for many, and then lets them be seen: all in one worker thread, so that
/// the loop waits for no disk. While the worker waits for it, the next batch gathers.
///
/// A batch of up to `fewest` is synced file by file, then the folders whose entries changed; a larger one with one
/// syncfs(2), which costs less from about four files on (12,000 a second against 3,000 to 6,000, measured 2026-11-20 on
/// ext4), and then the folders in which something was replaced. syncfs also waits for what others wrote: where it took longer
/// than `slow` twice in a row, files are synced singly for a minute. Once may be a runner that was stopped in the middle of it,
/// or a machine that slept.
/// It has at most `largest` items: the files of all are open until they are synced, and 1,024 open files are the usual limit
/// of a process (10,000 new tasks at once met it, 2026-11-26).
///
/// **When a sync fails** every file of the items that depended on it is doubtful, also those whose own sync went well or
/// was never tried: of syncfs nobody can tell whose bytes were lost, and a rule without cases is the one that holds. The
/// items are answered `notSynced`, and what they write the next time are new files (`LastingFile`). Folders have no new
/// copy: the rename of the new files makes their entries anew, which is what the next sync of the folder brings to the
/// disk. Their descriptors stay open for it, and syncfs goes through the spool's own, which is never opened anew: a new one
/// would know of no error that came before it.
public final class GroupCommit: Sendable {
  /// What has to be on the disk before an item may show.
  public struct Written: Sendable {
    /// Open files: the record, the job file, long outputs.
    public var files: [Descriptor]
    /// Folders whose entries changed.
    public var places: Set<SpoolPlace>
    /// Files of ours that are to have the place of an earlier version: renamed when their bytes are on the disk, and before
    /// the folders are synced. Renamed earlier, a power loss could leave the name with nothing in it where a whole record had
    /// been: how often a job ran, or that it must not run again.
    public var replacements: [Replacement] = []

    /// - Parameter places: default those that a claim and a record change.
    public init(files: [Descriptor], places: Set<SpoolPlace> = [.processing, .inbox]) {
      self.files = files
      self.places = places
    }
  }

  /// A rename over a file of ours.
  public struct Replacement: Sendable {
    /// The folder that changes by it.
    public let place: SpoolPlace
    public let put: @Sendable () throws(SystemError) -> Void

    public init(in place: SpoolPlace, put: @escaping @Sendable () throws(SystemError) -> Void) {
      self.place = place
      self.put = put
    }
  }

  /// One job's part of a batch.
  public struct Item: Sendable {
    /// The caller's number for it.
    public let ticket: Int
    /// Writes what is to be synced. Nil: that was done before, only `show` is left.
    public let write: (@Sendable () throws(SystemError) -> Written)?
    /// The renames that follow the sync. May be called again after it threw, or after the sync of `sealed` failed.
    public let show: @Sendable () throws(SystemError) -> Void
    /// A folder whose entries are synced after the renames, once for all: for those that no recovery would repeat. Nil:
    /// none.
    public let sealed: SpoolPlace?

    public init(
      ticket: Int, write: (@Sendable () throws(SystemError) -> Written)?,
      show: @escaping @Sendable () throws(SystemError) -> Void, sealed: SpoolPlace? = nil
    ) {
      self.ticket = ticket
      self.write = write
      self.show = show
      self.sealed = sealed
    }
  }

  /// How far an item came. After a failed sync its files must not be synced again, the kernel may have dropped the bytes
  /// and would answer that all is well: they are to be written anew.
  public enum Outcome: Sendable {
    case shown
    case notWritten(SystemError)
    case notSynced(SystemError)
    case notShown(SystemError)
  }

  private struct State {
    var waiting: [Item] = []
    var finished: [(ticket: Int, outcome: Outcome)] = []
    var isScheduled = false
    var singlyUntil: Int64 = 0
    var wasSlow = false
    var isDurable: Bool
  }

  /// Files that are synced one by one.
  static let fewest = 3
  private static let largest = 256
  private static let slow: Int64 = 250_000_000
  private static let pause: Int64 = 60_000_000_000

  private let state: Locked<State>
  private let disk: any Disk
  private let folders: SpoolFolders
  /// Nil: the caller's own thread does it.
  private let worker: Worker?
  /// The continuous clock, ns: how long syncs take.
  private let now: @Sendable () -> Int64
  private let notify: @Sendable () -> Void

  /// - Parameters:
  ///   - folders: Asked for each batch, for one that was deleted and made again is another.
  ///   - isDurable: false: no syncs at all.
  ///   - notify: Called in the worker's thread when outcomes wait.
  /// - Throws: `pthread_create`.
  public init(
    disk: any Disk, folders: SpoolFolders, isDurable: Bool, notify: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    state = Locked(State(isDurable: isDurable))
    self.disk = disk
    self.folders = folders
    self.notify = notify
    now = { Clock.continuous() }
    worker = try Worker(name: "sync")
  }

  #if DEBUG
    /// One without a thread: `submit` returns when all is done. For tests with a clock of their own.
    public init(
      inline disk: any Disk, folders: SpoolFolders, isDurable: Bool,
      now: @escaping @Sendable () -> Int64 = { Clock.continuous() }
    ) {
      state = Locked(State(isDurable: isDurable))
      self.disk = disk
      self.folders = folders
      self.now = now
      notify = {}
      worker = nil
    }
  #endif

  /// Hands over items; their outcomes come later.
  public func submit(_ items: [Item]) {
    let schedule = state.withLock { state in
      state.waiting += items
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    guard schedule else { return }
    if let worker { worker.submit { [self] in commitBatches() } } else { commitBatches() }
  }

  /// Whether batches from now on are synced: the setting `durability`.
  public func setDurable(_ isDurable: Bool) { state.withLock { $0.isDurable = isDurable } }

  /// What finished since the last call.
  public func takeOutcomes() -> [(ticket: Int, outcome: Outcome)] {
    state.withLock { state in
      defer { state.finished = [] }
      return state.finished
    }
  }

  /// Waits until what was handed over was tried, whatever came of it.
  public func wait() { worker?.wait() }

  /// Ends the worker after what was handed over.
  public func finish() { worker?.finish() }

  private func commitBatches() {
    while true {
      let (batch, singly) = state.withLock { state in
        let batch = Array(state.waiting.prefix(Self.largest))
        state.waiting.removeFirst(batch.count)
        if batch.isEmpty { state.isScheduled = false }
        return (batch, state.singlyUntil > now())
      }
      if batch.isEmpty { return }
      let outcomes = commit(batch, singly: batch.count <= Self.fewest || singly)
      state.withLock { $0.finished += outcomes }
      notify()
    }
  }

  private func commit(_ batch: [Item], singly: Bool) -> [(ticket: Int, outcome: Outcome)] {
    var outcomes = [Outcome](repeating: .shown, count: batch.count)
    var written = [Written?](repeating: nil, count: batch.count)
    for (index, item) in batch.enumerated() {
      guard let write = item.write else { continue }
      do throws(SystemError) { written[index] = try write() } catch { outcomes[index] = .notWritten(error) }
    }
    if written.contains(where: { $0 != nil }) {
      if !state.withLock({ $0.isDurable }) {
        _ = replace(written, &outcomes)
      } else if singly {
        syncSingly(written, &outcomes)
      } else {
        syncTogether(written, &outcomes)
      }
    }
    for (index, item) in batch.enumerated() {
      guard case .shown = outcomes[index] else { continue }
      do throws(SystemError) { try item.show() } catch { outcomes[index] = .notShown(error) }
    }
    if state.withLock({ $0.isDurable }) { seal(batch, &outcomes) }
    return zip(batch, outcomes).map { (ticket: $0.ticket, outcome: $1) }
  }

  private func seal(_ batch: [Item], _ outcomes: inout [Outcome]) {
    for place in Set(batch.compactMap(\.sealed)) {
      do throws(SystemError) { try disk.syncEntries(of: folders[place]) } catch {
        for index in batch.indices where batch[index].sealed == place {
          if case .shown = outcomes[index] { outcomes[index] = .notShown(error) }
        }
      }
    }
  }

  /// Gives what is on the disk the places of what was there before. Answers the folders that changed by it.
  private func replace(_ written: [Written?], _ outcomes: inout [Outcome]) -> Set<SpoolPlace> {
    var places: Set<SpoolPlace> = []
    for (index, item) in written.enumerated() {
      guard let item, case .shown = outcomes[index] else { continue }
      do throws(SystemError) {
        for replacement in item.replacements {
          try replacement.put()
          places.insert(replacement.place)
        }
      } catch { outcomes[index] = .notWritten(error) }
    }
    return places
  }

  private func syncTogether(_ written: [Written?], _ outcomes: inout [Outcome]) {
    let start = now()
    do throws(SystemError) { try disk.syncAll(folders.root) } catch {
      for index in written.indices { fail(written[index], &outcomes[index], error) }
    }
    syncEntries(of: replace(written, &outcomes), written, &outcomes)
    let end = now()
    let isSlow = end - start > Self.slow
    state.withLock { state in
      if isSlow, state.wasSlow { state.singlyUntil = end + Self.pause }
      state.wasSlow = isSlow
    }
  }

  private func syncSingly(_ written: [Written?], _ outcomes: inout [Outcome]) {
    var places: Set<SpoolPlace> = []
    var failure: SystemError?
    for (index, item) in written.enumerated() {
      guard let item else { continue }
      places.formUnion(item.places)
      do throws(SystemError) {
        for file in item.files {
          // Of another item too, whose sync of it just failed: a run's first record and its last in one batch.
          if let failure, file.isDoubtful { throw failure }
          try disk.sync(file)
        }
      } catch {
        failure = error
        fail(item, &outcomes[index], error)
      }
    }
    syncEntries(of: places.union(replace(written, &outcomes)), written, &outcomes)
  }

  private func syncEntries(of places: Set<SpoolPlace>, _ written: [Written?], _ outcomes: inout [Outcome]) {
    for place in SpoolPlace.allCases where places.contains(place) {
      do throws(SystemError) { try disk.syncEntries(of: folders[place]) } catch {
        for index in written.indices where written[index]?.places.contains(place) == true {
          fail(written[index], &outcomes[index], error)
        }
      }
    }
  }

  private func fail(_ written: Written?, _ outcome: inout Outcome, _ error: SystemError) {
    guard let written else { return }
    outcome = .notSynced(error)
    for file in written.files { file.doubt() }
  }
}
