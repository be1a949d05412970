/// The paths of the machine that every sandbox sees beside the system's own.
public enum SandboxPaths {
  /// What a sandbox has itself: nothing is put over it or into it.
  public static let taken = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/proc", "/dev", "/sys", "/tmp", "/run",
    "/bobbin",
  ]

  /// Whether one path is the other or lies above it.
  public static func holds(_ path: String, _ other: String) -> Bool {
    path == "/" || path.utf8.elementsEqual(other.utf8) || other.utf8.starts(with: (path + "/").utf8)
  }

  static func read(_ field: Field) throws(Refusal) -> [String] {
    var paths: [String] = []
    for element in try field.elements("an array of absolute paths") {
      let path = try element.absolutePath()
      let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
      guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
        throw element.badValue("a path below / without '.', '..', '//' and a '/' at its end")
      }
      if let own = taken.first(where: { holds($0, path) }) {
        throw element.badValue("a path outside of \(own), which is the sandbox's own")
      }
      paths.append(path)
    }
    return paths
  }
}
