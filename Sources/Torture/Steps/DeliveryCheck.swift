import Jobs
import Platform

/// What went out: each message that says delivered was told, with what it says, and more than once only where an attempt was cut
/// short or failed. Reads what channels wrote, outside of the spool.
struct DeliveryCheck {
  /// A message that a channel takes.
  struct Expected: Sendable {
    /// The file that its channel writes in, a line of JSON each.
    let file: String
    let text: String
    /// Attempts that it takes when nothing goes wrong.
    var attempts = 1
  }

  /// By the messages' ids; others are told nowhere. Those of a file in the order in which they have to come.
  let expected: [(id: String, what: Expected)]
  /// A file that may not be read is refused, and told nowhere.
  var mayRefuse = false
  /// The command came to its own end: what went wrong was one call of one attempt.
  var isFirstOwn = false

  private struct Line {
    let id: String
    let attempt: Int
    let text: String
  }

  /// - Parameter told: the folder that channels write in.
  func midway(_ messages: SpoolView, told: Folder) throws -> [Finding] {
    var findings: [Finding] = []
    for file in Set(expected.map(\.what.file)).sorted() {
      let lines = try Self.read(file, in: told, &findings)
      for line in lines {
        guard let own = expected.first(where: { $0.id == line.id && $0.what.file == file }) else {
          findings.append(Finding(.toldWrong, "\(file): '\(line.id)' is not to be told"))
          continue
        }
        if own.what.text != line.text { findings.append(Finding(.toldWrong, "\(file): '\(line.id)': \(line.text)")) }
      }
      for (id, _) in expected.filter({ $0.what.file == file }) {
        findings += delivered(id, lines.filter { $0.id == id }, messages)
      }
      // In order for each address, which a file is; but for one that could not be looked at when the others were.
      let order = lines.reduce(into: [String]()) { if !$0.contains($1.id) { $0.append($1.id) } }
      if !([""] + order).contains(where: { late in isInOrder(order.filter { $0 != late }) }) {
        findings.append(Finding(.toldWrong, "\(file): told as \(order)"))
      }
    }
    return findings
  }

  private func isInOrder(_ ids: [String]) -> Bool { ids == expected.map(\.id).filter { ids.contains($0) } }

  /// What a record says of a message, and what was told of it.
  private func delivered(_ id: String, _ lines: [Line], _ messages: SpoolView) -> [Finding] {
    var findings: [Finding] = []
    let attempts = lines.map(\.attempt)
    if Set(attempts).count != attempts.count || attempts.sorted() != attempts {
      findings.append(Finding(.toldAgain, "'\(id)' was told as attempts \(attempts)"))
    }
    for record in messages.sidecars[id] ?? [] {
      let facts = record.content.facts
      if facts.status == "delivered", !attempts.contains(facts.attempts) {
        findings.append(
          Finding(.notTold, "'\(id)' says delivered by attempt \(facts.attempts), told by \(attempts)"))
      }
      // One may be under way, or was when the runner ended.
      let most = facts.isFinal ? facts.attempts : facts.attempts + 1
      if let last = attempts.last, last > most {
        findings.append(Finding(.historyLost, "'\(id)' was told by attempt \(last), and \(most) are on the disk"))
      }
    }
    return findings
  }

  /// After a runner had the time to tell all of it.
  ///
  /// - Parameter unmade: messages that nobody was allowed to send.
  func atEnd(_ messages: SpoolView, told: Folder, _ unmade: Set<String>) throws -> [Finding] {
    var findings = try midway(messages, told: told)
    var ignored: [Finding] = []  // were found just now
    var more: [String: Int] = [:]
    for (id, what) in expected where !unmade.contains(id) {
      let lines = try Self.read(what.file, in: told, &ignored).filter { $0.id == id }
      let attempts = (messages.sidecars[id] ?? []).map(\.content.facts.attempts).max() ?? 0
      let isRefused = mayRefuse && messages.home(id, in: messages.family.bad) != nil
      if lines.isEmpty, !isRefused { findings.append(Finding(.notTold, "'\(id)' was never told")) }
      more[what.file, default: 0] += max(0, attempts - what.attempts, lines.count - what.attempts)
    }
    // A channel has one message under way at a time, so that one call that goes wrong costs it one attempt.
    for (file, count) in more where count > 1 {
      findings.append(Finding(.toldAgain, "\(file): \(count) attempts more than one fault explains"))
    }
    let all = more.values.reduce(0, +)
    if isFirstOwn, all > 1 { findings.append(Finding(.toldAgain, "one call cost \(all) attempts")) }
    return findings
  }

  private static func read(_ name: String, in folder: Folder, _ findings: inout [Finding]) throws -> [Line] {
    guard try folder.has(name) else { return [] }
    let bytes = try folder.open(name).readAll(limit: 1 << 20)
    var lines: [Line] = []
    for piece in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let root = try? JSONReader.read(Array(piece)), let id = root.text("id"),
        let attempt = root.text("attempt").flatMap({ Int($0) })
      else {
        findings.append(Finding(.torn, "\(name): \(String(decoding: piece, as: UTF8.self))"))
        continue
      }
      lines.append(Line(id: id, attempt: attempt, text: root.text("text") ?? ""))
    }
    return lines
  }
}
