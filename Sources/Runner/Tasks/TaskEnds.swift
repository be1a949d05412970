import Observability
import Platform
import Spool

/// How a task leaves: its file is gone or paused, or it has no further time.
struct TaskEnds {
  /// Before what cannot be moved is tried again, ns: it harms nobody where it is.
  private static let again: Int64 = 10_000_000_000

  private let machinery: TaskMachinery
  private let files: TaskFiles
  private let table: TaskTable
  private let states: TaskStates
  private let isAsRead: (TaskEntry) throws(SystemError) -> Bool

  /// - Parameter isAsRead: whether the task's file is still the one that was read.
  init(
    _ machinery: TaskMachinery, files: TaskFiles, table: TaskTable, states: TaskStates,
    isAsRead: @escaping (TaskEntry) throws(SystemError) -> Bool
  ) {
    (self.machinery, self.files, self.table, self.states) = (machinery, files, table, states)
    self.isAsRead = isAsRead
  }

  /// The file is gone, or lies in `tasks/paused`: the state on the disk tells.
  func leave(_ entry: TaskEntry, isPaused: Bool) {
    do throws(SystemError) {
      // One that was put back meanwhile goes on with its state, as one that came.
      if !isPaused, try machinery.folders[.tasks].status(TaskFile.task(entry.name)) == nil {
        try files.finishState(of: entry.name)
      }
      table.remove(entry)
      states.countChange()
    } catch {
      table.set(entry, due: machinery.wall() + Self.again)
      machinery.log.write(.error, "task-failed", "the state of '\(entry.name)' cannot be moved to done/tasks: \(error)")
    }
  }

  /// It has no further time: both files go to `done/tasks`.
  func finish(_ entry: TaskEntry) {
    do throws(SystemError) {
      guard try isAsRead(entry) else {
        // Edited or taken away this very moment: the next look tells.
        entry.afterwards = .stays
        return table.set(entry, due: machinery.wall() + TaskScheduler.again)
      }
      let name = try files.finish(entry.name)
      machinery.log.write(.info, "task-finished", "task '\(entry.name)' has no further time: done/tasks/\(name).json")
      table.remove(entry)
      states.countChange()
    } catch {
      entry.afterwards = .stays
      table.set(entry, due: machinery.wall() + Self.again)
      machinery.log.write(.error, "task-failed", "task '\(entry.name)' cannot be moved to done/tasks: \(error)")
    }
  }

  /// A paused task that was met for the sake of its state alone.
  func leaveUnread(_ entry: TaskEntry) {
    guard !entry.isPresent, !entry.wasRead, case .stays = entry.afterwards else { return }
    if entry.isWriting || entry.mustWrite {
      entry.afterwards = .leaves(isPaused: true)
    } else {
      table.remove(entry)
    }
  }
}
