/// Where this process stands in one hierarchy of cgroups(7), as a folder that can be reached.
public struct CgroupPlace: Equatable, Sendable {
  public enum Version: Int, Sendable { case one = 1, two = 2 }

  public let version: Version
  /// Of version 1, what the mount is for: `memory`; `cpu` and `cpuacct`. Of version 2 empty: `cgroup.controllers` says.
  public let controllers: Set<String>
  /// The folder of this process's own cgroup.
  public let path: String
  public let isReadOnly: Bool

  public init(version: Version, controllers: Set<String>, path: String, isReadOnly: Bool) {
    self.version = version
    self.controllers = controllers
    self.path = path
    self.isReadOnly = isReadOnly
  }
}

extension CgroupPlace {
  /// All places, from the texts of `/proc/self/cgroup` (cgroups(7)) and `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
  ///
  /// A hierarchy that is mounted nowhere, or only with a part that does not hold our cgroup, has none. Of several mounts
  /// the first that can be written is taken.
  static func all(cgroup: String, mountinfo: String) -> [CgroupPlace] {
    let mounts = mountinfo.split(separator: "\n").compactMap { Mount(line: $0) }
    var places: [CgroupPlace] = []
    for line in cgroup.split(separator: "\n") {
      // hierarchy-ID:controllers:path, where the path may hold colons.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let names = Set(fields[1].split(separator: ",").map(String.init))
      let isTwo = fields[0] == "0" && names.isEmpty
      // A hierarchy with a name and no controller is somebody's own (name=systemd).
      guard isTwo || (!names.isEmpty && !names.contains { $0.hasPrefix("name=") }) else { continue }
      let reached = mounts.compactMap { mount -> CgroupPlace? in
        guard mount.type == (isTwo ? "cgroup2" : "cgroup"), isTwo || names.isSubset(of: mount.superOptions),
          let path = mount.path(of: String(fields[2]))
        else { return nil }
        return CgroupPlace(
          version: isTwo ? .two : .one, controllers: names, path: path, isReadOnly: mount.isReadOnly)
      }
      if let place = reached.first(where: { !$0.isReadOnly }) ?? reached.first { places.append(place) }
    }
    return places
  }

  /// One line of mountinfo.
  private struct Mount {
    /// What of the hierarchy is mounted: `/` is all that our cgroup namespace shows.
    let root: String
    let point: String
    let type: Substring
    let superOptions: Set<String>
    let isReadOnly: Bool

    init?(line: Substring) {
      // ID parent device root point options [optional …] - type source super-options
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
      root = Self.unescaped(fields[3])
      point = Self.unescaped(fields[4])
      type = fields[dash + 1]
      superOptions = Set(fields[dash + 3].split(separator: ",").map(String.init))
      isReadOnly = fields[5].split(separator: ",").contains("ro") || superOptions.contains("ro")
    }

    /// Where a cgroup is below the mount point; nil if this mount does not show it.
    func path(of cgroup: String) -> String? {
      // A path that leads up is outside our cgroup namespace (cgroup_namespaces(7)): its names are not known.
      guard !cgroup.split(separator: "/").contains(".."), !root.split(separator: "/").contains("..") else { return nil }
      if cgroup == root { return point }
      let inside = root == "/" ? "/" : root + "/"
      guard cgroup.hasPrefix(inside) else { return nil }
      return (point == "/" ? "" : point) + "/" + cgroup.dropFirst(inside.count)
    }

    /// Space, tab, line feed and backslash stand as three octal digits.
    private static func unescaped(_ text: Substring) -> String {
      guard text.contains("\\") else { return String(text) }
      var bytes: [UInt8] = []
      var rest = Array(text.utf8)[...]
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "\\"), rest.count >= 3,
          let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
        {
          bytes.append(code)
          rest = rest.dropFirst(3)
        } else {
          bytes.append(byte)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
