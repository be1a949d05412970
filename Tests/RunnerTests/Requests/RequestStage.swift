import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// A spool with groups, in whose folders a test writes what their containers would. Nothing is claimed unless it is said
/// (`paused`): what requests come to then lies in the inbox to be looked at.
final class RequestStage {
  /// What the host answered.
  struct Answer {
    let text: String
    private let node: JSONNode?

    init(_ text: String) {
      self.text = text
      node = try? JSONReader.read(Array(text.utf8))
    }

    var isOK: Bool { node?.member("ok")?.value == .bool(true) }
    var code: String? { self["code"] }
    subscript(_ key: String) -> String? {
      guard case .string(let text)? = node?.member(key)?.value else { return nil }
      return text
    }
  }

  static let folders = ["messages", "tasks", "jobs", "taken", "answers", "input"]
  static let job = #"{"type": "job", "job": {"run": "true"}}"#
  static let message = #"{"type": "message", "to": "ops:a", "text": "hi"}"#

  static func schedule(_ name: String, _ type: String = "schedule", run: String = "true") -> String {
    #"{"type": "\#(type)", "name": "\#(name)", "task": {"schedule": "@yearly", "job": {"run": "\#(run)"}}}"#
  }

  let spool: TestSpool

  /// - Parameter groups: their settings: keys and their JSON.
  init(
    _ settings: [String: String] = [:], groups: [String: [String: String]] = ["g": ["channels": #"["ops"]"#]],
    paused: Bool = true
  ) throws {
    spool = try TestSpool(["quiet": "\"20ms\""].merging(settings) { $1 })
    for (name, keys) in groups {
      try spool.write(group: name, keys)
      addFolders(name)
    }
    if paused { spool.shell("touch paused") }
  }

  func addFolders(_ group: String) {
    spool.shell(
      "mkdir -p groups/\(group) ipc/\(group) && cd ipc/\(group) && mkdir -p \(Self.folders.joined(separator: " "))")
  }

  /// A request that is there whole: written under a hidden name and renamed, as containers do.
  func ask(_ place: String, _ json: String, by group: String = "g") throws {
    let parts = place.split(separator: "/").map(String.init)
    let folder = try self.folder("ipc/\(group)/\(parts[0])")
    try folder.create(".\(parts[1]).new").write(Array(json.utf8))
    try folder.replace("\(parts[1]).json", with: ".\(parts[1]).new")
  }

  func folder(_ name: String) throws -> Folder { try Folder(path: spool.path + "/" + name) }

  func answer(_ id: String, to group: String = "g") -> Answer? {
    (try? spool.text("ipc/\(group)/answers/\(id).json")).map(Answer.init)
  }

  /// Waits for an answer of a runner that runs.
  func answered(_ id: String, to group: String = "g", _ location: SourceLocation = #_sourceLocation) throws -> Answer {
    _ = eventually { answer(id, to: group) != nil }
    return try #require(answer(id, to: group), "no answer to \(id)\n\(story)", sourceLocation: location)
  }

  func expect(
    _ id: String, _ code: String?, to group: String = "g", _ location: SourceLocation = #_sourceLocation
  ) throws {
    let answer = try #require(self.answer(id, to: group), "no answer to \(id)\n\(story)", sourceLocation: location)
    #expect(answer.code == code && answer.isOK == (code == nil), "\(id): \(answer.text)", sourceLocation: location)
  }

  /// Names in a folder of the spool that are not hidden, without those of the spool's own folders.
  func names(_ folder: String) throws -> [String] {
    let children = SpoolPlace(rawValue: folder)?.children ?? []
    return try self.folder(folder).names().filter { !$0.hasPrefix(".") && !children.contains($0) }.sorted()
  }

  /// That nothing lies on the way any more.
  func expectNothingUnderWay(_ group: String = "g", _ location: SourceLocation = #_sourceLocation) throws {
    for folder in ["ipc/\(group)/messages", "ipc/\(group)/tasks", "ipc/\(group)/jobs", "processing/ipc/\(group)"]
    where spool.has(folder) {
      #expect(try self.folder(folder).names() == [], "\(folder)", sourceLocation: location)
    }
  }

  var audit: [Answer] {
    ((try? spool.text("logs/audit.jsonl")) ?? "").split(separator: "\n").map { Answer(String($0)) }
  }

  /// For messages.
  var story: String {
    spool.shell("ls -AR ipc errors done processing inbox outbox | head -300; head -100 logs/bobbin.log").text
  }
}
