import Jobs
import Observability
import Platform
import Spool

/// What was said in chats since they were last answered: the context of the next message that starts work. Kept in
/// `state/chats/`; the messages themselves are jobs and lie where jobs do.
///
/// A message is added when it is first looked at, whatever comes of it, and goes when work that was told of it succeeded.
final class Chats {
  /// The most messages, and bytes of their file, that are kept of a chat; the newest one whatever its length.
  private static let most = 100
  private static let mostBytes = 1 << 20
  /// What a file may have: one message is as large as a job may be.
  private static let readLimit = 80 << 20

  private let core: Core
  /// The messages whose work has begun and not come to its end, with the ids of those that it was told of, by chat. One is
  /// its own work's to answer, and no context of another.
  private var underWay: [String: [String: Set<String>]] = [:]

  init(_ core: Core) { self.core = core }

  /// Keeps a message for the next one that starts work.
  func keep(_ message: IncomingMessage) throws(SystemError) {
    var kept = try read(message.address)
    guard !kept.contains(where: { Self.isSame($0, message.id) }) else { return }
    kept.append(ToldMessage(message, inRun: 0))
    try write(kept, message.address)
  }

  /// The work for a message begins. Answers those before it that were not answered, oldest first.
  func begin(_ message: IncomingMessage, attempt: Int) throws(SystemError) -> [ToldMessage] {
    var kept = try read(message.address)
    let own = kept.firstIndex { Self.isSame($0, message.id) } ?? kept.count
    if own == kept.count { kept.append(ToldMessage(message, inRun: 0)) }
    kept[own].attempt = max(kept[own].attempt, ToldMessage(message, inRun: attempt).attempt)
    let others = underWay[message.address] ?? [:]
    var earlier: [ToldMessage] = []
    for index in 0..<own where others[kept[index].message.id ?? ""] == nil {
      kept[index].attempt += 1
      earlier.append(kept[index])
    }
    try write(kept, message.address)
    underWay[message.address, default: [:]][message.id ?? ""] = Set(earlier.compactMap(\.message.id))
    return earlier
  }

  /// The work for a message succeeded: it and what was told with it are answered.
  func answered(_ address: String, _ id: String) {
    let told = leave(address, id)
    core.keepGoing { () throws(SystemError) in
      let kept = try read(address)
      guard let own = kept.lastIndex(where: { Self.isSame($0, id) }) else { return }
      let others = underWay[address] ?? [:]
      let left = kept.enumerated().filter { index, one in
        let name = one.message.id ?? ""
        if index >= own { return index > own }
        // Of work that an earlier runner began only the order is known.
        return told.map { !$0.contains(name) } ?? (others[name] != nil)
      }
      try write(left.map(\.element), address)
    }
  }

  /// The work for a message came to another end: it is told with the next.
  func failed(_ address: String, _ id: String) { _ = leave(address, id) }

  private func leave(_ address: String, _ id: String) -> Set<String>? {
    let told = underWay[address]?.removeValue(forKey: id)
    if underWay[address]?.isEmpty == true { underWay[address] = nil }
    return told
  }

  private static func isSame(_ one: ToldMessage, _ id: String?) -> Bool {
    guard let id, let own = one.message.id else { return false }
    return own.utf8.elementsEqual(id.utf8)
  }

  private func read(_ address: String) throws(SystemError) -> [ToldMessage] {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try folder(making: false).open(Self.name(address)).readAll(limit: Self.readLimit)
    } catch {
      if error.isMissing { return [] }
      throw error
    }
    guard let kept = try? ToldMessage.readAll(bytes) else {
      core.log.write(.warn, "chat-unreadable", "what was kept of the chat '\(address)' cannot be read: it begins anew")
      return []
    }
    return kept
  }

  private func write(_ messages: [ToldMessage], _ address: String) throws(SystemError) {
    let folder = try folder(making: true)
    var kept = Array(messages.suffix(Self.most))
    guard !kept.isEmpty else {
      if try folder.has(Self.name(address)) { try core.disk.remove(Self.name(address), in: folder) }
      return
    }
    var bytes = ToldMessage.encode(kept)
    while bytes.count > Self.mostBytes, kept.count > 1 {
      kept.removeFirst(max(1, kept.count / 10))
      bytes = ToldMessage.encode(kept)
    }
    _ = try core.writer.write(bytes, as: Self.name(address), in: folder)
  }

  private static func name(_ address: String) -> String { SessionSettings.name(of: address) + ".json" }

  private func folder(making: Bool) throws(SystemError) -> Folder {
    let state = try core.folders[.state]
    if making { try state.makeFolder("chats") }
    return try state.folder("chats")
  }
}
