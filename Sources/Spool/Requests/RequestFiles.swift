import Jobs
import Platform

/// The folders of requests: what a container writes there is read once, and what the host makes of it is written here.
///
/// In `ipc/GROUP/` only `messages/ tasks/ jobs/ taken/` are writable by the group's containers; the folder itself, `answers/`,
/// `input/` and the snapshots are the host's and are mounted read-only.
public struct RequestFiles: Sendable {
  /// Those that a container writes in.
  public static let writable = Request.Kind.allCases.map(\.rawValue) + ["taken"]
  /// Those that the host writes in.
  public static let hostsOwn = ["answers", "input"]
  /// In `errors/ipc/GROUP/`: what was swept away.
  public static let stale = "stale"

  let folders: SpoolFolders
  let disk: any Disk
  let writer: RecordWriter

  public init(folders: SpoolFolders, disk: any Disk) {
    self.folders = folders
    self.disk = disk
    writer = RecordWriter(disk)
  }

  // MARK: folders

  /// Groups that may have asked for something.
  public func groups() throws(SystemError) -> [GroupName] {
    var groups: [GroupName] = []
    try folders[.ipc].forEachName { bytes, isFolder in
      guard isFolder != false, let text = String(validating: bytes, as: UTF8.self),
        let name = try? GroupName(validating: text)
      else { return }
      groups.append(name)
    }
    return groups
  }

  /// A folder of a group's; nil: there is none, or something else stands there.
  public func folder(_ name: String, of group: GroupName) throws(SystemError) -> Folder? {
    do throws(SystemError) {
      let own = try folders[.ipc].folder(group.text)
      do throws(SystemError) { return try own.folder(name) } catch {
        guard error.isNotPermitted else { throw error }
      }
      // Those that a container writes in are its own user's, who may close them: to itself, not to the host.
      try own.openUp(Array(name.utf8))
      return try own.folder(name)
    } catch {
      if error.isMissing || error.isLink || error.isNoFolder { return nil }
      throw error
    }
  }

  /// The same for one whose requests are to be taken out of it.
  public func open(_ kind: Request.Kind, of group: GroupName) throws(SystemError) -> Folder? {
    guard let folder = try folder(kind.rawValue, of: group) else { return nil }
    let status = try folder.descriptor.status()
    if status.mode & 0o700 != 0o700, status.owner == Machine.user { try folder.setMode(0o700) }
    return folder
  }

  /// Makes a group's folders where they are missing, so that only what is meant to be is writable by `user`, whom its jobs
  /// run as; nil: the runner's own user, who needs no gift.
  public func makeFolders(of group: GroupName, user: UInt32?) throws(SystemError) -> Folder {
    let ipc = try folders[.ipc]
    try ipc.makeFolder(group.text)
    let own = try ipc.folder(group.text)
    let status = try own.descriptor.status()
    if status.owner != Machine.user { try own.setOwner(Machine.user) }
    // Its jobs come through, whoever they run as; nobody else reaches it, the spool is its owner's.
    if status.mode & 0o777 != 0o755 { try own.setMode(0o755) }
    for name in Self.hostsOwn where try own.makeFolder(name) { try own.folder(name).setMode(0o755) }
    for name in Self.writable {
      let isNew = try own.makeFolder(name)
      if !isNew { _ = try folder(name, of: group) }  // opens what its jobs may have closed
      if let user, user != Machine.user {
        let folder = try own.folder(name)
        let owner = try folder.descriptor.status().owner
        if isNew || owner != user { try folder.setOwner(user) }
      }
    }
    return own
  }

  // MARK: what the host tells

  /// Writes a file that the group's jobs read: whole or not at all. Not synced: it is told again after a crash.
  public func tell(_ bytes: [UInt8], as name: String, in folder: Folder) throws(SystemError) {
    _ = try writer.write(bytes, as: name, in: folder, mode: 0o644)
  }

  /// Removes answers, and results, that were told before a time: who asks once more is answered once more. What is still
  /// waited for stays.
  ///
  /// - Parameter keeping: how the names begin of what stays.
  public func removeAnswers(of group: GroupName, before time: Int64, keeping: String) throws(SystemError) {
    guard let answers = try folder("answers", of: group) else { return }
    for name in try answers.names() where !name.hasPrefix(keeping) {
      guard let status = try answers.status(name), status.kind == .file, status.changed < time else { continue }
      try disk.remove(name, in: answers)
    }
  }

  // MARK: taking a request

  /// ipc/GROUP/KIND → processing/ipc/GROUP. False: it is gone.
  public func take(_ name: [UInt8], _ kind: Request.Kind, of group: GroupName, as taken: String) throws(SystemError)
    -> Bool
  {
    guard let folder = try open(kind, of: group) else { return false }
    let place = try subfolder(of: .processingRequests, group)
    do throws(SystemError) {
      try disk.move(name, from: folder, to: place, as: taken)
      return true
    } catch {
      if error.isMissing { return false }
      if error.isNotPermitted, try folder.status(name)?.kind == .folder {
        // A folder in place of a request, closed so that it cannot be moved (rename(2): its entry '..' changes).
        try folder.openUp(name)
        try disk.move(name, from: folder, to: place, as: taken)
        return true
      }
      guard error.isTaken else { throw error }
      // One that an earlier runner left, and that was not this: it is evidence.
      try file(taken, of: group, in: .errors, as: "left-\(taken)")
      try disk.move(name, from: folder, to: place, as: taken)
      return true
    }
  }

  /// What an earlier runner took and did not file away goes back to where it lay, to be read once more.
  public func giveBack(of group: GroupName) throws(SystemError) -> [(name: [UInt8], kind: Request.Kind)] {
    var back: [(name: [UInt8], kind: Request.Kind)] = []
    let place = try subfolder(of: .processingRequests, group)
    for name in try place.names() {
      // A copy of ours that was not to be seen yet; what it is a copy of lies there too.
      if name.hasPrefix("."), name.hasSuffix(".new") { try disk.remove(name, in: place) }
      guard let dot = name.firstIndex(of: "."), let kind = Request.Kind(rawValue: String(name[..<dot])),
        let folder = try folder(kind.rawValue, of: group)
      else { continue }
      do throws(SystemError) {
        let own = String(name[name.index(after: dot)...])
        try disk.move(name, from: place, to: folder, as: own)
        back.append((Array(own.utf8), kind))
      } catch {
        guard error.isTaken else { throw error }
        try file(name, of: group, in: .errors, as: "left-\(name)")
      }
    }
    return back
  }

  /// processing/ipc/GROUP → done/ipc/GROUP or errors/ipc/GROUP, under a number that is free. The reason goes first, so that
  /// none is there without one; and when the request is gone all of it was done before.
  ///
  /// - Parameter reason: why it was refused, for `NAME.result.json`.
  public func file(
    _ taken: String, of group: GroupName, in end: RequestWork.End, as name: String, reason: [UInt8]? = nil
  ) throws(SystemError) {
    let place = try subfolder(of: end == .done ? .doneRequests : .failedRequests, group)
    let from = try subfolder(of: .processingRequests, group)
    let stem = JobID(unchecked: String(name.dropLast(name.hasSuffix(".json") ? 5 : 0)))
    while try from.has(taken) {
      let number = try Self.freeNumber { (number) throws(SystemError) in
        try place.has(JobFile.job(stem.numbered(number).text))
      }
      let free = stem.numbered(number).text
      if let reason { _ = try writer.write(reason, as: JobFile.result(free), in: place) }
      do throws(SystemError) { return try disk.move(taken, from: from, to: place, as: JobFile.job(free)) } catch {
        guard error.isMissing || error.isTaken else { throw error }
      }
    }
  }

  /// A number that is free, above those in use: found in few looks also where thousands are, for who writes one name again
  /// and again must not make each time dearer than the last.
  private static func freeNumber(isTaken: (Int) throws(SystemError) -> Bool) throws(SystemError) -> Int {
    var free = 1
    while try isTaken(free) { free *= 2 }
    var taken = free / 2
    while free - taken > 1 {
      let middle = (free + taken) / 2
      if try isTaken(middle) { taken = middle } else { free = middle }
    }
    return free
  }

  /// What lies too long in a folder and is no request: to errors/ipc/GROUP/stale, never deleted.
  public func sweep(_ name: [UInt8], from folder: Folder, of group: GroupName) throws(SystemError) {
    let place = try subfolder(of: .failedRequests, group)
    try place.makeFolder(Self.stale)
    let stale = try place.folder(Self.stale)
    // With a number behind it the name may be too long: then it gets one of ours.
    let stem = name.count <= 200 ? name : Array("stale".utf8)
    func target(_ number: Int) -> [UInt8] { number == 1 ? stem : stem + Array("~\(number)".utf8) }
    let number = try Self.freeNumber { (number) throws(SystemError) in try stale.status(target(number)) != nil }
    do throws(SystemError) { try folder.move(name, to: stale, as: target(number)) } catch {
      guard error.isMissing else { throw error }
    }
  }

  /// The bytes of a request of that id that was filed away as done; nil: there was none.
  public func filed(_ id: String, of group: GroupName, limit: Int) throws(SystemError) -> [UInt8]? {
    let place = try subfolder(of: .doneRequests, group)
    guard let status = try place.status(JobFile.job(id)), status.kind == .file else { return nil }
    return try place.open(JobFile.job(id)).readAll(limit: limit)
  }

  /// Whether a request of that id was filed away as done.
  public func isFiled(_ id: String, of group: GroupName) throws(SystemError) -> Bool {
    try subfolder(of: .doneRequests, group).has(JobFile.job(id))
  }

  public func subfolder(of place: SpoolPlace, _ group: GroupName) throws(SystemError) -> Folder {
    let folder = try folders[place]
    try folder.makeFolder(group.text)
    return try folder.folder(group.text)
  }
}
