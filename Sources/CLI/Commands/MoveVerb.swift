import Jobs
import Operations
import Spool

/// What the verbs that move jobs have in common: selection, a line a job, exit code.
struct MoveVerb {
  static let usage = ["ID…", "-", "--group G", "--all"]
  static let notes = """
    Prints the id of each job that is now where it should be. Exit 1 if one is not; why is said on standard error.
    """

  /// Where its jobs are.
  let places: [SpoolPlace]
  /// What has become of a job.
  let words: String

  func run(
    _ call: inout Invocation, _ act: (SpoolAccess, [JobID]) throws -> [MoveOutcome]
  ) throws -> Int32 {
    let selection = try self.selection(&call)
    let access = try call.openSpool()
    var code = ExitCode.success
    var ids: [JobID] = []
    for selected in try access.resolve(selection, in: places) {
      if case .success(let id) = try access.id(selected) {
        ids.append(id)
      } else {
        try call.sayMissing(selected, in: access)
        code = ExitCode.no
      }
    }
    let outcomes = try act(access, ids)
    if ids.isEmpty, code == ExitCode.success { call.console.note("bobbin: no jobs there") }
    for (id, outcome) in zip(ids, outcomes) {
      if !outcome.isDone { code = ExitCode.no }
      if outcome == .unknown {
        try call.sayMissing(SelectedJob(id.text, isExact: true), in: access)
      } else {
        try say(id, outcome, call)
      }
    }
    if call.json {
      try call.console.put(
        JSONText.document { writer in
          writer.beginArray()
          for (id, outcome) in zip(ids, outcomes) { outcome.write(id, to: &writer) }
          writer.endArray()
        })
    } else if outcomes.contains(.requested) {
      try call.sayIfNoRunner(access)
    }
    return code
  }

  private func selection(_ call: inout Invocation) throws -> Selection {
    guard call.arguments.has("--all-failed") else { return try call.selection() }
    if !call.arguments.operands.isEmpty { throw call.usage("ids and --all-failed exclude each other") }
    return try call.group().map { .group($0) } ?? .all
  }

  private func say(_ id: JobID, _ outcome: MoveOutcome, _ call: Invocation) throws {
    try Self.say(id, outcome, call, participle: words == "waits again" ? "retried" : words, what: "job")
  }

  /// Says what has become of a job, or of another file that has a name of its own.
  static func say(
    _ id: JobID, _ outcome: MoveOutcome, _ call: Invocation, participle: String, what: String
  ) throws {
    let name = Visible.text(id.text)
    func done(_ id: JobID, _ note: String?) throws {
      if !call.json { try call.console.line(call.console.outputIsTerminal ? Visible.text(id.text) : id.text) }
      if let note { call.console.note("bobbin: \(name) \(note)") }
    }
    switch outcome {
    case .moved(_, let new), .cancelled(let new):
      try done(new, new == id ? nil : "is now \(Visible.text(new.text)): another \(what) has its name")
    case .requested: try done(id, nil)
    case .requestedBefore: try done(id, "was asked to end before")
    case .already(let place): try done(id, "is in \(place.rawValue) already")
    case .elsewhere(let place):
      call.console.note("bobbin: \(name) is in \(place.rawValue), it cannot be \(participle) there")
    case .taken(let place):
      call.console.note("bobbin: \(name) stays: \(place.rawValue) has a file of that name")
    case .unknown: break
    }
  }
}

extension MoveOutcome {
  /// - Parameter key: what the id stands under.
  func write(_ id: JobID, as key: StaticString = "id", to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member(key, id.text)
    writer.member("done", isDone)
    switch self {
    case .moved(let place, let new):
      writer.member("state", place.rawValue)
      if new != id { writer.member("newID", new.text) }
    case .cancelled(let new):
      writer.member("state", "errors")
      if new != id { writer.member("newID", new.text) }
    case .requested, .requestedBefore: writer.member("state", "processing")
    case .already(let place), .elsewhere(let place): writer.member("state", place.rawValue)
    case .taken(let place): writer.member("taken", place.rawValue)
    case .unknown: writer.member("state", "unknown")
    }
    writer.endObject()
  }
}
