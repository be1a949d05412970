import Platform

/// What adds that were killed have left, and images that were removed while somebody ran on them.
enum Leftovers {
  static let removedPrefix = ".removed-"

  static func removedName() -> String { removedPrefix + String(UInt64.random(in: 0 ... .max), radix: 36) }

  /// Those that nobody holds any more, locked so that only we remove them. Called while the store is locked.
  static func take(in images: Folder) throws(SystemError) -> [String: Descriptor] {
    var taken: [String: Descriptor] = [:]
    for name in try images.names() {
      if name.hasPrefix(ImageWork.prefix) {
        taken[name] = try lock(images.folder(name))
      } else if name.hasPrefix(removedPrefix) {
        let folder = try images.folder(name)
        // Half removed it may have no root any more.
        taken[name] = try lock(folder.has(ImageStore.rootName) ? folder.folder(ImageStore.rootName) : folder)
      }
    }
    return taken
  }

  private static func lock(_ folder: Folder) throws(SystemError) -> Descriptor? {
    do throws(SystemError) {
      try folder.descriptor.lockExclusively()
      return folder.descriptor
    } catch {
      if error.isBusy { return nil }
      throw error
    }
  }

  static func remove(_ taken: [String: Descriptor], in images: Folder) {
    // Whoever finds one locked leaves it alone.
    withExtendedLifetime(taken) { remove(Array(taken.keys), in: images) }
  }

  /// What cannot be removed now is found again by the next add.
  static func remove(_ names: [String], in images: Folder) {
    for name in names { try? Tree.remove(name, in: images) }
  }
}
