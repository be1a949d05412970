extension OutgoingMessage {
  private static let keys = ["to", "text", "files", "id", "replyTo", "group", "job", "origin"]

  /// Reads a dropped file, as strictly as a job: what is not understood is refused, but for keys that start with `x-`.
  /// - Throws: the first thing that is wrong, with its place; the codes are those of `Job.read`.
  public static func read(_ bytes: [UInt8]) throws(Refusal) -> OutgoingMessage {
    let root = Field(root: try JSONReader.read(bytes), source: bytes)
    var message: OutgoingMessage?
    var rest: [Field] = []
    var (text, files): (Field?, Field?)
    for field in try root.members("an object with the message's keys") {
      switch field.name {
      case "to": message = try recipient(field)
      case "text": text = field
      case "files":
        files = field
        rest.append(field)
      case "id", "replyTo", "group", "job", "origin": rest.append(field)
      default:
        guard field.name.utf8.starts(with: "x-".utf8) else { throw field.unknownKey(among: keys) }
      }
    }
    guard var message else {
      throw root.refusal(.missingKey, "no 'to' in the message", "expected a channel, or \"channel:address\"")
    }
    guard text != nil || files != nil else {
      throw root.refusal(.missingKey, "no 'text' in the message", "expected a text, or 'files'")
    }
    if let text { message.text = try text.text() }
    for field in rest { try message.take(field) }
    if message.text.isEmpty, message.files.isEmpty {
      throw (text ?? root).refusal(
        .outOfRange, "a message without content", "expected a text that is not empty, or files")
    }
    return message
  }

  private mutating func take(_ field: Field) throws(Refusal) {
    switch field.name {
    case "files":
      let elements = try field.elements("an array of absolute paths")
      guard elements.count <= Self.mostFiles else { throw field.outOfRange("at most \(Self.mostFiles) files") }
      for element in elements { files.append(try element.absolutePath()) }
    case "id": id = try field.line("a text", upTo: Self.longestID)
    case "replyTo":
      _ = try field.members("an object")
      replyTo = CompactJSON(field.node)
    case "group": group = try field.groupName()
    case "job": job = try field.jobID()
    default:
      let origin = try field.text("\"ipc\"")
      guard origin == "ipc" else { throw field.badValue("\"ipc\"") }
      self.origin = origin
    }
  }

  private static func recipient(_ field: Field) throws(Refusal) -> OutgoingMessage {
    let text = try field.text("a channel, or \"channel:address\"")
    do throws(Refusal) { return try OutgoingMessage(to: text, text: "") } catch {
      throw field.refusal(error.code, "bad recipient", error.reason)
    }
  }

  /// A message to `channel:address`, or to a channel alone.
  /// - Throws: `bad-name`, `out-of-range`, `bad-value`, saying what was expected.
  public init(to: String, text: String) throws(Refusal) {
    let parts = to.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    let channel = try ChannelName(validating: parts.first ?? "")
    guard parts.count == 2 else {
      self.init(channel: channel, text: text)
      return
    }
    let address = parts[1]
    guard (1...Self.longestAddress).contains(address.utf8.count) else {
      throw Refusal(
        code: .outOfRange, reason: "expected an address of 1 to \(Self.longestAddress) bytes behind the colon")
    }
    guard !address.hasControlCharacters else {
      throw Refusal(code: .badValue, reason: "expected an address without control characters")
    }
    self.init(channel: channel, address: address, text: text)
  }
}

extension Field {
  /// The name of a channel.
  func channelName() throws(Refusal) -> ChannelName {
    let text = try self.text("a channel's name")
    do throws(Refusal) { return try ChannelName(validating: text) } catch {
      throw refusal(error.code, "bad name of a channel", error.reason)
    }
  }

  /// A text of one line: 1…`limit` bytes, no control characters.
  func line(_ expected: String, upTo limit: Int) throws(Refusal) -> String {
    let text = try self.text(expected, upTo: limit)
    guard !text.hasControlCharacters else { throw badValue("\(expected) without control characters") }
    return text
  }
}

extension String {
  /// Whether there is one of C0, DEL and C1, or a separator of lines: what could end a line of a header or a log.
  var hasControlCharacters: Bool {
    unicodeScalars.contains {
      $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.value == 0x2028 || $0.value == 0x2029
    }
  }
}
