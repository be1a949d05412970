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

  private let files: TaskFiles
  private let steps: DurableSteps<Step>
  /// The job of a time is there; `existed`: it was there before.
  var made: (_ task: Handle, _ time: Int64, _ existed: Bool) -> Void = { _, _, _ in }
  /// The state is there.
  var kept: (_ task: Handle) -> Void = { _ in }

  init(files: TaskFiles, commit: GroupCommit, log: Log, now: @escaping () -> Int64) {
    self.files = files
    steps = DurableSteps(commit, now: now)
    steps.done = { [unowned self] step in
      switch step {
      case .job(let task, let time, _): made(task, time, false)
      case .state(let task): kept(task)
      }
    }
    steps.taken = { [unowned self] step in
      guard case .job(let task, let time, let id) = step else { return false }
      try? files.dropJob(id)  // one that stays is swept by a later start
      made(task, time, true)
      return true
    }
    steps.refused = { step, error in
      switch step {
      case .job(_, _, let id):
        log.write(.error, "task-not-written", job: id.text, "the job of a task's time cannot be written now: \(error)")
      case .state: log.write(.error, "task-not-written", "the state of a task cannot be written now: \(error)")
      }
    }
  }

  var isIdle: Bool { steps.isIdle }
  /// Jobs and states on their way.
  var count: Int { steps.count }
  /// When what failed is tried again, continuous clock.
  var nextDue: Int64? { steps.nextDue }

  func make(_ id: JobID, _ bytes: [UInt8], for task: Handle, at time: Int64) {
    steps.add(.job(task, time: time, id: id)) { files.makeJob(id, bytes, ticket: $0) }
  }

  func keep(_ state: TaskState, good: [UInt8]?, of task: Handle) {
    steps.add(.state(task)) { files.keep(state, good: good, ticket: $0) }
  }

  /// Hands over what was gathered.
  func flush() { steps.flush() }

  /// Tells what is there, and tries again what is not.
  func proceed() { steps.proceed() }

  func setDurable(_ isDurable: Bool) { steps.setDurable(isDurable) }

  /// Waits for the worker; for the runner's end.
  func close() { steps.close() }
}
