import Platform

/// What of the machine a sandbox sees, apart from what belongs to the job: the system's programs and libraries, and of
/// /etc what they cannot do without.
struct SandboxRoot: Sendable {
  /// One entry of the root.
  enum Entry: Equatable, Sendable {
    /// A folder of the machine, read-only.
    case shown(String)
    case link(String, to: String)
    /// The bytes of a file of the machine at this moment: a copy costs less than a mount (0.12 ms each, bwrap 0.8).
    case copied(String)
    case made(String, [UInt8])
  }

  /// Names on top. /usr is there on every machine; the others are links into it, or folders on older ones.
  private static let system = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"]
  private static let folders = ["/etc/alternatives", "/etc/ld.so.conf.d", "/etc/ssl", "/etc/ca-certificates"]
  private static let files = [
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.preload", "/etc/nsswitch.conf", "/etc/hosts", "/etc/resolv.conf",
    "/etc/localtime",
  ]

  /// Who the job is inside: a user of its own, the only one there.
  static let user: UInt32 = 1000

  let entries: [Entry]

  /// Looks at the machine. Cheap enough (20 calls of stat) to be done for each launch, so that it is never out of date.
  init() {
    var entries: [Entry] = []
    for path in Self.system + Self.folders {
      switch Self.kind(path) {
      case .folder: entries.append(.shown(path))
      case .link: if let target = Self.target(path) { entries.append(.link(path, to: target)) }
      default: break
      }
    }
    for path in Self.files {
      switch Self.kind(path) {
      case .file: entries.append(.copied(path))
      case .link:
        // /etc/localtime names the zone; what points out of what is shown (resolv.conf into /run) is copied.
        if let target = Self.target(path), target.hasPrefix("/usr/") {
          entries.append(.link(path, to: target))
        } else {
          entries.append(.copied(path))
        }
      default: break
      }
    }
    let passwd = "job:x:\(Self.user):\(Self.user):job:\(SandboxRuntime.workPath):/bin/sh\n"
    entries.append(.made("/etc/passwd", Array(passwd.utf8)))
    entries.append(.made("/etc/group", Array("job:x:\(Self.user):\n".utf8)))
    self.entries = entries
  }

  init(entries: [Entry]) { self.entries = entries }

  private static func kind(_ path: String) -> FileStatus.Kind? {
    ((try? FileSystem.status(path: path)) ?? nil)?.kind  // unreadable: the sandbox does without
  }

  private static func target(_ path: String) -> String? {
    try? FileSystem.linkTarget(path)  // gone meanwhile
  }

}
