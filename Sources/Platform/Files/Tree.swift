/// Whole trees below a folder, walked by descriptors so that a link put in the way is never followed.
public enum Tree {
  /// Removes `name` in `folder` with all below it; nothing there is no error. Depth is bounded by the open files a
  /// process may have: each level holds one.
  public static func remove(_ name: String, in folder: Folder) throws(SystemError) {
    guard let status = try folder.status(name) else { return }
    guard status.kind == .folder else { return try folder.remove(name) }
    try empty(try folder.folder(name))
    try folder.removeFolder(name)
  }

  /// Removes everything in a folder and keeps the folder.
  public static func empty(_ folder: Folder) throws(SystemError) {
    var entries: [[UInt8]] = []
    try folder.forEachName { name, _ in entries.append(Array(name)) }
    for entry in entries {
      // Names that are not UTF-8 cannot go through String: such a tree stays and the caller hears why.
      guard let name = String(validating: entry, as: UTF8.self) else { continue }
      try remove(name, in: folder)
    }
  }

  /// Whether a folder holds nothing.
  public static func isEmpty(_ folder: Folder) throws(SystemError) -> Bool {
    try !folder.hasEntries()
  }
}
