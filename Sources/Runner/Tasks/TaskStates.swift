import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// The states of tasks: held in memory while they change, and else only on the disk. Knows when one may be written, and what
/// is noted in it.
final class TaskStates {
  private let table: TaskTable
  private let journal: TaskJournal
  private let log: Log
  private let read: (_ task: String) throws(SystemError) -> Result<TaskState, Refusal>?
  /// Whose states wait for their turn; some more than once.
  private var toKeep: [Handle] = []
  /// Counts what changes about tasks.
  private(set) var version = 0

  /// - Parameter read: a state as it lies on the disk.
  init(
    table: TaskTable, journal: TaskJournal, log: Log,
    read: @escaping (_ task: String) throws(SystemError) -> Result<TaskState, Refusal>?
  ) {
    (self.table, self.journal, self.log, self.read) = (table, journal, log, read)
  }

  /// None waits to be written.
  var isIdle: Bool { toKeep.isEmpty }

  func countChange() { version += 1 }

  /// As it is, or as it lies on the disk.
  func state(of entry: TaskEntry) -> TaskState {
    if let state = entry.state { return state }
    do throws(SystemError) {
      let found = try read(entry.name)
      entry.followsDisk = false
      if case .success(let state)? = found { return state }
    } catch {
      // For the moment: what comes now is put behind what lies there once that can be read, and before nothing is written.
      entry.followsDisk = true
    }
    return TaskState(task: entry.name, progress: entry.progress)
  }

  /// The state as it is to be on the disk.
  func stateNow(of entry: TaskEntry) -> TaskState {
    var state = state(of: entry)
    state.task = entry.name
    state.progress = entry.progress
    if entry.wasRead { state.problem = entry.problem }
    state.counts.runs = entry.runs
    let next = entry.isPresent && state.status == .scheduled ? entry.rule?.next(after: entry.progress.handled) : nil
    state.next = next.map(entry.text)
    if let rule = entry.rule, let most = rule.maxRuns, entry.runs >= most { state.next = nil }
    return state
  }

  /// Lets the state come to the disk; not while jobs of it are on their way there, which it would call made.
  func keep(_ entry: TaskEntry) {
    countChange()
    entry.mustWrite = true
    if !entry.isWriting, entry.making.isEmpty { toKeep.append(entry.handle) }
  }

  /// Puts what was noted without the state behind it. False: it can still not be read.
  private func follow(_ entry: TaskEntry) -> Bool {
    guard entry.followsDisk else { return true }
    do throws(SystemError) {
      if case .success(let before)? = try read(entry.name), let later = entry.state {
        entry.state = later.following(before, isRead: entry.wasRead)
      }
      entry.followsDisk = false
      return true
    } catch { return false }
  }

  /// Hands over some of those that are to be written.
  func write(atMost room: Int) {
    var (taken, written) = (0, 0)
    var unread: [Handle] = []
    while taken < toKeep.count, written < room {
      let entry = table[toKeep[taken]]
      taken += 1
      guard let entry, entry.mustWrite, !entry.isWriting, entry.making.isEmpty else { continue }
      guard follow(entry) else {
        unread.append(entry.handle)
        continue
      }
      entry.progress.awaitsGood = entry.newGood != nil
      let state = stateNow(of: entry)
      entry.state = state
      entry.isWriting = true
      entry.mustWrite = false
      journal.keep(state, good: entry.newGood, of: entry.handle)
      entry.newGood = nil
      written += 1
    }
    toKeep.removeFirst(taken)
    toKeep += unread
  }

  /// One is on the disk. False: it changed meanwhile, or jobs of it are on their way.
  func written(_ entry: TaskEntry) -> Bool {
    entry.isWriting = false
    if entry.mustWrite {
      keep(entry)
      return false
    }
    if !entry.making.isEmpty { return false }
    entry.state = nil
    return true
  }

  // MARK: what is noted

  /// Notes the end of a job, once.
  func note(_ entry: TaskEntry, _ id: JobID, _ status: String, _ finishedAt: Timestamp?) {
    var state = state(of: entry)
    let wasActive = entry.progress.active.contains(id)
    entry.progress.active.removeAll { $0 == id }
    // Found in `done/` before it was told.
    if !wasActive, let known = state.occurrences.first(where: { $0.id == id }), known.status == status,
      known.finishedAt?.text == finishedAt?.text
    {
      return
    }
    state.lastStatus = status
    if status == FinalStatus.succeeded.rawValue { state.counts.succeeded += 1 } else { state.counts.failed += 1 }
    if let place = state.occurrences.firstIndex(where: { $0.id == id }) {
      state.occurrences[place].status = status
      state.occurrences[place].finishedAt = finishedAt
    } else if let read = OccurrenceID.read(id) {
      var occurrence = Occurrence(scheduled: read.time, id: id)
      occurrence.status = status
      occurrence.finishedAt = finishedAt
      state.add(occurrence)
    }
    entry.state = state
  }

  /// Notes times that get no job.
  func note(_ skip: OccurrencePlan.Skip, of entry: TaskEntry) {
    var state = state(of: entry)
    var occurrence = Occurrence(scheduled: Timestamp(seconds: skip.last))
    if skip.count > 1 {
      occurrence.since = Timestamp(seconds: skip.first)
      occurrence.count = skip.count
      occurrence.isCountCut = skip.isCut
    }
    occurrence.skipped = skip.why
    occurrence.reason = TaskSentences.reason(skip, active: entry.progress.active)
    switch skip.why {
    case .missed, .dropped: state.counts.missed += skip.count
    case .paused: break
    default: state.counts.overlapped += skip.count
    }
    state.add(occurrence)
    // The jobs that are made up for push it out of the list.
    if skip.why == .dropped { state.notice = TaskSentences.dropped(skip) }
    entry.state = state
    log.write(
      skip.why == .dropped ? .warn : .info, "occurrence-skipped",
      "task '\(entry.name)': \(TaskSentences.times(skip)) \(skip.count == 1 ? "is" : "are") skipped: \(occurrence.reason ?? "")"
    )
  }
}
