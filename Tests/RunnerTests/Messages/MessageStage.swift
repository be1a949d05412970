import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// A spool with a channel `talk` that delivers into files, and groups whose agents are shell lines of the host.
final class MessageStage {
  /// What an agent was told in one run.
  struct Told: Equatable {
    var channel: String
    var chat: String
    var session: String
    /// Ids, texts and attempts of its messages, oldest first.
    var ids: [String] = []
    var texts: [String] = []
    var attempts: [String] = []
  }

  /// A line of a file of the channel.
  struct Line: Equatable {
    var id: String
    var attempt: Int
    var text: String
    var job: String?
  }

  let spool: TestSpool
  let out: String
  private var settings: [String: String]

  /// - Parameters:
  ///   - routes: by chat, the group; "*" is every other chat.
  ///   - settings: keys and their JSON beside these.
  init(_ routes: [String: String] = ["*": "g"], _ settings: [String: String] = [:]) throws {
    self.settings = settings
    spool = try TestSpool()
    out = spool.place.path + "/out"
    try FileSystem.makeFolders(path: out)
    try route(routes)
  }

  /// Writes the settings anew.
  func route(_ routes: [String: String]) throws {
    let list = routes.sorted { $0.key > $1.key }.map { chat, group in
      #"{"channel": "talk", "group": "\#(group)"\#(chat == "*" ? "" : ", \"chat\": \(Self.quoted(chat))")}"#
    }
    settings["routes"] = "[\(list.joined(separator: ", "))]"
    settings["channels"] = #"{"talk": {"file": {"folder": "\#(out)"}}}"#
    try spool.write(settings)
  }

  /// A line that notes what an agent was told, for `agent`. It may be cut short by a kill, and then comes again.
  var note: String { "in=$(cat); printf '%s\\n' \"$in\" >> \(spool.place.path)/told" }

  /// Makes a host group, or changes it.
  ///
  /// - Parameters:
  ///   - agent: a shell line; nil: none. - more: members of its settings. - agentMore: members of the agent.
  func group(_ name: String, agent: String?, _ more: String = "", agentMore: String = "") throws {
    var json = #"{"host": true"#
    if let agent {
      json += ", \"agent\": {\"run\": \(Self.quoted(agent))\(agentMore.isEmpty ? "" : ", " + agentMore)}"
    }
    try spool.replace("groups/\(name).json", json + (more.isEmpty ? "}" : ", \(more)}"))
  }

  /// The folder in which host and group talk, as the runner makes it for containers.
  func makeIPC(_ group: String) {
    spool.shell(
      "cd ipc && mkdir -m 755 -p \(group) && cd \(group) && mkdir -m 755 -p answers input messages tasks jobs taken")
  }

  /// Drops a message.
  func say(_ name: String, _ text: String, chat: String = "ann", id: String? = nil, more: String = "") throws {
    let own = id.map { ", \"id\": \(Self.quoted($0))" } ?? ""
    try spool.drop(
      name,
      #"{"message": {"channel": "talk", "chat": \#(Self.quoted(chat)), "text": \#(Self.quoted(text))\#(own)}\#(more)}"#)
  }

  /// Drops a file for a running job, whole.
  func input(_ group: String, _ name: String, _ content: String) throws {
    try spool.replace("ipc/\(group)/input/\(name)", content)
  }

  /// What agents were told, run by run.
  func told() throws -> [Told] {
    guard try spool.place.folder.has("told") else { return [] }
    return try spool.place.text("told").split(separator: "\n").compactMap { line in
      guard let root = try? JSONReader.read(Array(line.utf8)) else { return nil }
      var told = Told(
        channel: Self.text(root, "channel"), chat: Self.text(root, "chat"), session: Self.text(root, "session"))
      guard case .array(let messages)? = root.member("messages")?.value else { return nil }
      for message in messages {
        told.ids.append(Self.text(message, "id"))
        told.texts.append(Self.text(message, "text"))
        told.attempts.append(Self.text(message, "attempt"))
      }
      return told
    }
  }

  /// The texts of each run.
  var texts: [[String]] { ((try? told()) ?? []).map(\.texts) }

  /// What was delivered to a chat.
  func lines(_ chat: String = "ann") throws -> [Line] {
    let name = "out/\(chat).jsonl"
    guard try spool.place.folder.has("out"), try Folder(path: out).has("\(chat).jsonl") else { return [] }
    let bytes = try FileSystem.openForReading(path: spool.place.path + "/" + name).readAll(limit: 64 << 20)
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let root = try? JSONReader.read(Array(line)) else { return nil }  // cut short by a kill
      return Line(
        id: Self.text(root, "id"), attempt: Int(Self.text(root, "attempt")) ?? 0, text: Self.text(root, "text"),
        job: root.member("job") == nil ? nil : Self.text(root, "job"))
    }
  }

  func names(_ folder: String) -> [String] {
    ((try? Folder(path: spool.path + "/" + folder).names()) ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }

  static func text(_ node: JSONNode, _ key: String) -> String {
    switch node.member(key)?.value {
    case .string(let text)?: text
    case .number(let token)?: token
    default: ""
    }
  }

  static func quoted(_ text: String) -> String {
    var json = JSONWriter(.compact, capacity: text.utf8.count)
    json.string(text)
    return String(decoding: json.bytes, as: UTF8.self)
  }
}
