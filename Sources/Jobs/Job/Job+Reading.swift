extension Job {
  /// Every key of a job, for the spelling of unknown ones.
  static let keys =
    [
      "run", "runtime", "image", "user", "privileged", "group", "stdin", "stdinFile", "env", "directory", "timeout",
      "idle",
      "grace", "retry", "rerun",
      "priority", "after", "notBefore", "expires", "key", "limits", "mounts", "secrets", "network", "labels",
      "description", "origin", "task", "scheduledFor", "message",
    ] + NotInThisBuild.jobKeys

  /// Reads a dropped file, strictly: what is not understood is refused, never ignored.
  /// - Throws: the first thing that is wrong, with its place: codes of `JSONReader.read`, `unknown-key`, `missing-key`,
  ///   `conflicting-keys`, `wrong-type`, `out-of-range`, `bad-value`, `bad-name`, and last `not-in-this-build`.
  public static func read(_ bytes: [UInt8]) throws(Refusal) -> Job {
    try read(Field(root: try JSONReader.read(bytes), source: bytes))
  }

  /// Reads the object of a job.
  ///
  /// - Parameter hasGroup: it is given a group where it names none.
  static func read(_ root: Field, hasGroup: Bool = false) throws(Refusal) -> Job {
    var job = Job(run: .shell(""))
    /// The keys that say what is to be done: exactly one is needed.
    var works: [Field] = []
    var stdinField: Field?
    var (mounts, secrets, image): (Field?, Field?, Field?)
    var notBuilt: Field?
    for field in try root.members("an object with the job's keys") {
      switch field.name {
      case "run":
        job.run = try command(field)
        works.append(field)
      case "message":
        job.message = try IncomingMessage.read(field)
        works.append(field)
      case "runtime": job.runtime = try field.word(RuntimeChoice.self)
      case "image":
        job.image = try ImageName.read(field)
        image = field
      case "user": job.user = UInt32(try field.integer(0...4_294_967_293))
      case "privileged": job.isPrivileged = try field.flag()
      case "group": job.group = try field.groupName()
      case "stdin", "stdinFile":
        if let other = stdinField {
          throw field.keyRefusal(
            .conflictingKeys, "\(quoted(field.name)) beside \(quoted(other.name))", "expected one of the two")
        }
        stdinField = field
        job.stdin = try stdin(field)
      case "env": job.env = try environment(field)
      case "directory": job.directory = try field.absolutePath()
      case "timeout": job.timeout = try field.positiveDuration()
      case "idle": job.idle = try field.positiveDuration()
      case "grace": job.grace = try field.duration()
      case "retry":
        job.retry = try RetryPolicy.read(field)
        job.stated.insert(.retry)
      case "rerun": job.rerun = try field.flag()
      case "priority":
        job.priority = try field.integer(-100...100)
        job.stated.insert(.priority)
      case "after": job.after = try After.read(field)
      case "notBefore": job.notBefore = try field.timestamp()
      case "expires": job.expires = try expiry(field)
      case "key": job.key = try field.text("a text", upTo: maxKeyBytes)
      case "limits": job.limits = try Limits.read(field)
      case "mounts":
        job.mounts = try Mount.readAll(field)
        mounts = field
      case "secrets":
        job.secrets = try SecretName.readAll(field)
        secrets = field
      case "network": job.network = try network(field)
      case "labels":
        for label in try field.members("an object of texts") {
          job.labels.append(Label(label.name, try label.text()))
        }
      case "description": job.description = try field.text()
      case "origin":
        let origin = try field.text("\"ipc\"")
        guard origin == "ipc" else { throw field.badValue("\"ipc\"") }
        job.origin = origin
      case "task": job.task = try field.text("the name of a task", upTo: TaskName.maxBytes)
      case "scheduledFor": job.scheduledFor = try field.timestamp()
      default:
        if try NotInThisBuild.recognises(field) {
          notBuilt = notBuilt ?? field
          if field.name == "prompt" { works.append(field) }
        } else if !field.name.utf8.starts(with: "x-".utf8) {
          throw field.unknownKey(among: keys)
        }
      }
    }
    if works.count > 1 {
      throw works[1].keyRefusal(
        .conflictingKeys, "\(quoted(works[1].name)) beside \(quoted(works[0].name))",
        "expected exactly one of run, prompt, message")
    }
    if works.isEmpty {
      throw root.refusal(.missingKey, "no 'run' in the job", "expected exactly one of run, prompt, message")
    }
    if job.message != nil {
      let known = IncomingMessage.companions
      for field in try root.members() where !known.contains(field.name) && !field.name.utf8.starts(with: "x-".utf8) {
        throw field.keyRefusal(
          .conflictingKeys, "\(quoted(field.name)) beside 'message'",
          "expected none, the group's agent says how it runs")
      }
    }
    if let mounts, job.runtime == .process, !job.mounts.isEmpty {
      throw mounts.keyRefusal(
        .conflictingKeys, "'mounts' beside \"runtime\": \"process\"",
        "expected a sandbox or container, a process sees the machine as it is")
    }
    if let image, job.runtime == .process {
      throw image.keyRefusal(
        .conflictingKeys, "'image' beside \"runtime\": \"process\"", "expected a sandbox or container")
    }
    // A group may have one for its jobs.
    if job.image == nil, job.group == nil, !hasGroup, job.runtime.isEngine {
      throw root.refusal(
        .missingKey, "no 'image' beside \"runtime\": \"\(job.runtime.rawValue)\"", "expected the name of an image")
    }
    if let secrets, let name = job.secrets.first(where: { name in job.env.contains { $0.name == name } }) {
      throw secrets.keyRefusal(
        .conflictingKeys, "the variable \(quoted(name)) in 'secrets' and in 'env'", "expected it in one of the two")
    }
    if let notBuilt { throw notBuilt.notInThisBuild() }
    return job
  }

  private static func command(_ field: Field) throws(Refusal) -> Command {
    switch field.node.value {
    case .string(let line):
      guard !line.isEmpty else { throw field.outOfRange("a shell line that is not empty") }
      return .shell(line)
    case .array:
      var arguments: [String] = []
      for element in try field.elements() { arguments.append(try element.text()) }
      guard let program = arguments.first else { throw field.outOfRange("an array of at least the program's name") }
      guard !program.isEmpty else { throw field.outOfRange("the program's name as the first element") }
      return .arguments(arguments)
    default: throw field.wrongType("an array of texts, or a text for the shell")
    }
  }

  private static func stdin(_ field: Field) throws(Refusal) -> Stdin {
    if field.name == "stdinFile" { return .file(try field.absolutePath()) }
    if case .string(let text) = field.node.value { return .text(text) }
    return .json(CompactJSON(field.node).bytes)
  }

  /// Reads a network's name; also a group's.
  static func network(_ field: Field) throws(Refusal) -> String {
    let network = try field.text("the name of a network", upTo: 128)
    // Of an engine's own grammar, so that it is never an option or a mode such as `container:ID`.
    guard let first = network.utf8.first, UTF8Text.isAlphanumeric(first),
      network.utf8.allSatisfy({ UTF8Text.isAlphanumeric($0) || "._-".utf8.contains($0) })
    else { throw field.badValue("the name of a network: letters, digits, '.', '_' and '-', a letter or digit first") }
    return network
  }

  /// Reads variables; also those of groups and defaults.
  static func environment(_ field: Field) throws(Refusal) -> [EnvEntry] {
    var entries: [EnvEntry] = []
    for entry in try field.members("an object of texts") {
      let name = entry.name
      if name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) {
        throw entry.keyRefusal(
          .badValue, "bad name of a variable \(quoted(name))", "expected a name that is not empty and has no '='")
      }
      if name.utf8.starts(with: "BOBBIN_".utf8) {
        throw entry.keyRefusal(
          .badValue, "the variable \(quoted(name)) is set",
          "expected no name that starts with BOBBIN_, they are Bobbin's")
      }
      entries.append(EnvEntry(name, try entry.text()))
    }
    return entries
  }

  private static func expiry(_ field: Field) throws(Refusal) -> Expiry {
    if case .string(let text) = field.node.value {
      if let time = Timestamp(rfc3339: text) { return .at(time) }
      if DurationText.parse(text) == nil { throw field.badValue("\(Timestamp.form), or \(DurationText.form)") }
    }
    return .within(try field.positiveDuration())
  }
}
