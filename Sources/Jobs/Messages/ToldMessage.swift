/// A message that is not answered yet, and how often the agent was told of it.
public struct ToldMessage: Sendable, Equatable {
  /// What was said. It has an id.
  public var message: IncomingMessage
  /// `attempt`: the number of the last run that was told of it, from 1; 0: none was.
  public var attempt: Int

  /// - Parameter run: the number of the run of its own work that is told of it; 0: none.
  public init(_ message: IncomingMessage, inRun run: Int) { self.init(message, attempt: run + message.toldBefore) }

  public init(_ message: IncomingMessage, attempt: Int) { (self.message, self.attempt) = (message, attempt) }

  /// Several, as they are kept.
  public static func encode(_ messages: [ToldMessage]) -> [UInt8] {
    var writer = JSONWriter(.pretty, capacity: 1024)
    writer.beginArray()
    for told in messages { told.message.encode(&writer, attempt: told.attempt) }
    writer.endArray()
    return writer.line()
  }

  /// Reads what `encode` wrote.
  public static func readAll(_ bytes: [UInt8]) throws(Refusal) -> [ToldMessage] {
    let root = Field(root: try JSONReader.read(bytes), source: bytes)
    var messages: [ToldMessage] = []
    for element in try root.elements() {
      var told = ToldMessage(try IncomingMessage.read(element, besides: ["attempt"]), attempt: 0)
      for member in try element.members() where member.name == "attempt" {
        told.attempt = try member.integer(0...Int.max - 1)
      }
      messages.append(told)
    }
    return messages
  }
}
