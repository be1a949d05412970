import Jobs
import Platform

/// A message to a job while it runs, `ipc/GROUP/input/NAME.json`.
public struct InputMessage: Sendable, Equatable {
  /// `id`, and the stem of its file: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, sorted by time. The job acknowledges it by this name.
  public var id: String
  /// `text`.
  public var text: String
  /// `from`: who wrote it; nil: nobody says.
  public var from: String?
  /// `at`: when it was written.
  public var at: Timestamp

  public init(id: String, text: String, from: String?, at: Timestamp) {
    (self.id, self.text, self.from, self.at) = (id, text, from, at)
  }

  /// As an agent reads it, told for the first time.
  public func encode() -> [UInt8] {
    var writer = JSONWriter(.pretty, capacity: 256)
    writer.beginObject()
    writer.member("id", id)
    writer.member("attempt", 1)
    writer.member("text", text)
    writer.member("from", from)
    writer.member("at", at)
    writer.endObject()
    return writer.line()
  }
}

extension RequestFiles {
  /// Asks running jobs of a group to finish: `input/_close.json`.
  public static let closeName = "_close"

  /// What became of a message.
  public enum Addition: Sendable, Equatable {
    /// It is on the disk, under this name.
    case added(String)
    /// The name is taken: nothing changed.
    case taken
    /// So many wait already: nothing changed.
    case full(Int)
    /// What should be a folder of the host's is none, as a link: nothing is written through it.
    case noFolder(String)
  }

  /// Puts a file into a group's `input/`: on the disk when it returns, never overwriting, and readable by the group's
  /// containers, whoever they run as.
  ///
  /// - Parameters:
  ///   - name: checked by the caller, without `.json`.
  ///   - most: files that may lie there; a program that floods it would fill the disk.
  public func addInput(
    _ bytes: [UInt8], as name: String, of group: GroupName, atMost most: Int
  ) throws(SystemError) -> Addition {
    var found = try folder("input", of: group)
    if found == nil {
      // Only where they are missing: whoever sends may be another user than the runner, whose they are to stay. The runner
      // gives what is made here to whom its jobs run as.
      let own: Folder
      do throws(SystemError) { own = try makeFolders(of: group, user: nil) } catch {
        if error.isNoFolder || error.isLink { return .noFolder("ipc/\(group)") }
        throw error
      }
      // A message is no safer than the folders that it lies in.
      try disk.syncEntries(of: own)
      try disk.syncEntries(of: folders[.ipc])
      found = try folder("input", of: group)
    }
    guard let input = found else { return .noFolder("ipc/\(group)/input") }
    let file = JobFile.job(name)
    if try input.has(file) { return .taken }
    let waiting = try input.names().count { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
    if waiting >= most { return .full(waiting) }
    do throws(SystemError) { try publish(bytes, as: file, in: input) } catch {
      if error.isTaken { return .taken }
      throw error
    }
    return .added(file)
  }

  /// Adds a file that the group's jobs read: on the disk when it returns, never overwriting.
  ///
  /// - Throws: `isTaken`.
  private func publish(_ bytes: [UInt8], as name: String, in folder: Folder) throws(SystemError) {
    // A name of its own: several may add to one folder at once.
    let temporary = ".\(Machine.processID).\(UInt64.random(in: 0 ... .max)).new"
    let file = try writer.writeNew(bytes, as: temporary, in: folder)
    do throws(SystemError) {
      try file.setMode(0o644)
      try disk.sync(file)
      try disk.move(temporary, from: folder, to: folder, as: name)
    } catch {
      try? disk.remove(temporary, in: folder)  // the caller hears that nothing was added
      throw error
    }
    try disk.syncEntries(of: folder)
  }
}
