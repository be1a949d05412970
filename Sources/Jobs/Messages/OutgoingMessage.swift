/// A message to the outside: `outbox/NAME.json`. A channel of `settings.json` delivers it.
public struct OutgoingMessage: Sendable, Equatable {
  /// The channel that delivers it: what stands before the first colon of `to`.
  public var channel: ChannelName
  /// Whom it is for, in the channel's own terms: what stands behind the colon, 1…1024 bytes without control characters. Nil:
  /// the channel has one place to deliver to.
  public var address: String?
  /// `text`; may be empty where there are files.
  public var text: String
  /// `files`: absolute paths, at most `mostFiles`. They belong to the sender, and have to be there until it is delivered.
  public var files: [String] = []
  /// `id`: by which whoever receives it knows a repeat, 1…200 bytes without control characters. Nil: the file's name.
  public var id: String?
  /// `replyTo`: an object that means something to the channel, such as the message that this one answers.
  public var replyTo: CompactJSON?
  /// `group` that it comes from.
  public var group: GroupName?
  /// `job` that it comes from.
  public var job: JobID?
  /// `origin`: `ipc`, written by the host: a container asked for it.
  public var origin: String?

  /// The longest address, bytes.
  public static let longestAddress = 1024
  /// The longest `id`, bytes.
  public static let longestID = 200
  /// The most files of one message.
  public static let mostFiles = 100

  /// A message with nothing but a text.
  public init(channel: ChannelName, address: String? = nil, text: String) {
    self.channel = channel
    self.address = address
    self.text = text
  }

  /// `channel:address`, or the channel alone.
  public var to: String { address.map { "\(channel.text):\($0)" } ?? channel.text }

  /// A file that reads as this message.
  public func encode() -> [UInt8] {
    var writer = JSONWriter(.pretty, capacity: 256 + text.utf8.count)
    writer.beginObject()
    writer.member("to", to)
    writer.member("text", text)
    writer.member("files", texts: files)
    writer.member("id", id)
    writer.member("replyTo", json: replyTo)
    writer.member("group", group?.text)
    writer.member("job", job?.text)
    writer.member("origin", origin)
    writer.endObject()
    return writer.line()
  }
}

extension JSONWriter {
  /// Writes an array of texts, unless there are none.
  mutating func member(_ key: StaticString, texts values: [String]) {
    if values.isEmpty { return }
    self.key(key)
    beginArray()
    for value in values { string(value) }
    endArray()
  }
}
