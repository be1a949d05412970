import Platform
import Spool

/// Removes the trees that jobs leave behind, in a thread of its own: 20,000 levels or a million files take seconds, and the
/// loop has none. What is to go lies under a name that nobody uses again, so nothing waits for it. What is left at a
/// runner's end is found in `processing/.scratch` by the next one.
final class Disposal: Sendable {
  /// `processing/.scratch`: the places that jobs run in, and what is to go.
  static let folderName = ".scratch"

  private let folders: SpoolFolders
  private let worker: Worker

  /// - Throws: `pthread_create`.
  convenience init(folders: SpoolFolders) throws(SystemError) {
    self.init(folders: folders, worker: try Worker(name: "dispose"))
  }

  /// - Parameter worker: this one's alone, or a test's that is kept busy.
  init(folders: SpoolFolders, worker: Worker) { (self.folders, self.worker) = (folders, worker) }

  /// The folder, made if it is not there.
  func folder() throws(SystemError) -> Folder {
    let processing = try folders[.processing]
    if let status = try processing.status(Self.folderName), status.kind != .folder {
      try processing.remove(Self.folderName)  // a file of somebody's making
    }
    try processing.makeFolder(Self.folderName)
    return try processing.folder(Self.folderName)
  }

  /// Removes a name of the folder that nobody uses any more; later.
  func remove(_ name: String, in folder: Folder) {
    // What cannot be removed is tried again by the next start.
    worker.submit { try? Tree.remove(name, in: folder) }
  }

  /// Takes a tree out of the way at once, and removes it later. Nothing there is no error.
  func clear(_ name: String, from folder: Folder) throws(SystemError) {
    let place = try self.folder()
    let aside = "gone-\(Machine.processID)-\(UInt64.random(in: 0 ... .max))"
    do throws(SystemError) { try folder.move(name, to: place, as: aside) } catch {
      if error.isMissing { return }
      // Its maker closed it to his own user: rename(2).
      guard error.isNotPermitted else { throw error }
      try folder.openUp(Array(name.utf8))
      try folder.move(name, to: place, as: aside)
    }
    remove(aside, in: place)
  }

  /// Waits until everything is gone, and takes no more.
  func finish() { worker.finish() }
}
