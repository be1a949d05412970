/// One address of a mailbox, with the name of a person before it or not: `ops@example.com`, `Ops <ops@example.com>`.
///
/// Only what every mail program reads alike: the letters of RFC 5321's `Dot-string` and of host names. Quoted local parts,
/// comments, lists and routes are refused, for each of them is a way to say more than one address.
public struct MailAddress: Sendable, Equatable {
  /// `ops@example.com`.
  public let address: String
  /// What stands before it; nil: nothing.
  public let name: String?

  /// What a sentence says was expected.
  static let form = "an address such as \"ops@example.com\" or \"Ops <ops@example.com>\""

  /// Reads an address; nil for anything else.
  public init?(_ text: String) {
    guard text.utf8.last == UInt8(ascii: ">") else {
      guard Self.isAddress(text) else { return nil }
      (address, name) = (text, nil)
      return
    }
    guard let open = text.utf8.lastIndex(of: UInt8(ascii: "<")) else { return nil }
    let inner = String(text[text.utf8.index(after: open)...].dropLast())
    let before = text[..<open].split(separator: " ").joined(separator: " ")
    guard Self.isAddress(inner), before.utf8.count <= 200, !before.hasControlCharacters,
      !before.utf8.contains(where: { "<>\"@,;:\\()[]".utf8.contains($0) })
    else { return nil }
    (address, name) = (inner, before.isEmpty ? nil : before)
  }

  /// At most 254 bytes (RFC 5321, 4.5.3.1.3 less the brackets), 64 of them before the `@`.
  private static func isAddress(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, text.utf8.count <= 254, (1...64).contains(parts[0].count) else { return false }
    let isLocal = dots(parts[0]) { UTF8Text.isAlphanumeric($0) || "!#$%&'*+/=?^_`{|}~-".utf8.contains($0) }
    // A first '-' would be an option to a program that gets it as an argument.
    return isLocal && parts[0].first != UInt8(ascii: "-")
      && dots(parts[1]) { UTF8Text.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
  }

  /// Parts with dots between, none of them empty.
  private static func dots(_ text: Substring.UTF8View, _ isGood: (UInt8) -> Bool) -> Bool {
    text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .allSatisfy { !$0.isEmpty && $0.allSatisfy(isGood) }
  }
}
