/// A message from outside, `{ "message": { … } }` in a job's file: work for the group that its chat belongs to.
public struct IncomingMessage: Sendable, Equatable {
  /// `channel`: by which it came, the name of a channel that answers go out by.
  public var channel: String
  /// `chat`: the conversation, as the channel calls it: where answers go.
  public var chat: String
  /// `from`: who wrote it.
  public var from: String?
  /// `text`.
  public var text: String
  /// `at`: when it was written.
  public var at: Timestamp?
  /// `id`: the channel's own name for it; the same one twice is handled once. Nil: each is another.
  public var id: String?
  /// `attempt`: which time it is told when it first is; nil: the first. More than 1: somebody may have seen it already, under
  /// the same `id`.
  public var attempt: Int?
  /// `files`: paths of what came with it.
  public var files: [String] = []

  /// The channel of what is said to a group itself: its `chat` is the group.
  public static let groupChannel = "group"

  /// The largest `attempt`.
  public static let mostAttempts = 1_000_000

  private static let keys = ["channel", "from", "chat", "text", "at", "id", "attempt", "files"]
  /// The most bytes of `from`, `chat` and `id`.
  public static let maxTextBytes = 512
  /// What may stand beside `message` in a job.
  static let companions = ["message", "notBefore", "expires", "priority", "labels", "description"]

  /// A message; what only some channels know is nil.
  public init(
    channel: String, chat: String, text: String, from: String? = nil, at: Timestamp? = nil, id: String? = nil
  ) {
    (self.channel, self.chat, self.text) = (channel, chat, text)
    (self.from, self.at, self.id) = (from, at, id)
  }

  /// Where an answer goes: `channel:chat`.
  public var address: String { "\(channel):\(chat)" }

  /// How often somebody may have been told of it already.
  var toldBefore: Int { (attempt ?? 1) - 1 }

  /// Whether it is the same message, however often it was told.
  public func isSame(as other: IncomingMessage) -> Bool {
    var other = other
    other.attempt = attempt
    return self == other
  }

  /// The idempotency key of the job: at most 256 bytes, and another for each message. The chat is part of it, as many channels
  /// count their messages anew in each; its length is, as it may have colons.
  var key: String? {
    guard let id else { return nil }
    let key = "message:\(channel):\(chat.utf8.count):\(chat):\(id)"
    return key.utf8.count <= Job.maxKeyBytes ? key : "message:\(FNV1a128.text(of: key))"
  }

  /// - Parameter others: keys that are somebody else's to read.
  static func read(_ field: Field, besides others: [String] = []) throws(Refusal) -> IncomingMessage {
    var message = IncomingMessage(channel: "", chat: "", text: "")
    var hasText = false
    for member in try field.members("an object with channel, chat and text") {
      switch member.name {
      case "channel": message.channel = try member.channelName().text
      case "from": message.from = try member.text("who wrote it", upTo: maxTextBytes)
      // It is where answers go, and an address has no control characters.
      case "chat": message.chat = try member.line("the conversation", upTo: maxTextBytes)
      case "text":
        message.text = try member.text()
        hasText = true
      case "at": message.at = try member.timestamp()
      case "id": message.id = try member.text("the message's id", upTo: maxTextBytes)
      case "attempt" where !others.contains("attempt"): message.attempt = try member.integer(1...mostAttempts)
      case "files":
        for element in try member.elements("an array of absolute paths") {
          message.files.append(try element.absolutePath())
          if message.files.count > Request.maxFiles { throw member.outOfRange("at most \(Request.maxFiles) files") }
        }
      default: guard others.contains(member.name) else { throw member.unknownKey(among: keys) }
      }
    }
    for (key, value) in [("channel", message.channel), ("chat", message.chat)] where value.isEmpty {
      throw field.refusal(.missingKey, "no '\(key)' in the message", "expected channel, chat and text")
    }
    guard hasText else {
      throw field.refusal(.missingKey, "no 'text' in the message", "expected channel, chat and text")
    }
    return message
  }

  /// Reads what was said to a running job and was not taken: a message to its group. Whoever wrote it was not asked to be
  /// strict; only a text has to be there.
  ///
  /// - Parameter name: stands for it where it has no id of its own.
  public static func read(
    saidTo group: GroupName, _ bytes: [UInt8], named name: String, routes: [Route]
  ) throws(Refusal) -> IncomingMessage {
    let root = Field(root: try JSONReader.read(bytes), source: bytes)
    var message = IncomingMessage(channel: groupChannel, chat: group.text, text: "")
    var hasText = false
    var (channel, chat) = ("", "")
    for member in try root.members("an object with 'text'") {
      switch (member.name, member.node.value) {
      case ("text", _):
        message.text = try member.text()
        hasText = true
      case ("id", .string(let id)) where !id.isEmpty:
        message.id = id.utf8.count <= maxTextBytes ? id : FNV1a128.text(of: id)
      case ("channel", .string(let name)): channel = name
      case ("chat", .string(let name)): chat = name
      case ("attempt", .number(let number)):
        message.attempt = Int(number).flatMap { (1...mostAttempts).contains($0) ? $0 : nil }
      case ("from", .string(let from)) where (1...maxTextBytes).contains(from.utf8.count): message.from = from
      default: break
      }
    }
    guard hasText else { throw root.refusal(.missingKey, "no 'text' in the message", "expected a text") }
    message.id = message.id ?? name
    // What came from a chat of the group goes on as that, so that it can be answered. What a route for every chat would take
    // and no job may name (`read` above) is nobody's chat.
    let isChat = (1...maxTextBytes).contains(chat.utf8.count) && !chat.hasControlCharacters
    if isChat, routes.first(where: { $0.fits(channel: channel, chat: chat) })?.group == group {
      (message.channel, message.chat) = (channel, chat)
    }
    return message
  }

  /// Writes it as an agent reads it.
  ///
  /// - Parameter attempt: 1, and more when it is told again.
  public func encode(_ writer: inout JSONWriter, attempt: Int?) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("attempt", attempt)
    writer.member("text", text)
    writer.member("from", from)
    writer.member("chat", chat)
    writer.member("channel", channel)
    writer.member("at", at)
    if !files.isEmpty {
      writer.key("files")
      writer.beginArray()
      for file in files { writer.string(file) }
      writer.endArray()
    }
    writer.endObject()
  }
}

/// Which group a chat belongs to: an element of `routes` in the settings. The first that fits counts.
public struct Route: Sendable, Equatable {
  /// `channel`.
  public var channel: String
  /// `chat`; nil: every chat of the channel.
  public var chat: String?
  /// `group`.
  public var group: GroupName

  /// Whether a chat is meant.
  public func fits(channel: String, chat: String) -> Bool {
    UTF8Text.same(self.channel, channel) && (self.chat.map { UTF8Text.same($0, chat) } ?? true)
  }

  static func readAll(_ field: Field) throws(Refusal) -> [Route] {
    var routes: [Route] = []
    for element in try field.elements("an array of routes") {
      var (channel, chat, group): (String?, String?, GroupName?)
      for member in try element.members("an object with channel, chat, group") {
        switch member.name {
        case "channel": channel = try member.channelName().text
        case "chat": chat = try member.line("a conversation", upTo: IncomingMessage.maxTextBytes)
        case "group": group = try member.groupName()
        default: throw member.unknownKey(among: ["channel", "chat", "group"])
        }
      }
      guard let channel, let group else {
        throw element.refusal(
          .missingKey, "a route without channel or group", "expected both; without 'chat' every chat")
      }
      routes.append(Route(channel: channel, chat: chat, group: group))
    }
    return routes
  }
}

extension Job {
  /// A message as work of the group that its chat belongs to; any other job as it is.
  ///
  /// - Throws: `no-route`.
  public consuming func routed(by routes: [Route]) throws(Refusal) -> Job {
    guard let message else { return self }
    if message.channel == IncomingMessage.groupChannel {
      var job = self
      job.group = try GroupName(validating: message.chat)
      job.key = message.key
      return job
    }
    guard let route = routes.first(where: { $0.fits(channel: message.channel, chat: message.chat) }) else {
      throw Refusal(
        code: .noRoute,
        reason: "no route leads from \(quoted(message.address)) to a group; expected one in 'routes' of settings.json",
        key: "message.chat")
    }
    var job = self
    job.group = route.group
    job.key = message.key
    return job
  }

  /// The work that a message is for a group: its agent, with the messages on standard input.
  ///
  /// - Parameters:
  ///   - earlier: those of the same chat since the last one that was answered, oldest first.
  ///   - session: names the conversation.
  public func asWork(of agent: Job, after earlier: [ToldMessage], session: String?, attempt: Int) -> Job {
    guard let message else { return self }
    var job = agent
    (job.message, job.group, job.key) = (message, group, key)
    (job.notBefore, job.expires, job.stated) = (notBefore, expires, agent.stated.union(stated))
    if stated.contains(.priority) { job.priority = priority }
    var json = JSONWriter(.compact, capacity: 512)
    json.beginObject()
    json.key("messages")
    json.beginArray()
    for old in earlier { old.message.encode(&json, attempt: old.attempt) }
    message.encode(&json, attempt: attempt + message.toldBefore)
    json.endArray()
    json.member("channel", message.channel)
    json.member("chat", message.chat)
    json.member("session", session)
    json.endObject()
    job.stdin = .json(json.bytes)
    return job
  }
}
