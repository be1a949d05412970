import Jobs
import Platform
import Spool

/// What is no job. Of each its name's own file goes last, and nothing after it: the name is free from then on, and whoever
/// takes it next may be writing already.
extension Cleaner {
  func removeMessage(_ item: CleanPlan.Item) throws(SystemError) -> Bool {
    guard let folder = try access.readable(item.place), try access.isOver(message: item.id, in: item.place, inUse)
    else {
      return false
    }
    let name = item.id.text
    if item.place == .failedMessages, let outbox = try access.readable(.outbox), try hasCopies(item.id, in: outbox) {
      try Tree.remove(JobFile.files(name), in: outbox)
    }
    try Tree.remove(JobFile.files(name), in: folder)
    try remove([JobFile.result(name), JobFile.job(name)], in: folder)
    return true
  }

  /// Whether the files of a message that failed lie in the outbox, where it names them: there they waited for a retry. A
  /// folder of that name which it does not name is somebody's own.
  private func hasCopies(_ id: JobID, in outbox: Folder) throws(SystemError) -> Bool {
    let copies = JobFile.files(id.text)
    guard try outbox.has(copies),
      let bytes = try access.bytes(of: JobFile.job(id.text), in: access.readable(.failedMessages)),
      let message = try? OutgoingMessage.read(bytes)  // a refused one names nothing
    else { return false }
    return message.files.contains { $0.contains("/\(SpoolPlace.outbox.rawValue)/\(copies)/") }
  }

  func removeTask(_ item: CleanPlan.Item) throws(SystemError) -> Bool {
    guard !inUse.hasTaskRequest, let folder = try access.readable(item.place), try hasAll(item, in: folder) else {
      return false
    }
    try remove(item.files, in: folder)
    return true
  }

  func removeRequest(_ item: CleanPlan.Item) throws(SystemError) -> Bool {
    guard let group = item.group, let folder = try access.requestFolder(item.place, of: group) else { return false }
    if let name = item.swept {
      guard let stale = try SpoolAccess.inner(RequestFiles.stale, of: folder), try stale.status(name) != nil else {
        return false
      }
      try Tree.remove(name, in: stale)
      return true
    }
    guard try hasAll(item, in: folder), try !isInUse(item.id, of: group) else { return false }
    try remove(item.files, in: folder)
    return true
  }

  /// Its job may have been taken back since names were read.
  private func isInUse(_ id: JobID, of group: GroupName) throws(SystemError) -> Bool {
    if inUse.isInUse(request: id, of: group) { return true }
    let name = JobFile.job("\(group).\(id.bare)")
    for place in [SpoolPlace.inbox, .held, .processing, .deferred, .outbox, .sending] {
      if try access.has(name, in: place) { return true }
    }
    return false
  }

  private func hasAll(_ item: CleanPlan.Item, in folder: Folder) throws(SystemError) -> Bool {
    for name in item.files where try !folder.has(name) { return false }
    return true
  }

  /// The files of a name, its own last.
  private func remove(_ files: [String], in folder: Folder) throws(SystemError) {
    guard let own = files.last else { return }
    // What was refused may be a folder. If something in it cannot be removed, what was said of it stays.
    let isFolder = try folder.status(own)?.kind == .folder
    if isFolder { try Tree.empty(Array(own.utf8), in: folder) }
    for name in files.dropLast() { try removeIfThere(name, in: folder) }
    if isFolder { try folder.removeFolder(own) } else { try removeIfThere(own, in: folder) }
  }
}
