/// `session` in a group's settings: what its agent keeps of a conversation from one message to the next, in a folder that the
/// host gives it.
public struct SessionSettings: Sendable, Equatable {
  /// Who shares one.
  public enum Context: String, Sendable, CaseIterable {
    /// The messages of one chat. Other jobs of the group have none.
    case isolated
    /// All jobs of the group.
    case group
  }

  /// `context`; default `isolated`.
  public var context = Context.isolated
  /// `bytes`: what its folder may take, 4 KiB…1 TiB, counted as `limits.scratch` is; default 64 MiB.
  public var bytes = ByteCount.mebibytes(64)

  /// Every default.
  public init() {}

  static func read(_ field: Field) throws(Refusal) -> SessionSettings {
    var session = SessionSettings()
    for member in try field.members("an object with context and bytes") {
      switch member.name {
      case "context": session.context = try member.word(Context.self)
      case "bytes": session.bytes = try member.byteCount(4096...1 << 40)
      default: throw member.unknownKey(among: ["context", "bytes"])
      }
    }
    return session
  }

  /// The session that a job has; nil: none.
  public func name(for job: Job) -> String? {
    switch context {
    case .isolated: job.message.map { Self.name(of: $0.address) }
    case .group: "group"
    }
  }

  /// Names the conversation of an address: as much of it as reads well in a file's name, and 64 bits of its SHA-256, so
  /// that nobody finds a chat that has the session of another one.
  public static func name(of address: String) -> String {
    let plain = address.utf8.prefix(40).map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        byte
      case UInt8(ascii: ":"): UInt8(ascii: ".")
      default: UInt8(ascii: "-")
      }
    }
    let digest = SHA256.hex(SHA256.digest(Array(address.utf8)))
    return String(decoding: plain, as: UTF8.self) + "." + digest.prefix(16)
  }
}
