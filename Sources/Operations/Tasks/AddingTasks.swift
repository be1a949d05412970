import Platform
import Spool

extension SpoolAccess {
  /// Adds a task to the spool: `tasks/NAME.json`, whole and on the disk when it returns, never overwriting.
  ///
  /// - Parameters:
  ///   - name: the file's stem, by the rules of a job's name.
  ///   - bytes: the file, read and found good by the caller.
  /// - Returns: false, and nothing changed: there is a task of that name, running or paused.
  /// - Throws: `system`.
  public func addTask(name: String, bytes: [UInt8]) throws(OperationError) -> Bool {
    try taskFolder().add(name: name, bytes: bytes)
  }

  /// The folder `tasks/`, made anew if somebody removed it.
  /// - Throws: `system`.
  public func taskFolder() throws(OperationError) -> TaskFolder {
    do throws(SystemError) {
      if try readable(.tasks) == nil || folders.isStale(.tasks) { try folders.reopen(.tasks) }
      return TaskFolder(try folders[.tasks], disk: disk)
    } catch { throw .system(error) }
  }
}
