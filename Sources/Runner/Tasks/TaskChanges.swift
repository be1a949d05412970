import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Tasks that come, change and go.
final class TaskChanges {
  private let machinery: TaskMachinery
  private let files: TaskFiles
  private let table: TaskTable
  private let states: TaskStates
  private let jobs: TaskJobs
  private let ends: TaskEnds
  private let dues: TaskDues

  init(
    _ machinery: TaskMachinery, files: TaskFiles, table: TaskTable, states: TaskStates, jobs: TaskJobs, ends: TaskEnds,
    dues: TaskDues
  ) {
    self.machinery = machinery
    self.files = files
    self.table = table
    self.states = states
    self.jobs = jobs
    self.ends = ends
    self.dues = dues
  }

  /// It was read, or cannot be.
  func changed(_ entry: TaskEntry, good: [UInt8]?, passed: OccurrencePlan.Skip?) {
    let isKept = !entry.isWriting && !entry.mustWrite && entry.making.isEmpty
    let before = states.state(of: entry)
    var state = before
    if let good {
      entry.newGood = good
      machinery.log.write(.info, "task-read", "task '\(entry.name)' was read")
    }
    state.problem = entry.problem
    if let problem = entry.problem, problem != before.problem {
      machinery.log.write(
        .error, "task-bad",
        "task '\(entry.name)': \(problem.reason)\(entry.rule == nil ? "" : "; the last good version stays in force")")
    }
    state.status = entry.rule == nil ? .bad : .scheduled
    if let rule = entry.rule, rule.recurrence == .reboot { noteBoot(entry, &state) }
    entry.state = state
    if let passed { states.note(passed, of: entry) }
    jobs.reconcile(entry)
    dues.plan(entry)
    // Of most tasks nothing changed while no runner ran.
    guard isKept, good == nil, states.stateNow(of: entry) == before else { return states.keep(entry) }
    states.countChange()
    entry.state = nil
  }

  /// `@reboot`: due once per boot, and not for a task that came after it. The time is noted before its job is made, for
  /// nothing else would tell the next runner which one it was.
  private func noteBoot(_ entry: TaskEntry, _ state: inout TaskState) {
    guard entry.progress.boot != machinery.boot else { return }
    let isNew = entry.progress.boot == nil
    entry.progress.boot = machinery.boot
    let arrival = entry.progress.file?.changed ?? .max
    if isNew, arrival > machinery.bootTime { return }
    if dues.isPast(entry.rule?.until) { return }
    entry.progress.queued.append(machinery.wall() / 1_000_000_000)
  }

  /// Its file is gone, or it is paused.
  func left(_ entry: TaskEntry, isPaused: Bool) {
    // Somebody who moved both to done/tasks has told all there is.
    if !isPaused, !entry.isWriting, !entry.mustWrite, entry.state == nil,
      case .success(nil) = Result(catching: { () throws(SystemError) in try files.state(of: entry.name) })
    {
      return ends.leave(entry, isPaused: false)
    }
    var state = states.state(of: entry)
    state.status = isPaused ? .paused : state.status == .finished ? .finished : .removed
    entry.state = state
    entry.afterwards = .leaves(isPaused: isPaused)
    table.set(entry, due: nil)
    machinery.log.write(
      .info, isPaused ? "task-paused" : "task-removed", "task '\(entry.name)' is \(isPaused ? "paused" : "gone")")
    states.keep(entry)
  }
}
