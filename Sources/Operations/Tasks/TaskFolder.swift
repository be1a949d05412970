import Jobs
import Platform
import Spool

/// A folder with files of tasks: the `tasks/` of a spool, or one that a person looks through before its files go there.
public struct TaskFolder {
  /// The longest file of a task that is looked into, bytes.
  static let maxBytes = 1 << 20
  /// Where the paused ones of `tasks/` lie.
  private static let paused = "paused"

  private let folder: Folder
  private let disk: any Disk

  init(_ folder: Folder, disk: any Disk) {
    self.folder = folder
    self.disk = disk
  }

  /// A folder by its path, made if it is missing.
  /// - Throws: `system`.
  public init(path: String, disk: any Disk = KernelDisk.standard()) throws(OperationError) {
    do throws(SystemError) {
      try FileSystem.makeFolders(path: path)
      self.init(try Folder(path: path), disk: disk)
    } catch { throw .system(error) }
  }

  /// Adds a task durably.
  ///
  /// - Returns: false, and nothing changed: the name is taken, also by a paused one.
  /// - Throws: `system`; `EINVAL` for a name that no task can have.
  public func add(name: String, bytes: [UInt8]) throws(OperationError) -> Bool {
    do throws(SystemError) {
      guard (try? JobID(stem: Array(name.utf8))) != nil else {  // why does not matter: callers have checked it
        throw SystemError(call: "open", code: SystemError.invalid, path: "\(folder.path)/\(name).json")
      }
      if let paused = try pausedOnes(), try paused.has(name + ".json") { return false }
      return try FilePublisher(disk: disk).publish(bytes, as: name, in: folder)
    } catch { throw .system(error) }
  }

  /// The files of all tasks by name, the paused ones last; what is no regular file or too long is left out.
  func files() throws(SystemError) -> [(name: String, bytes: [UInt8])] {
    var files: [(name: String, bytes: [UInt8])] = []
    for place in [folder, try pausedOnes()] {
      guard let place else { continue }
      // By the names themselves: with their ending `a-2` would stand before `a`.
      for name in try place.names().compactMap({ JobFile.stem(of: $0) }).sorted() {
        if let bytes = try bytes(of: name + ".json", in: place) { files.append((name, bytes)) }
      }
    }
    return files
  }

  private func bytes(of name: String, in place: Folder) throws(SystemError) -> [UInt8]? {
    do throws(SystemError) {
      let file = try place.open(name)
      let status = try file.status()
      guard status.kind == .file, status.size <= Int64(Self.maxBytes) else { return nil }
      return try file.readAll(limit: Self.maxBytes)
    } catch {
      // Gone since the listing, a link, somebody else's: none that this one could be compared with.
      if error.isMissing || error.isLink || error.isNotPermitted || error.isNoDevice { return nil }
      throw error
    }
  }

  private func pausedOnes() throws(SystemError) -> Folder? {
    do throws(SystemError) { return try folder.folder(Self.paused) } catch {
      if error.isMissing || error.isNoFolder || error.isLink { return nil }
      throw error
    }
  }
}
