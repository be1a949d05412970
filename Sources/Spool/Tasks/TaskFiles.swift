import Jobs
import Platform

/// The files of tasks on the disk: what is read of them, and the steps by which they change.
///
/// The order that a later runner relies on: the job of a time is in the inbox before the state says that the time is done
/// with. So a crash between the two shows as an id that is taken, and nothing is made twice.
public struct TaskFiles: Sendable {
  /// The longest state that is read, bytes.
  private static let stateLimit = 4 << 20

  private let folders: SpoolFolders
  private let disk: any Disk
  private let writer: RecordWriter

  public init(folders: SpoolFolders, disk: any Disk) {
    self.folders = folders
    self.disk = disk
    writer = RecordWriter(disk)
  }

  // MARK: reading

  /// The state of a task; nil: it has none. The error is what is wrong with it.
  public func state(of name: String) throws(SystemError) -> Result<TaskState, Refusal>? {
    guard let bytes = try bytes(of: TaskFile.state(name), limit: Self.stateLimit) else { return nil }
    do throws(Refusal) { return .success(try TaskState.decode(bytes)) } catch { return .failure(error) }
  }

  /// A file of `tasks/` that is ours or was judged before; nil: it is not there.
  public func bytes(of name: String, limit: Int) throws(SystemError) -> [UInt8]? {
    let tasks = try folders[.tasks]
    guard let status = try tasks.status(name), status.kind == .file else { return nil }
    do throws(SystemError) { return try tasks.open(name).readAll(limit: limit, size: status.size) } catch {
      if error.isMissing { return nil }
      throw error
    }
  }

  // MARK: changing

  /// The job of one time: in the inbox, never over another, on the disk when it is done.
  public func makeJob(_ id: JobID, _ bytes: [UInt8], ticket: Int) -> GroupCommit.Item {
    let name = JobFile.job(id.text)
    return GroupCommit.Item(
      ticket: ticket,
      write: { [folders, writer] () throws(SystemError) in
        let inbox = try folders[.inbox]
        return .init(files: [try writer.prepare(bytes, as: name, in: inbox)], places: [.inbox])
      },
      show: { [folders, writer] () throws(SystemError) in _ = try writer.publish(name, in: folders[.inbox]) },
      sealed: .inbox)
  }

  /// Takes away what `makeJob` wrote and could not show, because the name is taken.
  public func dropJob(_ id: JobID) throws(SystemError) {
    try writer.discard(JobFile.job(id.text), in: folders[.inbox])
  }

  /// The task's state, and the version of the task that is good from now on.
  public func keep(_ state: TaskState, good: [UInt8]?, ticket: Int) -> GroupCommit.Item {
    let bytes = state.encode()
    let (name, goodName) = (TaskFile.state(state.task), TaskFile.good(state.task))
    return GroupCommit.Item(
      ticket: ticket,
      write: { [folders, writer] () throws(SystemError) in
        let tasks = try folders[.tasks]
        var files = [try writer.prepare(bytes, as: name, in: tasks)]
        if let good { files.append(try writer.prepare(good, as: goodName, in: tasks)) }
        return .init(files: files, places: [.tasks])
      },
      show: { [folders, writer] () throws(SystemError) in
        try writer.publishOver(name, in: folders[.tasks])
        if good != nil { try writer.publishOver(goodName, in: folders[.tasks]) }
      }, sealed: .tasks)
  }

  /// Sets a state aside that cannot be read: it is evidence, not ours to delete.
  public func displaceState(of name: String) throws(SystemError) {
    try JobMover(folders: folders, disk: disk).displace(TaskFile.state(name), in: .tasks)
  }

  /// tasks → done/tasks: the task, then its state, under the first number that is free for both. Of a task that a person, or
  /// a runner before a crash, has moved there the state follows it, and of one that is gone it goes alone.
  ///
  /// Our copy of it goes first: one that a crash left behind would be taken for the version before of a later task of that
  /// name.
  ///
  /// - Returns: the name it has there.
  @discardableResult
  public func finish(_ name: String) throws(SystemError) -> String {
    try finish(name, withTask: try folders[.tasks].has(TaskFile.task(name)))
  }

  /// The same for a task that was found gone: one that came under its name meanwhile stays.
  public func finishState(of name: String) throws(SystemError) { _ = try finish(name, withTask: false) }

  private func finish(_ name: String, withTask: Bool) throws(SystemError) -> String {
    let tasks = try folders[.tasks]
    let done = try folders[.doneTasks]
    if try tasks.has(TaskFile.good(name)) { try disk.remove(TaskFile.good(name), in: tasks) }
    let mover = JobMover(folders: folders, disk: disk)
    var number = 1
    while true {
      let free = JobID(unchecked: name).numbered(number).text
      let isTaken = withTask ? try done.has(TaskFile.task(free)) : false
      if !isTaken, try !done.has(TaskFile.state(free)) {
        if withTask { try mover.move(TaskFile.task(name), from: .tasks, to: .doneTasks, as: TaskFile.task(free)) }
        try mover.move(TaskFile.state(name), from: .tasks, to: .doneTasks, as: TaskFile.state(free))
        return free
      }
      number += 1
    }
  }
}
