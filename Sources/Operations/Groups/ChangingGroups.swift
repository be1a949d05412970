import Jobs
import Platform
import Spool

/// What became of a group that was to be added.
public enum GroupAddition: Equatable, Sendable {
  /// Its settings are on the disk. `folderWasThere`: with what is in it.
  case added(folderWasThere: Bool)
  /// It has settings, which stay as they are.
  case taken
  /// Something that is no folder stands where the group's would be.
  case noFolder
}

/// What became of a group that was to be removed.
public enum GroupRemoval: Equatable, Sendable {
  /// Its settings are put aside under this name in `groups/`; what else there is of it stays.
  case removed(as: String, hasFolder: Bool)
  /// It has no settings.
  case noSettings
}

extension SpoolAccess {
  /// Adds a group: `groups/NAME.json`, whole and on the disk when it returns, never overwriting. A group of containers
  /// gets its folder, as the runner would make it.
  ///
  /// - Parameter bytes: the file, read and found good by the caller.
  /// - Throws: `system`.
  public func addGroup(_ name: GroupName, bytes: [UInt8]) throws(OperationError) -> GroupAddition {
    do throws(SystemError) {
      if try readable(.groups) == nil || folders.isStale(.groups) { try folders.reopen(.groups) }
      let groups = try folders[.groups]
      let status = try groups.status(name.text)
      if let status, status.kind != .folder { return .noFolder }
      // Before its folder: a folder alone would change what jobs of that lane may do.
      guard try FilePublisher(disk: disk).publish(bytes, as: name.text, in: groups) else { return .taken }
      if status == nil, let settings = try? GroupSettings.read(bytes), !settings.host {
        try makeFolder(of: name, settings, in: groups)
      }
      return .added(folderWasThere: status != nil)
    } catch { throw .system(error) }
  }

  /// Only where it is certain whose it is: a root runner gives it to whom the group's jobs run as, which depends on the
  /// runtime where settings say two users.
  private func makeFolder(
    of name: GroupName, _ group: GroupSettings, in groups: Folder
  ) throws(SystemError) {
    let settings = try settingsOrDefaults()
    let container = group.containerUser ?? settings.containerUser ?? Settings.nobody
    if Machine.user == 0, container != settings.sandboxUser { return }
    guard try groups.makeFolder(name.text) else { return }
    if Machine.user == 0 { try groups.folder(name.text).setOwner(container) }
  }

  /// Puts a group's settings aside, byte for byte: `groups/NAME.json` becomes `groups/NAME.json.removed-N`, which nobody
  /// reads, and `mv` brings it back. Its folder, its pause and its requests stay where they are.
  ///
  /// Beside the others and not in `done/`: it is no work that has ended, and retention must not take it away.
  /// - Throws: `system`.
  public func removeGroup(_ name: GroupName) throws(OperationError) -> GroupRemoval {
    do throws(SystemError) {
      guard let groups = try readable(.groups) else { return .noSettings }
      var number = 1
      while true {
        let aside = "\(name).json.removed-\(number)"
        do throws(SystemError) {
          try disk.move("\(name).json", from: groups, to: groups, as: aside)
          try disk.syncEntries(of: groups)
          return .removed(as: aside, hasFolder: try groups.has(name.text))
        } catch {
          if error.isMissing { return .noSettings }
          guard error.isTaken else { throw error }
          number += 1
        }
      }
    } catch { throw .system(error) }
  }
}
