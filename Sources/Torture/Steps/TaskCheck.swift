import Jobs

/// What became of tasks: where their files lie and with which bytes, what their states tell, and that each of their times made
/// one job.
struct TaskCheck {
  /// What a task comes to.
  struct Expected: Sendable {
    /// Where it lies in the end.
    let place: String
    /// What its state says then; nil: nobody made one.
    var status: String?
    /// The jobs of its times that had come.
    var jobs: [String] = []
  }

  /// Where a task's file may lie, and its state.
  static let homes = ["tasks", "tasks/paused", "done/tasks"]

  let expected: [String: Expected]
  /// The files, by the tasks' names: what is never altered.
  let bytes: [String: [UInt8]]
  /// A file that may not be read is as good as none.
  var mayRefuse = false

  /// Before any other runner: no task is lost, none is doubled, and what a state says was made is there.
  func midway(_ spool: Volume, _ jobs: SpoolView) -> [Finding] {
    var findings: [Finding] = []
    for (name, bytes) in bytes {
      let own = Self.files(spool) { !$0.hasSuffix(".state.json") }.filter { $0.content.bytes == bytes }
      if own.isEmpty { findings.append(Finding(.jobLost, "the task '\(name)' is nowhere")) }
      if own.count > 1 { findings.append(Finding(.twoHomes, "the task '\(name)' is in \(own.map(\.path))")) }
    }
    for (name, expected) in expected {
      let states = states(of: name, spool)
      if states.count > 1 { findings.append(Finding(.twoHomes, "'\(name)' has states in \(states.map(\.path))")) }
      for state in states {
        if !state.content.facts.isWhole { findings.append(Finding(.torn, state.path)) }
        for id in state.content.facts.made where jobs.homes(of: id).isEmpty {
          findings.append(Finding(.jobLost, "\(state.path) says that '\(id)' was made, and it is nowhere"))
        }
      }
      findings += occurrences(of: name, expected, jobs)
    }
    return findings
  }

  /// A time has its one job, and no other time has any.
  private func occurrences(of name: String, _ expected: Expected, _ jobs: SpoolView) -> [Finding] {
    var findings: [Finding] = []
    for id in expected.jobs where jobs.homes(of: id).count > 1 {
      findings.append(Finding(.twoHomes, "a time has more than one job: \(jobs.homes(of: id).map(\.stem))"))
    }
    for home in jobs.homes where home.stem.hasPrefix(name + "@") {
      if !expected.jobs.contains(where: { home.isNamed($0) }) {
        findings.append(Finding(.twoHomes, "\(home.place)/\(home.stem).json is of no time of the task"))
      }
    }
    return findings
  }

  /// After a runner had the time to make all of them; what became of the jobs is theirs to be asked for.
  func atEnd(_ spool: Volume, _ jobs: SpoolView) -> [Finding] {
    var findings = midway(spool, jobs)
    for (name, expected) in expected {
      if spool.content("\(expected.place)/\(name).json")?.bytes != bytes[name] {
        findings.append(Finding(.notRecovered, "the task '\(name)' is not in \(expected.place)"))
      }
      for id in expected.jobs where jobs.homes(of: id).isEmpty {
        findings.append(Finding(.jobLost, "'\(id)' was never made"))
      }
      if spool.find("\(expected.place)/.\(name).good.json") != nil, expected.place != "tasks" {
        findings.append(Finding(.notRecovered, "a copy of the task '\(name)' is left"))
      }
      let states = states(of: name, spool)
      guard let status = expected.status else {
        findings += states.map { Finding(.notRecovered, "\($0.path) is the state of a task that nobody read") }
        continue
      }
      guard let state = states.first, state.path.hasPrefix("\(expected.place)/\(name).") else {
        findings.append(Finding(.notRecovered, "the task '\(name)' has its state in \(states.map(\.path))"))
        continue
      }
      findings += told(state, status, expected.jobs)
    }
    for file in Self.files(spool, { !$0.hasSuffix(".state.json") }) where !bytes.values.contains(file.content.bytes) {
      findings.append(Finding(.twoHomes, "\(file.path) is nobody's"))
    }
    return findings
  }

  /// What a state says of the times that had come.
  private func told(_ state: File, _ status: String, _ jobs: [String]) -> [Finding] {
    var findings: [Finding] = []
    func miss(_ what: String) { findings.append(Finding(.historyLost, "\(state.path): \(what)")) }
    guard let root = try? JSONReader.read(state.content.bytes) else { return [Finding(.torn, state.path)] }
    if root.text("status") != status { miss("the status is \(root.text("status") ?? "none")") }
    if root.text("counts.runs") != "\(jobs.count)" { miss("\(root.text("counts.runs") ?? "no") runs") }
    if state.content.facts.made.sorted() != jobs.sorted() { miss("the jobs are \(state.content.facts.made)") }
    guard case .array(let occurrences)? = root.member("occurrences")?.value, !mayRefuse else { return findings }
    for occurrence in occurrences where occurrence.text("status") != "succeeded" {
      miss("'\(occurrence.text("id") ?? "")' came to '\(occurrence.text("status") ?? "nothing")'")
    }
    return findings
  }

  // MARK: files

  private struct File {
    let path: String
    let content: Content
  }

  private static func files(_ spool: Volume, _ isWanted: (String) -> Bool) -> [File] {
    homes.flatMap { home -> [File] in
      guard let folder = spool.find(home) else { return [] }
      return spool.names(in: folder).compactMap { name, inode in
        guard name.hasSuffix(".json"), !name.hasPrefix("."), isWanted(name), let node = spool.nodes[inode],
          node.kind == .file
        else { return nil }
        return File(path: "\(home)/\(name)", content: node.content)
      }
    }
  }

  private func states(of name: String, _ spool: Volume) -> [File] {
    Self.files(spool) { $0.hasSuffix(".state.json") && ($0.hasPrefix(name + ".") || $0.hasPrefix(name + "~")) }
  }
}

extension SpoolView {
  /// Where a job or message of a name is, under a number of it too.
  func homes(of stem: String) -> [Home] { homes.filter { $0.isNamed(stem) } }
}

extension SpoolView.Home {
  /// Of this name, or of one with a number behind it.
  func isNamed(_ name: String) -> Bool { stem == name || stem.hasPrefix(name + "~") }
}

extension JSONNode {
  /// A text, number or truth value at a path of keys, `job.origin`; nil: there is none.
  func text(_ path: String) -> String? {
    var node: JSONNode? = self
    for key in path.split(separator: ".") { node = node?.member(String(key)) }
    switch node?.value {
    case .string(let text)?: return text
    case .number(let token)?: return token
    case .bool(let value)?: return value ? "true" : "false"
    default: return nil
    }
  }
}
