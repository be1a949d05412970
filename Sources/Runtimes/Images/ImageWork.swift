import Jobs
import Platform

/// The folder in which one image is made, beside those that are there. Its maker holds a lock on it, so whoever finds one
/// without knows that its maker is dead.
struct ImageWork {
  static let prefix = ".adding-"
  /// What will be published: `root` and `image.json`.
  static let imageName = "image"
  /// The image's layers, as an OCI layout.
  static let layoutName = "layout"
  /// What programs need beside.
  static let temporaryName = "tmp"

  let name: String
  /// Open and locked.
  let folder: Folder
  let limits: ImageLimits
  /// Where programs are looked for, as PATH.
  let searchPath: String

  /// Makes it. Called while the store is locked: between the making and the lock it looks like a dead one's.
  init(in images: Folder, limits: ImageLimits, searchPath: String) throws(SystemError) {
    name = Self.prefix + "\(Machine.processID)-" + String(UInt64.random(in: 0 ... .max), radix: 36)
    self.limits = limits
    self.searchPath = searchPath
    try images.makeFolder(name)
    folder = try images.folder(name)
    try folder.descriptor.lockExclusively()
    try folder.makeFolder(Self.temporaryName)
    try folder.makeFolder(Self.imageName)
  }

  /// - Throws: `noRoom` when the disk has less than `minFree`.
  func checkRoom() throws(ImageFailure) {
    do throws(SystemError) {
      if try folder.freeBytes() >= limits.minFree.bytes { return }
    } catch { throw .system(error) }
    throw .noRoom(minFree: limits.minFree)
  }

  /// - Throws: `tooLarge` when a folder takes more than it may; there may be none yet. What its rights keep from an ordinary
  ///   user does not count: `ImageRoot` opens and counts it in the end.
  func checkSize(of path: String) throws(ImageFailure) {
    do throws(SystemError) {
      var inner = folder
      for name in path.split(separator: "/") { inner = try inner.folder(String(name)) }
      guard try Tree.takes(moreThan: limits.maxSize.bytes, in: inner, passingClosed: true) else { return }
    } catch {
      if error.isMissing { return }
      throw .system(error)
    }
    throw .tooLarge(limit: limits.maxSize)
  }

  /// Where a folder of it is, for programs that take nothing but paths.
  func path(_ name: String) throws(ImageFailure) -> String {
    do throws(SystemError) { return try FileSystem.path(of: folder) + "/" + name } catch { throw .system(error) }
  }
}
