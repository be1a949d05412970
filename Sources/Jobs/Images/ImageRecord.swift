/// An image in the store, as `image.json` beside its root tells of it. Written once and never changed: what it is called
/// stands in `ImageNames`.
public struct ImageRecord: Equatable, Sendable {
  /// Of the manifest, "sha256:…".
  public let digest: String
  /// When it was put into the store.
  public let addedAt: Timestamp
  /// From what: a path, a recipe, a name in a registry. For people only; default: empty.
  public var source = ""
  /// What its root takes of the disk, bytes; default 0.
  public var bytes = ByteCount(0)
  /// `Env` of the image's config, "NAME=value"; default: none.
  public var environment: [String] = []
  /// `Entrypoint`; default: none.
  public var entrypoint: [String] = []
  /// `Cmd`; default: none.
  public var command: [String] = []
  /// `WorkingDir`; default: none.
  public var workingDirectory: String?
  /// `User`; default: none.
  public var user: String?
  /// What its recipe says of it; default: none.
  public var note: String?

  /// A record with the defaults.
  public init(digest: String, addedAt: Timestamp) {
    self.digest = digest
    self.addedAt = addedAt
  }

  /// Longest file that is read, bytes: an environment alone may be 128 KiB a variable.
  public static let limit = 4 << 20

  /// Reads `image.json`.
  ///
  /// Keys that are not known are passed over: a later version wrote them.
  /// - Throws: the codes of `JSONReader.read`; `missing-key`, `wrong-type`, `bad-value`, `out-of-range`.
  public static func decode(_ bytes: [UInt8]) throws(Refusal) -> ImageRecord {
    let root = Field(root: try JSONReader.read(bytes), source: bytes)
    var digest: String?
    var addedAt: Timestamp?
    var record = ImageRecord(digest: "", addedAt: Timestamp(seconds: 0))
    for field in try root.members("an object with an image's keys") {
      switch field.name {
      case "digest":
        digest = try field.text()
        if !ImageDigest.isValid(digest ?? "") { throw field.badValue("'sha256:' and 64 hexadecimal digits") }
      case "addedAt": addedAt = try field.timestamp()
      case "from": record.source = try field.text()
      case "bytes": record.bytes = ByteCount(Int64(try field.integer(0...Int.max)))
      case "env": record.environment = try field.texts()
      case "entrypoint": record.entrypoint = try field.texts()
      case "cmd": record.command = try field.texts()
      case "workingDir": record.workingDirectory = try field.text()
      case "user": record.user = try field.text()
      case "description": record.note = try field.text()
      default: break
      }
    }
    guard let digest else { throw root.refusal(.missingKey, "no 'digest'", "expected the image's digest") }
    guard let addedAt else { throw root.refusal(.missingKey, "no 'addedAt'", "expected when it was added") }
    var whole = ImageRecord(digest: digest, addedAt: addedAt)
    whole.take(record)
    return whole
  }

  /// All but the two that stand in the initialiser.
  private mutating func take(_ other: ImageRecord) {
    (source, bytes, environment) = (other.source, other.bytes, other.environment)
    (entrypoint, command) = (other.entrypoint, other.command)
    (workingDirectory, user, note) = (other.workingDirectory, other.user, other.note)
  }

  /// Writes `image.json`.
  public func encode() -> [UInt8] {
    var writer = JSONWriter(.pretty)
    writer.beginObject()
    write(to: &writer)
    writer.endObject()
    return writer.line()
  }

  /// Its members.
  public func write(to writer: inout JSONWriter) {
    writer.member("digest", digest)
    writer.member("addedAt", addedAt)
    writer.member("from", source)
    writer.member("bytes", Int(bytes.bytes))
    for (key, texts): (StaticString, [String]) in [("env", environment), ("entrypoint", entrypoint), ("cmd", command)] {
      writer.key(key)
      writer.beginArray()
      for text in texts { writer.string(text) }
      writer.endArray()
    }
    writer.member("workingDir", workingDirectory)
    writer.member("user", user)
    writer.member("description", note)
  }
}

extension Field {
  /// An array of texts.
  fileprivate func texts() throws(Refusal) -> [String] {
    var texts: [String] = []
    for element in try elements("an array of texts") { texts.append(try element.text()) }
    return texts
  }
}
