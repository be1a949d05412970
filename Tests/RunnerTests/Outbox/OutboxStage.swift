import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// A spool whose messages go out through channels of a test. Channels of commands write what they get to `got`, a line each.
final class OutboxStage {
  let spool: TestSpool
  var path: String { spool.place.path }

  /// - Parameters:
  ///   - channels: the JSON of each, by name, in which `HERE` stands for the test's folder; - settings: others.
  init(_ channels: [String: String], _ settings: [String: String] = [:]) throws {
    spool = try TestSpool()
    try set(channels, settings)
  }

  /// Writes the settings anew.
  func set(_ channels: [String: String], _ settings: [String: String] = [:]) throws {
    let all = channels.map { "\"\($0)\": \($1.replacing("HERE", with: path))" }.joined(separator: ", ")
    try spool.write(settings.merging(["channels": "{\(all)}"]) { $1 })
  }

  /// A command channel that runs a shell line after it noted the message in `got`. `$m` is the message.
  static func shell(_ line: String, _ more: String = "") -> String {
    let script = "m=$(cat); printf '%s\\n' \"$m\" >> HERE/got; " + line
    var json = JSONWriter(.compact)
    json.string(script)
    return #"{"command": ["sh", "-c", \#(String(decoding: json.bytes, as: UTF8.self))]\#(more)}"#
  }

  /// A retry that does not keep a test waiting.
  static let quickRetry = #", "retry": {"attempts": 3, "delay": "10ms"}"#

  func drop(_ name: String, _ to: String, _ text: String = "hi", _ more: String = "") throws {
    try spool.replace("outbox/\(name).json", #"{"to": "\#(to)", "text": "\#(text)"\#(more)}"#)
  }

  // MARK: what is there

  struct Got: Equatable {
    let id: String
    let attempt: Int
    let text: String
  }

  /// What the channels got, in order.
  func got(_ file: String = "got") throws -> [Got] {
    guard try spool.place.folder.has(file) else { return [] }
    return try spool.place.text(file).split(separator: "\n").map { line in
      let node = try JSONReader.read(Array(line.utf8))
      guard case .string(let id)? = node.member("id")?.value,
        case .number(let attempt)? = node.member("attempt")?.value,
        case .string(let text)? = node.member("text")?.value
      else {
        Issue.record("not a message: \(line)")
        return Got(id: "", attempt: 0, text: "")
      }
      return Got(id: id, attempt: Int(attempt) ?? 0, text: text)
    }
  }

  func resultIfAny(_ name: String) throws -> MessageRecord? {
    for place in ["done/outbox", "errors/outbox"] where spool.has("\(place)/\(name).result.json") {
      return try MessageRecord.decode(Array(try spool.text("\(place)/\(name).result.json").utf8))
    }
    return nil
  }

  func result(_ name: String, _ location: SourceLocation = #_sourceLocation) throws -> MessageRecord {
    try #require(try resultIfAny(name), "no result of \(name)\n\(tree)\n\(spool.log)", sourceLocation: location)
  }

  /// Waits for a message's end.
  @discardableResult
  func ended(_ name: String, _ location: SourceLocation = #_sourceLocation) throws -> MessageRecord {
    _ = eventually(within: 60) {
      spool.has("done/outbox/\(name).json") || spool.has("errors/outbox/\(name).json")
    }
    return try result(name, location)
  }

  /// The record of one that waits for its next attempt.
  func waiting(_ name: String) throws -> MessageRecord? {
    guard spool.has("outbox/\(name).run.json") else { return nil }
    return try MessageRecord.decode(Array(try spool.text("outbox/\(name).run.json").utf8))
  }

  var tree: String { spool.shell("ls -A outbox processing/outbox done/outbox errors/outbox").text }
}

/// A folder that stands for `~/.config`, with secrets of the runner's user.
struct SecretFolder {
  let variable: String
  private let folder: Folder

  init(in place: TemporaryFolder) throws {
    variable = "XDG_CONFIG_HOME=\(place.path)/config"
    Command.shell(
      "mkdir -p -m 700 '\(place.path)/config' '\(place.path)/config/bobbin' '\(place.path)/config/bobbin/secrets'")
    folder = try Folder(path: place.path + "/config/bobbin/secrets")
  }

  func add(_ name: String, _ value: String) throws { try folder.create(name).write(Array((value + "\n").utf8)) }
}
