import Jobs

/// What became of requests of containers: each in one place with its bytes, answered as it has to be, and what it asked for made
/// once, as the group's own.
struct RequestCheck {
  /// What a request comes to.
  struct Expected: Sendable {
    /// Why it is refused; nil: it is carried out.
    var code: String?
    /// What its answer names: the key and the name.
    var names: (key: String, name: String)?
    /// What the host made for it; nil: nothing, as for what is refused.
    var made: Made?
    /// How the job ended that it waits for; nil: it waits for none.
    var result: String?
  }

  /// A file of the host's own making.
  struct Made: Sendable {
    enum Kind: Sendable { case message, job, task }

    let kind: Kind
    let stem: String
    /// What stands in it, by paths of keys.
    let says: [String: String]
  }

  /// By the path below `ipc/`: `g/jobs/a.json`.
  let expected: [String: Expected]
  let bytes: [String: [UInt8]]
  var mayRefuse = false

  private struct Name {
    let group: Substring
    let kind: Substring
    let file: Substring
    var id: Substring { file.dropLast(5) }

    init?(_ path: String) {
      let parts = path.split(separator: "/")
      guard parts.count == 3 else { return nil }
      (group, kind, file) = (parts[0], parts[1], parts[2])
    }

    var done: String { "done/ipc/\(group)/\(file)" }
    var refused: String { "errors/ipc/\(group)/\(file)" }
    var reason: String { "errors/ipc/\(group)/\(id).result.json" }
    var answer: String { "ipc/\(group)/answers/\(file)" }
    var result: String { "ipc/\(group)/answers/\(id).result.json" }
    var homes: [String] { ["ipc/\(group)/\(kind)/\(file)", "processing/ipc/\(group)/\(kind).\(file)", done, refused] }
  }

  /// The folders in which requests lie, of a group.
  private static func folders(_ group: Substring) -> [String] {
    [
      "ipc/\(group)/messages", "ipc/\(group)/tasks", "ipc/\(group)/jobs", "processing/ipc/\(group)",
      "done/ipc/\(group)",
      "errors/ipc/\(group)",
    ]
  }

  /// Before any other runner: none is lost or doubled, and who is answered was served.
  func midway(_ spool: Volume, _ jobs: SpoolView, _ messages: SpoolView) -> [Finding] {
    var findings: [Finding] = []
    let paths = Set(bytes.keys.compactMap { Name($0)?.group }).flatMap { Self.paths(spool, $0) }
    for (path, expected) in expected {
      guard let name = Name(path), let bytes = bytes[path] else { continue }
      let own = paths.filter { spool.content($0)?.bytes == bytes }
      if own.isEmpty { findings.append(Finding(.jobLost, "the request '\(path)' is nowhere")) }
      if own.count > 1 { findings.append(Finding(.twoHomes, "the request '\(path)' is in \(own)")) }
      for place in own where !name.homes.contains(place) {
        findings.append(Finding(.twoHomes, "the request '\(path)' is '\(place)'"))
      }
      if let answer = spool.content(name.answer) {
        findings += told(answer, expected, name)
        if expected.code == nil, !isRefused(name, spool) { findings += made(expected, spool, jobs, messages, path) }
      } else if own.contains(name.done) || own.contains(name.refused) {
        findings.append(Finding(.answerWrong, "the request '\(path)' is filed away, and nobody answered"))
      }
      if let thing = expected.made, Self.homes(thing, spool, jobs, messages).count > 1 {
        findings.append(Finding(.twoHomes, "the request '\(path)' was carried out twice: \(thing.stem)"))
      }
    }
    return findings
  }

  /// After a runner had the time to answer all of them.
  func atEnd(_ spool: Volume, _ jobs: SpoolView, _ messages: SpoolView) -> [Finding] {
    var findings = midway(spool, jobs, messages)
    var known: Set<String> = []
    for (path, expected) in expected {
      guard let name = Name(path) else { continue }
      known.formUnion([name.done, name.refused])
      let isRefused = spool.find(name.refused) != nil
      if spool.find(name.done) == nil, !isRefused {
        findings.append(Finding(.notRecovered, "the request '\(path)' is left"))
      }
      if (expected.code != nil) != isRefused, !mayRefuse {
        findings.append(Finding(.answerWrong, "the request '\(path)' \(isRefused ? "was refused" : "was granted")"))
      }
      guard let answer = spool.content(name.answer) else {
        findings.append(Finding(.answerWrong, "the request '\(path)' has no answer"))
        continue
      }
      // The reason beside what was refused is the answer.
      let reason = spool.content(name.reason)
      if isRefused ? reason != answer : reason != nil {
        findings.append(Finding(.answerWrong, "'\(name.reason)' is \(reason == nil ? "missing" : "not the answer")"))
      }
      findings += waited(expected, name, spool)
    }
    for path in Set(bytes.keys.compactMap { Name($0)?.group }).flatMap({ Self.paths(spool, $0) })
    where !known.contains(path) {
      findings.append(Finding(.notRecovered, "\(path) is left"))
    }
    return findings
  }

  /// What requests were about that were refused, as they may be if they cannot be read: nothing has become of it.
  func untouched(_ spool: Volume) -> Set<String> {
    Set(
      expected.compactMap { path, expected in
        guard expected.code == nil, let name = Name(path), isRefused(name, spool) else { return nil }
        return expected.names?.name
      })
  }

  private func isRefused(_ name: Name, _ spool: Volume) -> Bool {
    guard mayRefuse, let answer = spool.content(name.answer), let root = try? JSONReader.read(answer.bytes) else {
      return false
    }
    return root.text("ok") == "false"
  }

  /// The one answer that it may have.
  private func told(_ answer: Content, _ expected: Expected, _ name: Name) -> [Finding] {
    guard let root = try? JSONReader.read(answer.bytes) else { return [Finding(.torn, name.answer)] }
    var isRight = root.text("id").map { $0 == name.id } ?? false
    if root.text("ok") == "false" {
      isRight = isRight && (root.text("code") == expected.code || mayRefuse) && root.text("reason") != nil
    } else {
      isRight = isRight && expected.code == nil && root.text("ok") == "true"
      if let names = expected.names { isRight = isRight && root.text(names.key) == names.name }
    }
    guard !isRight else { return [] }
    return [Finding(.answerWrong, "\(name.answer): \(String(decoding: answer.bytes, as: UTF8.self))")]
  }

  private func waited(_ expected: Expected, _ name: Name, _ spool: Volume) -> [Finding] {
    guard let status = expected.result, !mayRefuse else { return [] }
    guard let root = spool.content(name.result).flatMap({ try? JSONReader.read($0.bytes) }) else {
      return [Finding(.answerWrong, "\(name.result) is not there, or not whole")]
    }
    let isRight = root.text("id").map { $0 == name.id } ?? false && root.text("status") == status
    var findings = isRight ? [] : [Finding(.answerWrong, "\(name.result) says '\(root.text("status") ?? "nothing")'")]
    if spool.find("ipc/\(name.group)/answers/.wait.\(name.id)") != nil {
      findings.append(Finding(.notRecovered, "the result of '\(name.id)' is told and still waited for"))
    }
    return findings
  }

  // MARK: what was made

  private func made(
    _ expected: Expected, _ spool: Volume, _ jobs: SpoolView, _ messages: SpoolView, _ path: String
  ) -> [Finding] {
    guard let thing = expected.made else { return [] }
    let homes = Self.homes(thing, spool, jobs, messages)
    guard let content = homes.first else {
      return [Finding(.jobLost, "the request '\(path)' was granted, and \(thing.stem) is nowhere")]
    }
    guard let root = try? JSONReader.read(content.bytes) else {
      return [Finding(.torn, "what was made for '\(path)'")]
    }
    return thing.says.filter { root.text($0.key) != $0.value }.map {
      Finding(.torn, "what was made for '\(path)' says '\(root.text($0.key) ?? "nothing")' of '\($0.key)'")
    }
  }

  private static func homes(
    _ thing: Made, _ spool: Volume, _ jobs: SpoolView, _ messages: SpoolView
  ) -> [Content] {
    switch thing.kind {
    case .job: jobs.homes(of: thing.stem).map(\.content)
    case .message: messages.homes(of: thing.stem).map(\.content)
    case .task: TaskCheck.homes.compactMap { spool.content("\($0)/\(thing.stem).json") }
    }
  }

  private static func paths(_ spool: Volume, _ group: Substring) -> [String] {
    folders(group).flatMap { place -> [String] in
      guard let folder = spool.find(place) else { return [] }
      return spool.names(in: folder).keys.filter { !$0.hasPrefix(".") && !$0.hasSuffix(".result.json") }
        .map { "\(place)/\($0)" }
    }
  }
}
