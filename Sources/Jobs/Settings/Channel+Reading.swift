extension Channel {
  private static let deliverers = ["command", "file", "mail", "webhook"]
  private static let keys = deliverers + ["rate", "timeout", "retry", "env", "secrets"]
  /// The longest command, arguments.
  private static let mostArguments = 1000

  /// Reads `channels`.
  static func readAll(_ field: Field) throws(Refusal) -> [ChannelName: Channel] {
    var channels: [ChannelName: Channel] = [:]
    for member in try field.members("an object of channels") {
      let name: ChannelName
      do throws(Refusal) { name = try ChannelName(validating: member.name) } catch {
        throw member.keyRefusal(error.code, "bad name of a channel", error.reason)
      }
      channels[name] = try read(member)
    }
    return channels
  }

  private static func read(_ field: Field) throws(Refusal) -> Channel {
    var deliverer: (field: Field, how: Deliverer)?
    var rest: [Field] = []
    for member in try field.members("an object with one of command, file, mail, webhook") {
      guard keys.contains(member.name) else { throw member.unknownKey(among: keys) }
      guard deliverers.contains(member.name) else {
        rest.append(member)
        continue
      }
      if let other = deliverer?.field {
        throw member.keyRefusal(
          .conflictingKeys, "\(quoted(member.name)) beside \(quoted(other.name))",
          "expected exactly one of command, file, mail, webhook")
      }
      deliverer = (member, try readDeliverer(member))
    }
    guard let deliverer else {
      throw field.refusal(
        .missingKey, "the channel \(quoted(field.name)) delivers nothing",
        "expected exactly one of command, file, mail, webhook")
    }
    var channel = Channel(deliverer.how)
    for member in rest { try channel.take(member, beside: deliverer.field) }
    if let name = channel.secrets.first(where: { name in channel.env.contains { $0.name == name } }) {
      throw field.refusal(
        .conflictingKeys, "the variable \(quoted(name)) in 'secrets' and in 'env'", "expected it in one of the two")
    }
    return channel
  }

  private mutating func take(_ member: Field, beside deliverer: Field) throws(Refusal) {
    switch member.name {
    case "rate":
      guard let rate = DeliveryRate.parse(try member.text(DeliveryRate.form)) else {
        throw member.badValue(DeliveryRate.form)
      }
      self.rate = rate
    case "timeout": timeout = try member.duration(.seconds(1)...(.seconds(86_400)))
    case "retry":
      retry = try RetryPolicy.read(member)
      retry.attempts = retry.attempts ?? Self.attempts
    default:
      let allowed = member.name == "env" ? ["command", "mail", "webhook"] : ["command", "mail"]
      guard allowed.contains(deliverer.name) else {
        throw member.keyRefusal(
          .conflictingKeys, "\(quoted(member.name)) beside \(quoted(deliverer.name))",
          "expected it beside \(allowed.joined(separator: ", ")) only")
      }
      if member.name == "env" { env = try Job.environment(member) } else { secrets = try SecretName.readAll(member) }
    }
  }

  private static func readDeliverer(_ field: Field) throws(Refusal) -> Deliverer {
    switch field.name {
    case "command": return .command(try command(field))
    case "file":
      return .file(
        folder: try one("folder", of: field, "an absolute path") { (f) throws(Refusal) in try f.absolutePath() })
    case "mail":
      return .mail(
        from: try one("from", of: field, MailAddress.form) { (member) throws(Refusal) in
          guard let address = MailAddress(try member.text(MailAddress.form)) else {
            throw member.badValue(MailAddress.form)
          }
          return address
        })
    default: return .webHook(try WebHook.read(field))
    }
  }

  private static func command(_ field: Field) throws(Refusal) -> [String] {
    let elements = try field.elements("an array of a program and its arguments")
    guard (1...mostArguments).contains(elements.count) else {
      throw field.outOfRange("a program and at most \(mostArguments - 1) arguments")
    }
    var words: [String] = []
    for element in elements { words.append(try element.text()) }
    let program = words[0]
    guard !program.isEmpty, program.utf8.first == UInt8(ascii: "/") || !program.utf8.contains(UInt8(ascii: "/")) else {
      throw elements[0].badValue("an absolute path, or a name that is looked up in PATH")
    }
    return words
  }

  /// The only member of an object.
  private static func one<Value>(
    _ key: String, of field: Field, _ expected: String, _ read: (Field) throws(Refusal) -> Value
  ) throws(Refusal) -> Value {
    var value: Value?
    for member in try field.members("an object with \(key)") {
      guard member.name == key else { throw member.unknownKey(among: [key]) }
      value = try read(member)
    }
    guard let value else {
      throw field.refusal(.missingKey, "no \(quoted(key)) in \(quoted(field.path))", "expected \(expected)")
    }
    return value
  }
}
