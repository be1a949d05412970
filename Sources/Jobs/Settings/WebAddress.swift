/// The address of a web hook: https, or http to this machine itself.
public struct WebAddress: Sendable, Equatable {
  /// The whole of it.
  public let text: String
  /// Without path and query: `https://example.com:8443`.
  public let origin: String
  /// Path and query.
  public let target: String
  /// `https` or `http`.
  public let scheme: String

  /// What a sentence says was expected.
  static let form =
    "an https address of visible ASCII without user, password and '#', or an http one of localhost, 127.0.0.1 or [::1]"

  /// Reads an address; nil for anything else.
  public init?(_ text: String) {
    // Letters, digits, and RFC 3986's reserved ones but for '#' and '@': whoever reads it differently would go elsewhere.
    let kept = Set("-._~:/?[]!$&'()*+,;=%".utf8)
    guard text.utf8.count <= 2000, text.utf8.allSatisfy({ UTF8Text.isAlphanumeric($0) || kept.contains($0) }) else {
      return nil
    }
    let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let rest = parts[1]
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard let host = Self.host(String(authority)) else { return nil }
    guard parts[0] == "https" || (parts[0] == "http" && Self.isLoopback(host)) else { return nil }
    self.text = text
    scheme = String(parts[0])
    origin = "\(parts[0])://\(authority)"
    target = String(rest[authority.endIndex...])
  }

  /// The host of an authority; nil if it is none that every program reads alike.
  private static func host(_ authority: String) -> String? {
    var host = Substring(authority)
    if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      let port = authority[authority.index(after: colon)...]
      guard (1...5).contains(port.utf8.count), let number = Int(port), (1...65_535).contains(number) else { return nil }
      host = authority[..<colon]
    }
    if host.hasPrefix("[") {
      let inner = host.dropFirst().dropLast()
      let isAddress = inner.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) || $0 == UInt8(ascii: ":")
          || $0 == UInt8(ascii: ".")
      }
      return host.hasSuffix("]") && inner.utf8.count > 1 && isAddress ? String(host) : nil
    }
    let isName = host.utf8.allSatisfy {
      UTF8Text.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
    }
    return !host.isEmpty && host.utf8.count <= 253 && isName ? String(host) : nil
  }

  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { (1...3).contains($0.utf8.count) && (Int($0).map { (0...255).contains($0) } ?? false) }
  }
}
