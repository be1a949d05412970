import Jobs
import Platform

/// The open folders of one spool. All moves and reads go through these descriptors, so a spool that is renamed or stands
/// behind a link works on; a folder that was deleted and made again is opened anew with `reopen`. Used by the loop and by
/// the sync worker.
public final class SpoolFolders: Sendable {
  /// The spool directory as it was named, for messages.
  public let path: String
  public let root: Folder
  private let open = Locked<[Folder?]>(Array(repeating: nil, count: SpoolPlace.allCases.count))

  /// Opens an existing spool: a folder that holds at least `inbox`. Folders that are missing are made when
  /// `makingMissing`, and otherwise opened on first use.
  ///
  /// - Throws: `notASpool`, `system`.
  public convenience init(path: String, makingMissing: Bool) throws(SpoolError) {
    try self.init(path: path, makingMissing: makingMissing) { _ in }
  }

  #if DEBUG
    /// The same for a test that counts what is asked about names in the spool.
    public convenience init(path: String, counting looks: LookCounter) throws(SpoolError) {
      try self.init(path: path, makingMissing: true) { $0.looks = looks }
    }
  #endif

  private init(path: String, makingMissing: Bool, prepare: (inout Folder) -> Void) throws(SpoolError) {
    self.path = path
    do {
      var root = try Folder(path: path)
      prepare(&root)
      self.root = root
      guard try root.has(SpoolPlace.inbox.rawValue) else { throw SpoolError.notASpool(path) }
      if makingMissing { for place in SpoolPlace.allCases { _ = try folder(place, making: true) } }
    } catch let error as SystemError {
      throw error.isMissing || error.isNoFolder ? .notASpool(path) : .system(error)
    } catch let error as SpoolError {
      throw error
    } catch { throw .notASpool(path) }
  }

  /// Makes a spool: the directory and its folders, 0700. A spool that is there stays as it is.
  public static func make(path: String) throws(SpoolError) {
    do {
      try FileSystem.makeFolders(path: path, mode: 0o700)
      let root = try Folder(path: path)
      // git checks a skeleton out with the umask's rights; a spool is its owner's alone.
      if let status = try root.status("."), status.owner == Machine.user, status.mode & 0o077 != 0 {
        try root.setMode(0o700)
      }
      for place in SpoolPlace.allCases where try !root.makeFolder(place.rawValue) {
        // An inbox that was opened on purpose has the sticky bit or no git above it; a umask of 002 has neither.
        let folder = try root.folder(place.rawValue)
        let status = try folder.descriptor.status()
        if status.owner == Machine.user, status.mode & 0o022 != 0, status.mode & 0o1000 == 0 {
          try folder.setMode(0o700)
        }
      }
    } catch { throw .system(error) }
  }

  /// Names this spool in the environment of its runs and on its containers. The directory is the identity: a copy of a
  /// spool is another one.
  public func identity() throws(SystemError) -> String {
    let status = try root.descriptor.status()
    return String(status.device, radix: 16) + "-" + String(status.inode, radix: 16)
  }

  /// One of the folders.
  public subscript(place: SpoolPlace) -> Folder {
    get throws(SystemError) { try folder(place, making: false) }
  }

  private func folder(_ place: SpoolPlace, making: Bool) throws(SystemError) -> Folder {
    if let folder = open.withLock({ $0[place.index] }) { return folder }
    let folder: Folder
    if let parent = place.parent {
      let parent = try self.folder(parent, making: making)
      let name = String(place.rawValue.split(separator: "/").last ?? "")
      if making { try parent.makeFolder(name) }
      folder = try parent.folder(name)
    } else {
      if making { try root.makeFolder(place.rawValue) }
      folder = try root.folder(place.rawValue)
    }
    open.withLock { $0[place.index] = folder }
    return folder
  }

  /// Whether the open folder is no longer the one that stands under its name.
  public func isStale(_ place: SpoolPlace) -> Bool {
    // What cannot be looked at is opened anew.
    guard let held = open.withLock({ $0[place.index] }), let own = try? held.descriptor.status() else { return true }
    guard let named = try? root.status(place.rawValue) else { return true }
    return named.inode != own.inode || named.device != own.device
  }

  /// Opens (and if need be makes) a folder anew after it was deleted or replaced.
  public func reopen(_ place: SpoolPlace) throws(SystemError) {
    open.withLock { open in
      open[place.index] = nil
      if let parent = place.parent { open[parent.index] = nil }
    }
    _ = try folder(place, making: true)
  }
}
