/// What the images of a store are called: `names.json`, one file for all of them, so that a name that moves to another
/// image moves in one rename.
///
/// ```
/// { "names": { "busybox": "sha256:…" } }
/// ```
public struct ImageNames: Equatable, Sendable {
  /// Digests by name.
  public var digests: [ImageName: String] = [:]

  /// None.
  public init() {}

  /// Longest file that is read, bytes.
  public static let limit = 16 << 20

  /// The names of an image, in order.
  public func names(of digest: String) -> [ImageName] {
    digests.filter { $0.value == digest }.map(\.key).sorted()
  }

  /// Reads `names.json`. Keys that are not known are passed over: a later version wrote them.
  /// - Throws: the codes of `JSONReader.read`; `wrong-type`, `bad-value`, `bad-name`.
  public static func decode(_ bytes: [UInt8]) throws(Refusal) -> ImageNames {
    let root = Field(root: try JSONReader.read(bytes), source: bytes)
    var names = ImageNames()
    for field in try root.members("an object with names") where field.name == "names" {
      for entry in try field.members("an object of digests by name") {
        let digest = try entry.text()
        guard ImageDigest.isValid(digest) else { throw entry.badValue("'sha256:' and 64 hexadecimal digits") }
        guard let name = try? ImageName(validating: entry.name) else {
          throw entry.keyRefusal(.badName, "\(quoted(entry.name)) is not an image's name", "expected \(ImageName.form)")
        }
        names.digests[name] = digest
      }
    }
    return names
  }

  /// Writes `names.json`.
  public func encode() -> [UInt8] {
    var writer = JSONWriter(.pretty)
    writer.beginObject()
    writer.key("names")
    writer.beginObject()
    for (name, digest) in digests.sorted(by: { $0.key < $1.key }) {
      writer.key(name.text)
      writer.string(digest)
    }
    writer.endObject()
    writer.endObject()
    return writer.line()
  }
}
