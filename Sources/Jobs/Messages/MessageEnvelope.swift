/// A message as deliverers hand it on: the input of a channel's command, the body of a web hook, a line of a file.
public struct MessageEnvelope: Sendable, Equatable {
  /// By which a repeat is known: the sender's `id`, else the file's name. The same in every attempt.
  public var id: String
  /// From 1. More than 1: it may have been delivered before.
  public var attempt: Int
  /// What is delivered.
  public var message: OutgoingMessage
  /// When it is written into a file, where nothing else tells; nil: left out.
  public var at: Timestamp?

  /// An envelope.
  public init(id: String, attempt: Int, message: OutgoingMessage, at: Timestamp? = nil) {
    self.id = id
    self.attempt = attempt
    self.message = message
    self.at = at
  }

  /// One line of JSON, ended by a line break. `files` is always there; what is nil is left out.
  public func line() -> [UInt8] {
    var writer = JSONWriter(.compact, capacity: 256 + message.text.utf8.count)
    writer.beginObject()
    writer.member("id", id)
    writer.member("attempt", attempt)
    writer.member("at", at)
    writer.member("channel", message.channel.text)
    writer.member("to", message.address)
    writer.member("text", message.text)
    writer.key("files")
    writer.beginArray()
    for path in message.files { writer.string(path) }
    writer.endArray()
    writer.member("group", message.group?.text)
    writer.member("job", message.job?.text)
    writer.member("replyTo", json: message.replyTo)
    writer.endObject()
    return writer.line()
  }
}
