/// `~/.config/bobbin/mounts.json`: what jobs may be given of the machine. It lies outside the spool, where no job writes.
///
/// ```
/// { "roots": [{ "path": "~/projects", "allowReadWrite": true }, { "path": "/srv/data" }], "blocked": ["*.pem"] }
/// ```
public struct MountRules: Sendable, Equatable {
  /// A folder, or a file, that may be mounted with all that is in it.
  public struct Root: Sendable, Equatable {
    /// `path`: absolute, or `~/…` in the runner's home; not `/`.
    public var path: String
    /// `allowReadWrite`; default false.
    public var allowsReadWrite: Bool

    /// A root; read-only unless said otherwise.
    public init(path: String, allowsReadWrite: Bool = false) {
      self.path = path
      self.allowsReadWrite = allowsReadWrite
    }
  }

  /// A name, or several in a row, that no mounted path may have: `.ssh`, `id_rsa*`, `.config/bobbin`.
  public struct Pattern: Sendable, Equatable {
    /// As it was written.
    public let text: String
    /// Its components in lower case.
    private let parts: [[UInt8]]

    /// A pattern; nil for an empty one.
    public init?(_ text: String) {
      self.text = text
      parts = text.lowercased().utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
      if parts.isEmpty { return nil }
    }

    /// Whether the components of a path, in lower case, have it somewhere.
    func matches(_ names: [[UInt8]]) -> Bool {
      guard names.count >= parts.count else { return false }
      return (0...names.count - parts.count).contains { start in
        parts.indices.allSatisfy { Self.matches(names[start + $0], parts[$0]) }
      }
    }

    /// A name against one component of a pattern, in which `*` is any run of bytes.
    private static func matches(_ name: [UInt8], _ part: [UInt8]) -> Bool {
      var (n, p) = (0, 0)
      // Where to go on when the run of the last '*' has to be one byte longer.
      var retry: (name: Int, part: Int)?
      while n < name.count {
        if p < part.count, part[p] == UInt8(ascii: "*") {
          retry = (n, p)
          p += 1
        } else if p < part.count, part[p] == name[n] {
          (n, p) = (n + 1, p + 1)
        } else if let (from, star) = retry {
          retry = (from + 1, star)
          (n, p) = (from + 1, star + 1)
        } else {
          return false
        }
      }
      return part[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
  }

  /// `roots`; none by default, and then nothing may be mounted.
  public var roots: [Root] = []
  /// `blocked`, beside `alwaysBlocked`.
  public var blocked: [Pattern] = []

  /// Nothing may be mounted.
  public init() {}

  /// Where keys, tokens and passwords use to lie. No list can name all of them: roots are what protects, this is for the
  /// root that was chosen too wide.
  public static let alwaysBlocked: [Pattern] = [
    ".ssh", ".gnupg", ".gpg", ".aws", ".azure", ".gcloud", ".config/gcloud", ".kube", ".docker", ".config/containers",
    ".config/bobbin", ".config/gh", ".config/hub", ".password-store", ".local/share/keyrings", ".mozilla",
    ".config/google-chrome", ".config/chromium", ".vault-token", ".terraform.d", ".cargo/credentials*", "credentials",
    "credentials.*", ".credentials", ".credentials.*", ".git-credentials", "secret", "secrets", ".secret", ".secrets",
    ".env", ".env.*", ".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".my.cnf", ".htpasswd", "id_rsa*", "id_dsa*",
    "id_ecdsa*", "id_ed25519*", "private_key*", "shadow", "gshadow",
  ].compactMap { Pattern($0) }

  /// The pattern that a path without links has; nil if it has none. Letters of either case are the same.
  public func pattern(blocking path: String) -> String? {
    let names = path.lowercased().utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
    return (MountRules.alwaysBlocked + blocked).first { $0.matches(names) }?.text
  }

  /// Reads the file: strict, with comments and trailing commas.
  /// - Throws: the first thing that is wrong, with its place; the codes are those of `Job.read`.
  public static func read(_ bytes: [UInt8]) throws(Refusal) -> MountRules {
    let root = Field(root: try JSONReader.read(bytes, dialect: .settings), source: bytes)
    var rules = MountRules()
    for field in try root.members("an object with roots, blocked") {
      switch field.name {
      case "roots":
        for element in try field.elements("an array of objects with path, allowReadWrite") {
          rules.roots.append(try readRoot(element))
        }
      case "blocked":
        for element in try field.elements("an array of names") {
          guard let pattern = Pattern(try element.text("a name", upTo: 4095)) else {
            throw element.badValue("a name, or names with '/' between")
          }
          rules.blocked.append(pattern)
        }
      default: throw field.unknownKey(among: ["roots", "blocked"])
      }
    }
    return rules
  }

  private static func readRoot(_ element: Field) throws(Refusal) -> Root {
    var root = Root(path: "")
    for member in try element.members("an object with path, allowReadWrite") {
      switch member.name {
      case "path":
        root.path = try member.text("a path", upTo: 4095)
        let isHome = root.path == "~" || root.path.utf8.starts(with: "~/".utf8)
        guard isHome || root.path.utf8.first == UInt8(ascii: "/") else {
          throw member.badValue("an absolute path, or one that starts with '~/'")
        }
        guard isHome || root.path.utf8.contains(where: { $0 != UInt8(ascii: "/") }) else {
          throw member.badValue("a folder below '/', which would be everything")
        }
      case "allowReadWrite": root.allowsReadWrite = try member.flag()
      default: throw member.unknownKey(among: ["path", "allowReadWrite"])
      }
    }
    if root.path.isEmpty { throw element.refusal(.missingKey, "no 'path' in the root", "expected an absolute path") }
    return root
  }
}
