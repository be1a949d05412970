/// Whole trees below a folder, walked by descriptors so that a link put in the way is never followed, nor a mount: what a job
/// mounted in its folder and left there is the machine's (as `rm --one-file-system`).
public enum Tree {
  /// Moves everything that is in a folder to another one of the same file system, which has nothing of these names. What
  /// its maker closed to his own user is opened first: a folder that gets another parent must be (rename(2)).
  ///
  /// - Returns: false where there are more names than `most`; then nothing was moved.
  public static func moveContents(of folder: Folder, to target: Folder, atMost most: Int) throws(SystemError) -> Bool {
    var names: [[UInt8]] = []
    try folder.forEachName { bytes, _ in if names.count <= most { names.append(Array(bytes)) } }
    guard names.count <= most else { return false }
    for name in names {
      do throws(SystemError) { try folder.move(name, to: target, as: name) } catch {
        guard error.isNotPermitted else { throw error }
        try folder.openUp(name)
        try folder.move(name, to: target, as: name)
      }
    }
    return true
  }

  /// Removes `name` in `folder` with all below it; nothing there is no error. Folders that their owner closed to himself
  /// are opened, so that he can. Throws `isCrossDevice` or `isBusy` at the first thing that is mounted there, and what is left
  /// stays.
  public static func remove(_ name: String, in folder: Folder) throws(SystemError) {
    guard let status = try folder.status(name) else { return }
    guard status.kind == .folder else { return try folder.remove(name) }
    try empty(Array(name.utf8), in: folder)
    try folder.removeFolder(name)
  }

  /// The same for a name that was read from a disk.
  public static func remove(_ name: [UInt8], in folder: Folder) throws(SystemError) {
    guard let status = try folder.status(name) else { return }
    guard status.kind == .folder else { return try folder.remove(name) }
    try empty(name, in: folder)
    try folder.removeFolder(name)
  }

  /// Removes everything in a folder of that name and keeps it. Throws `isNoFolder`, `isLink`.
  public static func empty(_ name: [UInt8], in folder: Folder) throws(SystemError) {
    try empty(try enter(name, in: folder))
  }

  /// Removes everything in a folder and keeps the folder.
  ///
  /// A folder in it gives its own folders up to this one before it goes, so two open files and no recursion are enough
  /// for any depth: a job can leave a tree deeper than our stack or our open files. Names are bytes, for what jobs leave
  /// need not be UTF-8. What comes in meanwhile stays.
  public static func empty(_ folder: Folder) throws(SystemError) {
    var left = try entries(of: folder)
    var lifted = 0
    while let entry = left.popLast() {
      guard try isFolder(entry, in: folder) else {
        try folder.remove(entry.name)
        continue
      }
      let inner = try enter(entry.name, in: folder)
      for entry in try entries(of: inner) {
        if try isFolder(entry, in: inner) {
          left.append((try lift(entry.name, from: inner, to: folder, &lifted), true))
        } else {
          try inner.remove(entry.name)
        }
      }
      try folder.removeFolder(entry.name)
    }
  }

  /// Whether a folder holds nothing, or nothing but names that are known.
  public static func isEmpty(_ folder: Folder, besides known: [String] = []) throws(SystemError) -> Bool {
    try !folder.hasEntries(besides: known)
  }

  private typealias Entry = (name: [UInt8], isFolder: Bool?)

  private static func entries(of folder: Folder) throws(SystemError) -> [Entry] {
    var entries: [Entry] = []
    try folder.forEachName { name, isFolder in entries.append((Array(name), isFolder)) }
    return entries
  }

  private static func isFolder(_ entry: Entry, in folder: Folder) throws(SystemError) -> Bool {
    if let isFolder = entry.isFolder { return isFolder }
    return try folder.status(entry.name)?.kind == .folder
  }

  /// Opens a folder, and gives its owner all rights to it. Throws `isCrossDevice` where something is mounted on it.
  private static func enter(_ name: [UInt8], in folder: Folder) throws(SystemError) -> Folder {
    do throws(SystemError) {
      let inner = try folder.folder(ofSameMount: name)
      // One that can be read and not changed. Somebody else's says by its first name whether that matters.
      if try inner.descriptor.status().mode & 0o700 != 0o700 { try? inner.setMode(0o700) }
      return inner
    } catch {
      guard error.isNotPermitted else { throw error }
      try folder.openUp(name)
      return try folder.folder(ofSameMount: name)
    }
  }

  /// Moves a folder up under a name that nothing there has.
  private static func lift(
    _ name: [UInt8], from inner: Folder, to folder: Folder, _ lifted: inout Int
  ) throws(SystemError) -> [UInt8] {
    var wasOpened = false
    while true {
      lifted += 1
      let lifted = "lifted-\(lifted)"
      do throws(SystemError) {
        try inner.move(name, to: folder, as: lifted)
        return Array(lifted.utf8)
      } catch {
        if error.isTaken { continue }
        // A folder that gets another parent is written to (rename(2)).
        guard error.isNotPermitted, !wasOpened else { throw error }
        try inner.openUp(name)
        wasOpened = true
      }
    }
  }
}
