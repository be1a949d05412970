import Jobs
import Platform
import Spool

extension SpoolAccess {
  private static let longestReason = 65_536

  /// Why the spool, or a group, is paused; nil when it is not, empty when nobody said.
  public func pauseText(_ group: GroupName?) throws(SystemError) -> String? {
    let (folder, name) = try pauseFile(group)
    guard let folder, try folder.has(name) else { return nil }
    // Whatever it is that stands there pauses; only a file has a text.
    let bytes = try bytes(of: name, in: folder, limit: Self.longestReason) ?? []
    var text = String(decoding: bytes.prefix(Self.longestReason), as: UTF8.self)
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }

  /// Pauses; an earlier reason is replaced.
  /// - Returns: whether it was paused already.
  public func pause(_ group: GroupName?, reason: String) throws(SystemError) -> Bool {
    let (folder, name) = try pauseFile(group)
    guard let folder else { throw SystemError(call: "open", code: SystemError.missing, path: folders.path + "/groups") }
    let was = try folder.has(name)
    let text = reason.isEmpty ? [] : Array((reason + "\n").utf8)
    try RecordWriter(disk).writeDurably(text, as: name, in: folder)
    return was
  }

  /// Ends a pause.
  /// - Returns: whether there was one.
  public func resume(_ group: GroupName?) throws(SystemError) -> Bool {
    let (folder, name) = try pauseFile(group)
    guard let folder else { return false }
    do throws(SystemError) { try disk.remove(name, in: folder) } catch {
      if error.isMissing { return false }
      throw error
    }
    try disk.syncEntries(of: folder)
    return true
  }

  /// The groups that are paused.
  public func pausedGroups() throws(SystemError) -> [(group: GroupName, reason: String)] {
    var groups: [GroupName] = []
    for name in try readable(.groups)?.names() ?? [] where name.hasSuffix(".paused") {
      if let group = try? GroupName(validating: String(name.dropLast(7))) { groups.append(group) }  // no group's name
    }
    var paused: [(group: GroupName, reason: String)] = []
    for group in groups.sorted() {
      if let reason = try pauseText(group) { paused.append((group, reason)) }
    }
    return paused
  }

  private func pauseFile(_ group: GroupName?) throws(SystemError) -> (folder: Folder?, name: String) {
    guard let group else { return (folders.root, "paused") }
    return (try readable(.groups), "\(group).paused")
  }
}
