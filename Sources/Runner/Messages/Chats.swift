import Jobs
import Observability
import Platform
import Spool

/// What was said in chats since they were last answered: the context of the next message that starts work. Kept in
/// `state/chats/`; the messages themselves are jobs and lie where jobs do.
final class Chats {
  /// The most messages, and bytes of them, that are kept of a chat.
  private static let most = 100
  private static let mostBytes = 256 << 10

  private let core: Core

  init(_ core: Core) { self.core = core }

  /// Names a conversation: 16 hexadecimal digits.
  static func session(of message: IncomingMessage) -> String { IncomingMessage.session(of: message.address) }

  /// Those before this one that were not answered, oldest first.
  func earlier(than message: IncomingMessage) -> [IncomingMessage] {
    read(message.address).filter { !Self.isSame($0, message) }
  }

  /// Keeps a message for the next one that starts work.
  func keep(_ message: IncomingMessage) {
    var kept = read(message.address)
    guard !kept.contains(where: { Self.isSame($0, message) }) else { return }
    kept.append(message)
    write(kept, message.address)
  }

  /// The work for a message succeeded: it and all before it are answered.
  func answered(_ address: String, upTo id: String?) {
    let kept = read(address)
    let last = id.flatMap { id in kept.lastIndex { $0.id == id } }
    write(last.map { Array(kept[($0 + 1)...]) } ?? [], address)
  }

  private static func isSame(_ one: IncomingMessage, _ other: IncomingMessage) -> Bool {
    one.id != nil ? one.id == other.id : one == other
  }

  private func read(_ address: String) -> [IncomingMessage] {
    guard let folder = try? folder(making: false),
      let bytes = try? folder.open(Self.name(address)).readAll(limit: Self.mostBytes * 2)
    else { return [] }  // none was kept
    return (try? IncomingMessage.readAll(bytes)) ?? []
  }

  private func write(_ messages: [IncomingMessage], _ address: String) {
    var kept = messages.suffix(Self.most)
    while kept.reduce(0, { $0 + $1.text.utf8.count }) > Self.mostBytes { kept = kept.dropFirst() }
    core.keepGoing { () throws(SystemError) in
      let folder = try folder(making: true)
      if kept.isEmpty {
        if folder.has(Self.name(address)) { try core.disk.remove(Self.name(address), in: folder) }
        return
      }
      _ = try core.writer.write(IncomingMessage.encode(Array(kept)), as: Self.name(address), in: folder)
    }
  }

  private static func name(_ address: String) -> String { IncomingMessage.session(of: address) + ".json" }

  private func folder(making: Bool) throws(SystemError) -> Folder {
    let state = try core.folders[.state]
    if making { try state.makeFolder("chats") }
    return try state.folder("chats")
  }
}
