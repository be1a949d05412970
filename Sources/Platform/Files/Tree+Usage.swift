/// What trees take of a disk.
extension Tree {
  /// What a name costs at least: its entry and its inode. A million empty files are not free.
  private static let perName: Int64 = 4096
  /// Folders in folders that are looked into; each is one open file.
  private static let deepest = 100

  /// Whether what lies in a folder takes more than so many bytes of the disk. The walk ends as soon as it is known. What
  /// cannot be looked into, or lies deeper than 100 folders, counts as more: it could hold anything.
  ///
  /// A file with two names counts twice; one that is open and has no name any more, and what is mounted there, not at all.
  ///
  /// - Parameter passingClosed: folders that may not be looked into count as empty: of a tree that is ours to open afterwards.
  /// - Throws: when the folder itself cannot be listed.
  public static func takes(
    moreThan limit: Int64, in folder: Folder, passingClosed: Bool = false
  ) throws(SystemError) -> Bool {
    var total: Int64 = 0
    try add(folder, to: &total, limit, depth: 0, passingClosed)
    return total > limit
  }

  private static func add(
    _ folder: Folder, to total: inout Int64, _ limit: Int64, depth: Int, _ passingClosed: Bool
  ) throws(SystemError) {
    var names: [[UInt8]] = []
    var counted = total
    try folder.forEachName { name, _ in
      counted += perName
      if counted <= limit { names.append(Array(name)) }
    }
    total = counted
    for name in names where total <= limit {
      guard let status = try folder.status(name) else { continue }  // gone meanwhile
      switch status.kind {
      case .file: total += status.allocated
      case .folder:
        guard depth < deepest else {
          total = limit + 1
          return
        }
        do throws(SystemError) {
          try add(folder.folder(ofSameMount: name), to: &total, limit, depth: depth + 1, passingClosed)
        } catch {
          if error.isMissing || error.isNoFolder || error.isLink { continue }  // replaced meanwhile
          if error.isCrossDevice { continue }
          if passingClosed, error.isNotPermitted { continue }
          total = limit + 1
        }
      case .link, .other: break
      }
    }
  }

  /// How many names lie below a folder, and what they take of the disk, links never followed. What cannot be looked into,
  /// is mounted there, or lies deeper than 100 folders, is left out and `isCut`.
  ///
  /// - Parameter most: names that are looked at.
  /// - Throws: when the folder itself cannot be listed.
  public static func usage(
    of folder: Folder, atMost most: Int
  ) throws(SystemError) -> (names: Int, bytes: Int64, isCut: Bool) {
    var total = (names: 0, bytes: Int64(0), isCut: false)
    try count(folder, &total, most, depth: 0)
    return total
  }

  private static func count(
    _ folder: Folder, _ total: inout (names: Int, bytes: Int64, isCut: Bool), _ most: Int, depth: Int
  ) throws(SystemError) {
    var names: [[UInt8]] = []
    var isCut = false
    let room = most - total.names
    try folder.forEachName { name, _ in
      if names.count < room { names.append(Array(name)) } else { isCut = true }
    }
    if isCut { total.isCut = true }
    for name in names {
      guard total.names < most else {
        total.isCut = true
        return
      }
      guard let status = try folder.status(name) else { continue }  // gone meanwhile
      total.names += 1
      total.bytes += status.allocated
      guard status.kind == .folder else { continue }
      guard depth < deepest else {
        total.isCut = true
        continue
      }
      // Somebody else's, or replaced meanwhile: it stands there and is not counted.
      do throws(SystemError) { try count(folder.folder(ofSameMount: name), &total, most, depth: depth + 1) } catch {
        total.isCut = true
      }
    }
  }
}
