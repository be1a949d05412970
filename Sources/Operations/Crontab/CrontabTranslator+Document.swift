import Jobs

/// How an entry is written down as a task.
extension CrontabTranslator {
  /// The members of `job`.
  func job(_ input: CrontabInput, _ variables: CrontabVariables) -> [JSONMember] {
    var run = JSON.string(input.command)
    if variables.shell != CrontabVariables.standardShell {
      run = .array([variables.shell, "-c", input.command].map { JSONNode(.string($0)) })
    }
    var members = [JSONMember("run", JSONNode(run))]
    if let text = input.input { members.append(JSONMember("stdin", JSONNode(.string(text)))) }
    var environment = variables.environment
    // cron sets them for every command, and a job has neither.
    for name in ["LOGNAME", "USER"] where Self.names(name, in: input.command) {
      environment.append(EnvEntry(name, user))
    }
    if !environment.isEmpty {
      let entries = environment.map { JSONMember($0.name, JSONNode(.string($0.value))) }
      members.append(JSONMember("env", JSONNode(.object(entries))))
    }
    if let home = variables.home { members.append(JSONMember("directory", JSONNode(.string(home)))) }
    return members
  }

  /// The member `schedule`.
  static func schedule(_ text: String, _ zone: String?) -> JSONMember {
    var schedule = JSON.string(text)
    if let zone {
      schedule = .object([
        JSONMember("cron", JSONNode(.string(text))), JSONMember("timezone", JSONNode(.string(zone))),
      ])
    }
    return JSONMember("schedule", JSONNode(schedule))
  }

  /// A file made of members.
  static func document(_ members: [JSONMember]) -> [UInt8] {
    var writer = JSONWriter(.pretty)
    writer.value(.object(members))
    return writer.line()
  }

  /// Whether a shell line has `$NAME` or `${NAME` in it.
  private static func names(_ name: String, in line: String) -> Bool {
    var parts = line.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false).dropFirst()
    while let part = parts.popFirst() {
      let word = part.first == UInt8(ascii: "{") ? part.dropFirst() : part
      let rest = word.dropFirst(name.utf8.count)
      guard word.starts(with: name.utf8) else { continue }
      guard let next = rest.first else { return true }
      let isLonger = (0x41...0x5A).contains(next & 0xDF) || (0x30...0x39).contains(next) || next == UInt8(ascii: "_")
      if !isLonger { return true }
    }
    return false
  }

  /// At most 200 scalars of a line.
  static func bounded(_ text: String) -> String {
    var scalars = Substring(text).unicodeScalars.drop { $0 == " " || $0 == "\t" }
    if scalars.count <= 200 { return String(scalars) }
    scalars = scalars.prefix(199)
    return String(scalars) + "…"
  }
}
