import Jobs
import Operations
import Platform
import Spool
import TestSupport

extension HandMadeSpool {
  /// Zones that do not depend on the machine, whose own is UTC.
  static var zones: TaskZones { TaskZones(read: TestZones.read, machine: { .utc }) }
  /// The second before `now` that every test's state is handled to, unless it says otherwise.
  static let handled: Int64 = 3_999_999_900

  /// A task that runs `true`; `more` begins with a comma. The runner has not seen it: it counts from when the file was made.
  func putTask(
    _ name: String, _ schedule: String = #"{"every":"1h"}"#, _ more: String = "", in place: SpoolPlace = .tasks
  ) throws { try put(TaskFile.task(name), #"{"schedule":\#(schedule),"job":{"run":"true"}\#(more)}"#, in: place) }

  /// What the runner wrote about a task, of the file as it is now.
  func putState(
    _ name: String, in place: SpoolPlace = .tasks, handled: Int64 = HandMadeSpool.handled,
    _ change: (inout TaskState) -> Void = { _ in }
  ) throws {
    var state = TaskState(task: name, progress: TaskProgress(handled: handled))
    state.progress.file = try mark(name)
    change(&state)
    try put(TaskFile.state(name), String(decoding: state.encode(), as: UTF8.self), in: place)
  }

  func mark(_ name: String) throws -> TaskProgress.FileMark? {
    try folders[.tasks].status(TaskFile.task(name)).map {
      TaskProgress.FileMark(inode: $0.inode, modified: $0.modified, changed: $0.changed)
    }
  }

  func task(_ name: String) throws -> TaskEntry? { try access.task(name, zones: Self.zones) }

  func inode(_ name: String, in place: SpoolPlace) throws -> UInt64? { try folders[place].status(name)?.inode }
}
