import Jobs
import Scheduling

/// A task that the scheduler knows. What is needed only while something changes is read from the disk: ten thousand of them
/// have to fit.
final class TaskEntry {
  let name: String
  let handle: Handle
  /// The version that is in force; nil: none was ever good.
  var rule: TaskRule?
  /// In which its times are shown.
  var zone = Zone.utc
  /// What is wrong with the file as it is.
  var problem: Refusal?
  /// Its file was looked at since the runner's start.
  var wasRead = false
  /// The file lies in `tasks/`.
  var isPresent = true
  var progress: TaskProgress
  /// Jobs made for its times so far.
  var runs: Int

  /// Its state while it changes; nil: as on the disk.
  var state: TaskState?
  /// `state` was begun while the one on the disk could not be read, and is to follow it.
  var followsDisk = false
  /// A good version that is not on the disk yet.
  var newGood: [UInt8]?
  /// Times whose jobs are on their way to the disk.
  var making: Set<Int64> = []
  /// The state is on its way to the disk.
  var isWriting = false
  /// It changed after that, or waits for its turn.
  var mustWrite = false
  /// What is done once the state is on the disk.
  var afterwards = Afterwards.stays

  enum Afterwards {
    case stays
    /// It has no further time.
    case finishes
    /// Its file is gone from `tasks/`: forget it, and if it is not in `paused/` keep its state in `done/tasks/`.
    case leaves(isPaused: Bool)
  }

  init(name: String, handle: Handle, progress: TaskProgress, runs: Int) {
    self.name = name
    self.handle = handle
    self.progress = progress
    self.runs = runs
  }

  /// A time as people read it.
  func text(_ second: Int64) -> String {
    Timestamp(seconds: second).secondsText(offset: zone.period(at: second).offset)
  }
}
