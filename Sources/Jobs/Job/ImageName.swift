/// The name of a container image: `busybox`, `registry.example/team/app:1.2`, `app@sha256:…`.
public enum ImageName {
  /// The most bytes of one.
  public static let longest = 255

  /// Whether it can be one. A first letter or digit, so it is never an option of a program it is given to; then what the
  /// reference grammar of the distribution project has: letters, digits, `.`, `_`, `-`, `/`, `:` and `@`.
  public static func isGood(_ text: String) -> Bool {
    guard let first = text.utf8.first, isAlphanumeric(first), text.utf8.count <= longest else { return false }
    return text.utf8.allSatisfy { isAlphanumeric($0) || "._-/:@".utf8.contains($0) }
  }

  static func read(_ field: Field) throws(Refusal) -> String {
    let name = try field.text("the name of an image")
    guard isGood(name) else {
      throw field.badValue(
        "the name of an image: letters, digits, '.', '_', '-', '/', ':' and '@', a letter or digit first")
    }
    return name
  }

  static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
