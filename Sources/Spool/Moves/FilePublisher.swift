import Platform

/// Puts a task, or a message, into its folder for good: on the disk when it returns, never overwriting, never seen
/// half-written.
///
/// What `Publisher` is for jobs. Here the name is the identity, so one that is taken is told and not numbered.
public struct FilePublisher {
  private let disk: any Disk

  public init(disk: any Disk) { self.disk = disk }

  /// Publishes under `NAME.json`.
  ///
  /// - Parameter name: a checked name, without `.json`.
  /// - Returns: false, and nothing changed: the name is taken.
  public func publish(_ bytes: [UInt8], as name: String, in folder: Folder) throws(SystemError) -> Bool {
    if try folder.has(name + ".json") { return false }
    // A name of its own: two that add the same one at once must not write into one file.
    let temporary = ".\(name.prefix(100)).\(Machine.processID).\(UInt32.random(in: 0 ... .max)).new"
    let file = try disk.create(temporary, in: folder)
    do throws(SystemError) {
      try disk.write(bytes, to: file)
      try disk.sync(file)
      try disk.move(temporary, from: folder, to: folder, as: name + ".json")
    } catch {
      try? disk.remove(temporary, in: folder)  // the caller hears that nothing was added
      // Another one took the name between the look and the rename.
      if error.isTaken { return false }
      throw error
    }
    // After the rename: if this fails the file is there and is told as failed, so that nobody counts on it.
    try disk.syncEntries(of: folder)
    return true
  }
}
