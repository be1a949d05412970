import Jobs
import Platform

/// The folders in `groups/` that a group's jobs get: its own, `groups/GROUP/`, and those of its sessions,
/// `groups/GROUP.sessions/NAME/`.
///
/// Sessions do not lie in the group's own folder: a job writes there what it likes, and would see, and could exchange, those of
/// other chats.
public struct GroupFiles {
  private let groups: Folder

  public init(_ folders: SpoolFolders) throws(SystemError) { groups = try folders[.groups] }

  /// The name of the folder of a group's sessions. No group can have it: theirs have no dot.
  public static func sessions(of group: GroupName) -> String { group.text + ".sessions" }

  /// The path of a session in the spool.
  public static func path(ofSession name: String, of group: GroupName) -> String {
    "\(SpoolPlace.groups.rawValue)/\(sessions(of: group))/\(name)"
  }

  /// A group's own folder, made if it is missing.
  ///
  /// - Parameter user: whose it becomes when it is made; nil: the runner's.
  public func makeFolder(of group: GroupName, user: UInt32?) throws(SystemError) -> Folder {
    try make(group.text, in: groups, user: user)
  }

  /// A session's folder, likewise. The one that holds them all is the runner's and closed to everybody else.
  public func makeSession(_ name: String, of group: GroupName, user: UInt32?) throws(SystemError) -> Folder {
    let sessions = try make(Self.sessions(of: group), in: groups, user: nil)
    return try make(name, in: sessions, user: user)
  }

  /// Its jobs may be the runner's user and close it: that must not end all further ones.
  private func make(_ name: String, in folder: Folder, user: UInt32?) throws(SystemError) -> Folder {
    let isNew = try folder.makeFolder(name)
    let own: Folder
    do throws(SystemError) { own = try folder.folder(name) } catch {
      guard error.isNotPermitted else { throw error }
      try folder.openUp(Array(name.utf8))
      own = try folder.folder(name)
    }
    if isNew, let user { try own.setOwner(user) }
    return own
  }
}
