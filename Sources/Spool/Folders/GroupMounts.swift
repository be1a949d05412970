import Jobs
import Platform

extension SpoolFolders {
  /// The host paths that some group may mount read-write: what lies below them a container can have turned into a link to
  /// anywhere.
  ///
  /// A group whose settings are bad names none: its jobs wait.
  public func pathsWritableByGroups() throws(SystemError) -> [String] {
    var paths: [String] = []
    let groups = try self[.groups]
    for name in try groups.names() where name.hasSuffix(".json") {
      let file: Descriptor
      do throws(SystemError) { file = try groups.open(name) } catch {
        if error.isMissing || error.isLink { continue }
        throw error
      }
      guard try file.status().kind == .file, let settings = try? GroupSettings.read(file.readAll(limit: 1 << 20)) else {
        continue
      }
      paths += settings.mounts.filter { !$0.isReadOnly }.map(\.host)
    }
    return paths
  }
}
