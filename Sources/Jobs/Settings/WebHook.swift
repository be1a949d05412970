/// Where a web hook posts to, and what it says beside the message.
public struct WebHook: Sendable, Equatable {
  /// A header that is the same in each request.
  public struct Header: Sendable, Equatable {
    /// A token of RFC 9110.
    public var name: String
    /// Visible characters and blanks. Of a secret one: the secret's name.
    public var value: String

    /// A header.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// `url`.
  public var url: WebAddress
  /// `secret`: the name of the one that requests are signed with; nil: they are not.
  public var secret: String?
  /// `headers`; none by default.
  public var headers: [Header] = []
  /// `headerSecrets`: headers whose values are secrets, by their names; none by default.
  public var secretHeaders: [Header] = []

  /// A web hook with every default.
  public init(url: WebAddress) { self.url = url }
}

extension WebHook {
  private static let keys = ["url", "secret", "headers", "headerSecrets"]
  /// The most headers of either kind, and the longest value, bytes.
  private static let mostHeaders = 50
  private static let longestValue = 4096

  /// Values are not repeated in refusals: a settings file with a mistake may have a token in it all the same.
  static func read(_ field: Field) throws(Refusal) -> WebHook {
    var hook: WebHook?
    var rest: [Field] = []
    for member in try field.members("an object with url") {
      switch member.name {
      case "url":
        guard let url = WebAddress(try member.text("an address")) else {
          throw member.refusal(.badValue, "bad value for \(quoted(member.path))", "expected \(WebAddress.form)")
        }
        hook = WebHook(url: url)
      case "secret", "headers", "headerSecrets": rest.append(member)
      default: throw member.unknownKey(among: keys)
      }
    }
    guard var hook else {
      throw field.refusal(.missingKey, "no 'url' in \(quoted(field.path))", "expected \(WebAddress.form)")
    }
    for member in rest { try hook.take(member) }
    return hook
  }

  private mutating func take(_ field: Field) throws(Refusal) {
    switch field.name {
    case "secret": secret = try Self.secretName(field)
    case "headers":
      for member in try Self.headers(field) {
        let value = try member.text("a text")
        guard (1...Self.longestValue).contains(value.utf8.count), !value.hasControlCharacters else {
          throw member.refusal(
            .badValue, "bad value for \(quoted(member.path))",
            "expected 1 to \(Self.longestValue) bytes without control characters")
        }
        headers.append(Header(try name(of: member), value))
      }
    default:
      for member in try Self.headers(field) {
        secretHeaders.append(Header(try name(of: member), try Self.secretName(member)))
      }
    }
  }

  private static func headers(_ field: Field) throws(Refusal) -> [Field] {
    let members = try field.members("an object of headers")
    guard members.count <= mostHeaders else { throw field.outOfRange("at most \(mostHeaders) headers") }
    return members
  }

  /// Whoever puts the secret itself there must not find it in the log.
  private static func secretName(_ field: Field) throws(Refusal) -> String {
    do throws(Refusal) { return try SecretName.read(field) } catch {
      throw field.refusal(
        error.code, "bad value for \(quoted(field.path))", "expected \(SecretName.form), never the secret itself")
    }
  }

  /// The name of a header that is free.
  private func name(of member: Field) throws(Refusal) -> String {
    let name = member.name
    let isToken =
      (1...100).contains(name.utf8.count)
      && name.utf8.allSatisfy { UTF8Text.isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    guard isToken else {
      throw member.keyRefusal(.badValue, "bad name of a header \(quoted(name))", "expected letters, digits and '-'")
    }
    let lower = name.lowercased()
    let own = [
      "content-type", "content-length", "transfer-encoding", "connection", "expect", "host", "idempotency-key",
    ]
    guard !own.contains(lower), !lower.hasPrefix("x-bobbin-") else {
      throw member.keyRefusal(
        .badValue, "the header \(quoted(name)) is set", "expected another one, this is Bobbin's or the request's own")
    }
    guard !(headers + secretHeaders).contains(where: { $0.name.lowercased() == lower }) else {
      throw member.keyRefusal(.conflictingKeys, "the header \(quoted(name)) again", "expected each header once")
    }
    return name
  }
}
