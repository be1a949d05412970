/// A file or folder of the machine that a job in a sandbox or container is to see: DESIGN §3, `mounts`.
///
/// It is what somebody asked for. Whether they may have it is said by the list outside the spool, when the job starts.
public struct Mount: Sendable, Equatable {
  /// `host`: an absolute path on the machine; links in it are followed.
  public var host: String
  /// `container`: where the job sees it. Absolute, without `.`, `..`, `:`, `,` or control characters, no slash at its
  /// end, and not over what a sandbox has of its own.
  public var container: String
  /// `readOnly`; default true.
  public var isReadOnly: Bool

  /// A mount; read-only unless said otherwise.
  public init(host: String, container: String, isReadOnly: Bool = true) {
    self.host = host
    self.container = container
    self.isReadOnly = isReadOnly
  }

  /// The most mounts of one job: each is a descriptor while it starts.
  public static let most = 64

  /// The first component of every path that a sandbox or container has of its own; `lib*` and `bobbin*` beside these.
  private static let own: Set<String> = ["proc", "dev", "sys", "run", "usr", "bin", "sbin", "etc"]

  /// What is wrong with a container path, or the path in its normal form.
  enum ContainerPath: Equatable {
    case good(String)
    case bad(expected: String)

    init(_ text: String) {
      guard text.utf8.first == UInt8(ascii: "/") else {
        self = .bad(expected: "an absolute path")
        return
      }
      // Mount options of other tools are split at these two, and a control character has no business in a path here.
      let marks = text.unicodeScalars.contains { $0 == ":" || $0 == "," || $0.value < 0x20 || $0.value == 0x7F }
      guard !marks else {
        self = .bad(expected: "a path without ':', ',' or control characters")
        return
      }
      var parts = text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      if parts.last?.isEmpty == true { parts.removeLast() }
      guard let first = parts.first else {
        self = .bad(expected: "a path below the root")
        return
      }
      let names = parts.map { String(Substring($0)) }
      guard !names.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
        self = .bad(expected: "a path without '.', '..' or '//'")
        return
      }
      let top = String(Substring(first))
      let isOwn =
        Mount.own.contains(top) || top.utf8.starts(with: "lib".utf8) || top.utf8.starts(with: "bobbin".utf8)
        || names == ["tmp"]
      guard !isOwn else {
        self = .bad(expected: "a path that is not the sandbox's own, such as /data or /work/in")
        return
      }
      self = .good("/" + names.joined(separator: "/"))
    }
  }

  /// Whether one of the two paths is the other or lies below it, by components.
  public static func overlap(_ one: String, _ other: String) -> Bool {
    lies(one, at: other) || lies(other, at: one)
  }

  /// Whether a path is `folder` or lies below it, by components. Both absolute and without a slash at the end.
  public static func lies(_ path: String, at folder: String) -> Bool {
    if folder == "/" { return true }
    guard path.utf8.starts(with: folder.utf8) else { return false }
    return path.utf8.count == folder.utf8.count || path.utf8.dropFirst(folder.utf8.count).first == UInt8(ascii: "/")
  }
}

extension Mount {
  private static let keys = ["host", "container", "readOnly"]

  /// Reads an array of mounts; also those of a group.
  static func readAll(_ field: Field) throws(Refusal) -> [Mount] {
    let elements = try field.elements("an array of objects with host, container, readOnly")
    guard elements.count <= most else { throw field.outOfRange("at most \(most) mounts") }
    var mounts: [Mount] = []
    for element in elements {
      let mount = try read(element)
      // One inside the other would be made in the other's source, and which is seen would hang on the order.
      if let other = mounts.first(where: { overlap($0.container, mount.container) }) {
        throw element.refusal(
          .conflictingKeys, "a mount at \(quoted(mount.container)) beside one at \(quoted(other.container))",
          "expected places that do not lie in each other")
      }
      mounts.append(mount)
    }
    return mounts
  }

  private static func read(_ element: Field) throws(Refusal) -> Mount {
    var mount = Mount(host: "", container: "")
    var (host, container): (Field?, Field?)
    for member in try element.members("an object with host, container, readOnly") {
      switch member.name {
      case "host":
        mount.host = try member.absolutePath()
        host = member
      case "container":
        container = member
        switch ContainerPath(try member.absolutePath()) {
        case .good(let path): mount.container = path
        case .bad(let expected): throw member.badValue(expected)
        }
      case "readOnly": mount.isReadOnly = try member.flag()
      default: throw member.unknownKey(among: keys)
      }
    }
    guard host != nil else { throw element.refusal(.missingKey, "no 'host' in the mount", "expected an absolute path") }
    guard container != nil else {
      throw element.refusal(.missingKey, "no 'container' in the mount", "expected where the job is to see it")
    }
    return mount
  }
}
