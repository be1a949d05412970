/// What an image is called: `busybox`, `registry.example.org:5000/team/report:2.1`, or the digest of its manifest.
public struct ImageName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The shortest form: without `:latest`, without `docker.io/` and `docker.io/library/`, so that one image does not
  /// have several names.
  public let text: String

  /// Checks a name. It becomes an argument of programs, so it begins with a letter or a digit.
  /// - Throws: `bad-name`, saying what was expected.
  public init(validating text: String) throws(Refusal) {
    guard ImageName.hasForm(text) else {
      throw Refusal(
        code: .badName,
        reason: "\(quoted(text)) is not an image's name: expected \(ImageName.form)")
    }
    let short = ImageName.shortened(text)
    // The short form is an argument of programs and is read again, as the same name: `docker.io/-x`, `a/:latest` and
    // `docker.io/docker.io/a` stay as they are.
    self.text = ImageName.hasForm(short) && ImageName.shortened(short) == short ? short : text
  }

  /// What is expected of one, in words.
  static let form = "1 to 255 of A-Z a-z 0-9 . _ - / : @, a letter or digit first, such as 'python:3.12'"

  private static func hasForm(_ text: String) -> Bool {
    let bytes = text.utf8
    let others = "._-/:@".utf8
    guard let first = bytes.first, let last = bytes.last, bytes.count <= 255, UTF8Text.isAlphanumeric(first) else {
      return false
    }
    return (UTF8Text.isAlphanumeric(last) || last == UInt8(ascii: "_"))
      && bytes.allSatisfy { UTF8Text.isAlphanumeric($0) || others.contains($0) } && !text.contains("//")
  }

  /// Reads the name of an image as it is written: engines have rules of their own for what is left out.
  static func read(_ field: Field) throws(Refusal) -> String {
    let text = try field.text("the name of an image")
    do throws(Refusal) { _ = try ImageName(validating: text) } catch {
      throw field.badValue("the name of an image: \(form)")
    }
    return text
  }

  /// The digest that it is, "sha256:…"; nil: it is a name.
  public var digest: String? { ImageDigest.isValid(text) ? text : nil }

  private static func shortened(_ text: String) -> String {
    var rest = text[...]
    for prefix in ["docker.io/library/", "index.docker.io/library/", "docker.io/", "index.docker.io/"]
    where rest.hasPrefix(prefix) && rest.utf8.count > prefix.utf8.count {
      rest = rest.dropFirst(prefix.count)
      break
    }
    if rest.hasSuffix(":latest"), rest.utf8.count > 7 { rest = rest.dropLast(7) }
    return String(rest)
  }

  /// The name.
  public var description: String { text }

  /// Byte order; the names are ASCII.
  public static func < (a: ImageName, b: ImageName) -> Bool { a.text < b.text }
}

/// The digest of an image's manifest, "sha256:" and 64 hexadecimal digits in lower case (OCI image-spec, descriptor.md).
public enum ImageDigest {
  /// Whether a text is one.
  public static func isValid(_ text: String) -> Bool {
    let bytes = text.utf8
    return bytes.count == 71 && bytes.starts(with: "sha256:".utf8)
      && bytes.dropFirst(7).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// The folder's name in a store: a colon would end a path for many a program.
  public static func folder(of digest: String) -> String { "sha256-" + digest.utf8.dropFirst(7).text }

  /// The digest whose folder this is; nil: it is none.
  public static func inFolder(_ name: String) -> String? {
    let digest = "sha256:" + name.utf8.dropFirst(7).text
    return name.utf8.starts(with: "sha256-".utf8) && isValid(digest) ? digest : nil
  }
}

extension Substring.UTF8View {
  fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
