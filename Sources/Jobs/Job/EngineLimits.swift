/// What a container engine alone can do for a job: keys of `limits` beside those that every runtime has.
public struct EngineLimits: Sendable, Equatable {
  /// A limit of setrlimit(2) as an engine takes it.
  public struct Ulimit: Sendable, Equatable {
    /// Its name in `ulimits`: one of `names`.
    public var name: String
    public var soft: Int64
    /// Not below `soft`.
    public var hard: Int64

    /// Those of getrlimit(2), as docker and podman name them.
    public static let names = [
      "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
      "rttime", "sigpending", "stack",
    ]
  }

  /// `ulimits`, by name; none by default.
  public var ulimits: [Ulimit] = []
  /// `dns`: addresses of name servers; the engine's own by default.
  public var dns: [String] = []
  /// `extraHosts`: names with their addresses, for /etc/hosts; none by default.
  public var extraHosts: [EnvEntry] = []
  /// `tmpfs`: further places in memory, with their sizes; none by default.
  public var tmpfs: [Tmpfs] = []
  /// `shm`: size of /dev/shm; nil: that of `scratch`, or 64m.
  public var shm: ByteCount?
  /// `gpus`: `all`, or how many; nil: none. Docker only, and where `allowDevices` of the settings has `gpus`.
  public var gpus: String?
  /// `devices`: device files that it may use, as far as `allowDevices` of the settings has them; none by default.
  public var devices: [String] = []

  /// A place in memory.
  public struct Tmpfs: Sendable, Equatable {
    /// Absolute, as a mount's place.
    public var path: String
    public var size: ByteCount
  }

  /// 64 MiB, docker's and podman's own.
  public static let defaultShm = ByteCount.mebibytes(64)

  static let keys = ["ulimits", "dns", "extraHosts", "tmpfs", "shm", "gpus", "devices"]

  /// Nothing beyond the defaults.
  public init() {}

  /// The name of the first that is set, for whoever cannot do it; nil: none is.
  public var firstKey: String? {
    let set = [
      !ulimits.isEmpty, !dns.isEmpty, !extraHosts.isEmpty, !tmpfs.isEmpty, shm != nil, gpus != nil, !devices.isEmpty,
    ]
    return zip(Self.keys, set).first { $0.1 }?.0
  }

  /// Takes those of `others` where there is none here.
  mutating func fill(from others: EngineLimits) {
    // Most jobs and settings have none of them: nothing is written then.
    if ulimits.isEmpty, !others.ulimits.isEmpty { ulimits = others.ulimits }
    if dns.isEmpty, !others.dns.isEmpty { dns = others.dns }
    if extraHosts.isEmpty, !others.extraHosts.isEmpty { extraHosts = others.extraHosts }
    if tmpfs.isEmpty, !others.tmpfs.isEmpty { tmpfs = others.tmpfs }
    if shm == nil { shm = others.shm }
    if gpus == nil { gpus = others.gpus }
    if devices.isEmpty, !others.devices.isEmpty { devices = others.devices }
  }
}

extension EngineLimits {
  /// Reads one of the keys; false when it is none.
  mutating func take(_ member: Field) throws(Refusal) -> Bool {
    switch member.name {
    case "ulimits": ulimits = try Self.ulimits(member)
    case "dns":
      for element in try member.elements("an array of addresses") { dns.append(try Self.address(element)) }
    case "extraHosts":
      for host in try member.members("an object of names with their addresses") {
        guard let first = host.name.utf8.first, UTF8Text.isAlphanumeric(first), host.name.utf8.count <= 253,
          host.name.utf8.allSatisfy({ UTF8Text.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E })
        else {
          throw host.keyRefusal(
            .badValue, "bad name of a host \(quoted(host.name))", "expected letters, digits, '-' and '.'")
        }
        extraHosts.append(EnvEntry(host.name, try Self.address(host)))
      }
    case "tmpfs":
      for place in try member.members("an object of paths with their sizes") {
        switch Mount.ContainerPath(place.name) {
        case .good(let path): tmpfs.append(Tmpfs(path: path, size: try place.byteCount(4096...Int64.max)))
        case .bad(let expected):
          throw place.keyRefusal(.badValue, "bad place of a tmpfs \(quoted(place.name))", "expected \(expected)")
        }
      }
    case "shm": shm = try member.byteCount(4096...Int64.max)
    case "gpus":
      if case .number = member.node.value {
        gpus = String(try member.integer(1...64))
      } else {
        guard try member.text("\"all\" or a number") == "all" else { throw member.badValue("\"all\" or a number") }
        gpus = "all"
      }
    case "devices":
      for element in try member.elements("an array of device files") {
        let path = try element.absolutePath()
        guard path.utf8.starts(with: "/dev/".utf8), !path.utf8.contains(UInt8(ascii: ":")),
          !path.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) })
        else { throw element.badValue("a path below /dev without ':' and '..'") }
        devices.append(path)
      }
    default: return false
    }
    return true
  }

  private static func ulimits(_ field: Field) throws(Refusal) -> [Ulimit] {
    var limits: [Ulimit] = []
    for member in try field.members("an object of limits by name") {
      guard Ulimit.names.contains(member.name) else { throw member.unknownKey(among: Ulimit.names) }
      guard case .object = member.node.value else {
        let both = Int64(try member.integer(0...Int(Int64.max)))
        limits.append(Ulimit(name: member.name, soft: both, hard: both))
        continue
      }
      var (soft, hard): (Int?, Int?)
      for part in try member.members() {
        switch part.name {
        case "soft": soft = try part.integer(0...Int(Int64.max))
        case "hard": hard = try part.integer(0...Int(Int64.max))
        default: throw part.unknownKey(among: ["soft", "hard"])
        }
      }
      guard let most = hard ?? soft, (soft ?? most) <= most else {
        throw member.badValue("a number, or an object with soft and hard, the first not above the second")
      }
      limits.append(Ulimit(name: member.name, soft: Int64(soft ?? most), hard: Int64(most)))
    }
    return limits
  }

  /// An address of IPv4 or IPv6, by its letters: the engine reads it.
  private static func address(_ field: Field) throws(Refusal) -> String {
    let text = try field.text("an address")
    let hasColon = text.utf8.contains(UInt8(ascii: ":"))
    let isGood = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".")
        || (hasColon && (byte == UInt8(ascii: ":") || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)))
    }
    guard isGood, hasColon || text.utf8.contains(UInt8(ascii: ".")), text.utf8.count <= 45 else {
      throw field.badValue("an address such as 10.0.0.5 or fd00::5")
    }
    return text
  }

  func encode(_ writer: inout JSONWriter) {
    if !ulimits.isEmpty {
      writer.key("ulimits")
      writer.beginObject()
      for limit in ulimits {
        writer.key(limit.name)
        writer.beginObject()
        writer.member("soft", Int(limit.soft))
        writer.member("hard", Int(limit.hard))
        writer.endObject()
      }
      writer.endObject()
    }
    Self.encode("dns", dns, &writer)
    if !extraHosts.isEmpty {
      writer.key("extraHosts")
      writer.beginObject()
      for host in extraHosts {
        writer.key(host.name)
        writer.string(host.value)
      }
      writer.endObject()
    }
    if !tmpfs.isEmpty {
      writer.key("tmpfs")
      writer.beginObject()
      for place in tmpfs {
        writer.key(place.path)
        writer.int(place.size.bytes)
      }
      writer.endObject()
    }
    writer.member("shm", shm.map { Int($0.bytes) })
    if let count = gpus.flatMap({ Int($0) }) { writer.member("gpus", count) } else { writer.member("gpus", gpus) }
    Self.encode("devices", devices, &writer)
  }

  private static func encode(_ key: StaticString, _ texts: [String], _ writer: inout JSONWriter) {
    if texts.isEmpty { return }
    writer.key(key)
    writer.beginArray()
    for text in texts { writer.string(text) }
    writer.endArray()
  }

  /// All of it as texts in a stable order, to be compared and for fingerprints.
  public var words: [String] {
    var words = ulimits.map { "ulimit \($0.name) \($0.soft) \($0.hard)" }.sorted()
    words += dns.map { "dns \($0)" } + extraHosts.map { "host \($0.name) \($0.value)" }.sorted()
    words += tmpfs.map { "tmpfs \($0.path) \($0.size.bytes)" }.sorted()
    words += shm.map { ["shm \($0.bytes)"] } ?? []
    words += gpus.map { ["gpus \($0)"] } ?? []
    return words + devices.map { "device \($0)" }.sorted()
  }
}
