extension Request {
  /// Reads a request, as strictly as a job.
  ///
  /// - Parameters:
  ///   - kind: the folder it lay in.
  ///   - zoneProblem: why a zone cannot be used, or nil.
  /// - Throws: the first thing that is wrong, with its place; the codes are those of `Job.read`.
  public static func read(
    _ bytes: [UInt8], kind: Kind, zoneProblem: (_ name: String) -> String?
  ) throws(Refusal) -> Request {
    let root = Field(root: try JSONReader.read(bytes), source: bytes)
    var parts: [String: Field] = [:]
    let fields = try root.members("an object of a request")
    for field in fields { parts[field.name] = field }
    guard let type = parts["type"] else {
      throw root.refusal(
        .missingKey, "no 'type' in the request", "expected one of \(words(kind).joined(separator: ", "))")
    }
    let word = try type.text("the type of a request")
    guard words(kind).contains(word) else {
      throw type.badValue("one of \(words(kind).map { "\"\($0)\"" }.joined(separator: ", ")) in \(kind.rawValue)/")
    }
    let known = ["type", "id"] + keys(of: word, kind)
    for field in fields where !known.contains(field.name) && !field.name.utf8.starts(with: "x-".utf8) {
      throw field.unknownKey(among: known)
    }
    func needed(_ key: String) throws(Refusal) -> Field {
      guard let field = parts[key] else {
        throw root.refusal(.missingKey, "no \(quoted(key)) in the request", "expected it beside \"type\": \"\(word)\"")
      }
      return field
    }
    var request = Request(id: nil, action: .cancel(JobID(unchecked: "")))
    if let id = parts["id"] { request.id = try id.name("an id") }
    if let wait = parts["wait"] { request.waits = try wait.flag() }
    switch word {
    case "message":
      let to = try needed("to").text("\"channel:address\"", upTo: 512)
      let text = try needed("text").text()
      let files = try files(parts["files"])
      // No channel would take it.
      if text.isEmpty, files.isEmpty {
        throw try needed("text").outOfRange("a text that is not empty, or 'files'")
      }
      request.action = .message(to: to, text: text, files: files)
    case "job": request.action = .job(try job(try needed("job")))
    case "jobs": request.action = .jobs(try jobs(try needed("jobs")))
    case "cancel" where kind == .jobs: request.action = .cancel(try needed("job").jobID())
    case "schedule", "update":
      let name = try needed("name").name("the name of a task")
      let task = try needed("task")
      request.action = .schedule(name, try draft(task, zoneProblem), isUpdate: word == "update")
    default:
      let name = try needed("name").name("the name of a task")
      var group: GroupName?
      if let field = parts["group"] { group = try field.groupName() }
      switch word {
      case "pause": request.action = .pause(name, of: group)
      case "resume": request.action = .resume(name, of: group)
      case "run": request.action = .run(name, of: group)
      default: request.action = .remove(name, of: group)
      }
    }
    return request
  }

  private static func words(_ kind: Kind) -> [String] {
    switch kind {
    case .messages: ["message"]
    case .tasks: ["schedule", "update", "pause", "resume", "run", "cancel"]
    case .jobs: ["job", "jobs", "cancel"]
    }
  }

  private static func keys(of word: String, _ kind: Kind) -> [String] {
    switch word {
    case "message": ["to", "text", "files"]
    case "job": ["job", "wait"]
    case "jobs": ["jobs", "wait"]
    case "schedule", "update": ["name", "task"]
    case "cancel" where kind == .jobs: ["job"]
    case "run": ["name", "group", "wait"]
    default: ["name", "group"]
    }
  }

  private static func files(_ field: Field?) throws(Refusal) -> [String] {
    guard let field else { return [] }
    var files: [String] = []
    for element in try field.elements("an array of paths below the group's folder") {
      var path = try element.text("a path", upTo: 1024)
      // As its author sees it.
      if path.hasPrefix("/bobbin/group/") { path.removeFirst("/bobbin/group/".count) }
      let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      guard path.utf8.first != UInt8(ascii: "/"),
        !parts.contains(where: { $0.isEmpty || $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) })
      else { throw element.badValue("a path below the group's folder, without '.', '..' or '//'") }
      files.append(path)
      if files.count > maxFiles { throw field.outOfRange("at most \(maxFiles) files") }
    }
    return files
  }

  private static func job(_ field: Field) throws(Refusal) -> Job {
    let job = try Job.read(field, hasGroup: true)
    try refuseHostsOwn(field)
    return job
  }

  private static func refuseHostsOwn(_ field: Field) throws(Refusal) {
    // A message comes from outside: the host makes the job for it.
    let hostsOwn = ["origin", "task", "scheduledFor", "message"]
    for member in try field.members() where hostsOwn.contains(member.name) {
      throw member.keyRefusal(.notPermitted, "\(quoted(member.name)) in a request", "expected none, the host says it")
    }
  }

  private static func jobs(_ field: Field) throws(Refusal) -> [NamedJob] {
    var jobs: [NamedJob] = []
    for member in try field.members("an object of jobs by their names") {
      guard isName(Array(member.name.utf8)) else {
        throw member.keyRefusal(
          .badName, "bad name of a job \(quoted(member.name))",
          "expected \(Request.nameRule)")
      }
      jobs.append(NamedJob(name: member.name, job: try job(member)))
      if jobs.count > maxJobs { throw field.outOfRange("at most \(maxJobs) jobs") }
    }
    guard !jobs.isEmpty else { throw field.outOfRange("at least one job") }
    return jobs
  }

  private static func draft(
    _ field: Field, _ zoneProblem: (_ name: String) -> String?
  ) throws(Refusal) -> TaskDraft {
    var draft = TaskDraft(task: try ScheduledTask.read(field, hasGroup: true, zoneProblem), members: [])
    for member in try field.members() {
      if member.name == "job" {
        try refuseHostsOwn(member)
      } else {
        draft.members.append(JSONMember(member.name, member.node))
      }
    }
    return draft
  }
}

extension Field {
  /// A name or id within a group.
  fileprivate func name(_ what: String) throws(Refusal) -> String {
    let text = try self.text(what)
    guard Request.isName(Array(text.utf8)) else {
      throw badValue("\(what): \(Request.nameRule)")
    }
    return text
  }
}
