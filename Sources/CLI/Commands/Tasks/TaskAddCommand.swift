import Jobs
import Operations
import Platform

/// `bobbin task add`.
enum TaskAddCommand {
  static let command = Command(
    name: "task add",
    usage: [
      "[--name N] FILE|-", "--name N (--cron LINE | --every D | --at T) [options] -- COMMAND ARG…",
    ],
    summary: "puts a task into tasks, durably, and prints its name",
    options: [.init("--name", "N", "what it is called; of a FILE its stem otherwise")] + ScheduleOptions.times
      + ScheduleOptions.rules + SubmitOptions.job + [SubmitOptions.clean],
    notes: """
      A FILE is checked first and put there byte for byte. '--' makes a task of a command line; the options are those of
      'bobbin submit', and the current folder and PATH are taken along (--clean does not). When it is due next, and what
      'bobbin task check' warns of, is said on standard error. Nothing is overwritten.
      Exit 65 if the file is not good, 73 if there is a task of that name, paused or not.
      """,
    examples: [
      ("bobbin task add nightly.json", "as 'nightly'"),
      (#"bobbin task add --name nightly --cron "0 2 * * *" --timezone Europe/Berlin -- ./backup.sh --full"#, ""),
      ("bobbin task add --name beat --every 15m --overlap queue -- ./sync.sh", ""),
    ],
    operands: 1...Int.max, takesCommand: true, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let options = try SubmitOptions(call)
    let access: SpoolAccess
    let name: String
    let bytes: [UInt8]
    let file: String
    if let command = call.arguments.command {
      if !call.arguments.operands.isEmpty { throw call.usage("give a file or '-- COMMAND', not both") }
      if command.isEmpty { throw call.usage("a command is missing after '--'") }
      guard options.name != nil else { throw call.usage("--name is needed beside '-- COMMAND'") }
      guard let schedule = try ScheduleOptions.schedule(call) else {
        throw call.usage("when? Give --cron, --every or --at")
      }
      name = try self.name(options, call, path: nil)
      access = try call.openSpool()
      var task = ScheduledTask(schedule: schedule, job: try job(command, options, access, call))
      try ScheduleOptions.apply(call, to: &task)
      (bytes, file) = (task.encode(), "the task")
    } else {
      try refuseJobOptions(call)
      if call.arguments.operands.count > 1 { throw call.usage("give one file") }
      let path = call.arguments.operands[0]
      if path == "-", options.name == nil { throw call.usage("--name is needed beside '-'") }
      access = try call.openSpool()
      let limit = try Submission(access).limit
      bytes = path == "-" ? try call.context.readInput(limit) : try JobFileReader.read(path: path, limit: limit)
      file = path == "-" ? "standard input" : path
      // The content first: what is no task at all is not told that its name is bad.
      let review = try TaskReviewer(access, zones: call.context.zones, now: call.context.now()).review(bytes, name: nil)
      if let refusal = review.refusal { throw Failure(ExitCode.badData, Sentences.place(of: refusal, in: file)) }
      name = try self.name(options, call, path: path)
    }
    let review = try TaskReviewer(access, zones: call.context.zones, now: call.context.now()).review(bytes, name: name)
    if let refusal = review.refusal { throw Failure(ExitCode.badData, Sentences.place(of: refusal, in: file)) }
    guard try access.addTask(name: name, bytes: bytes) else {
      let shown = Visible.text(name)
      throw Failure(
        ExitCode.cannotCreate, "there is a task \(shown) already",
        hint: "--name N gives it another name; 'bobbin task show \(shown)' tells about it")
    }
    try say(name, review, access, call)
    return ExitCode.success
  }

  private static func job(
    _ command: [String], _ options: SubmitOptions, _ access: SpoolAccess, _ call: Invocation
  ) throws -> Job {
    let hasPath = options.changes.env.contains { $0.name == "PATH" }
    let draft = try JobDraft(
      stem: JobID(unchecked: "job"), command: command,
      directory: options.isClean ? nil : call.context.currentFolder,
      path: options.isClean || hasPath ? nil : call.context.environment("PATH"), changes: options.changes,
      exactly: true, limit: try Submission(access).limit)
    return try Job.read(draft.bytes)
  }

  /// A file says all of this itself.
  private static func refuseJobOptions(_ call: Invocation) throws(Failure) {
    let own = ScheduleOptions.times + ScheduleOptions.rules + SubmitOptions.job + [SubmitOptions.clean]
    if let option = own.first(where: { call.arguments.has($0.name) }) {
      throw call.usage("\(option.name) belongs to '-- COMMAND'; a file says it itself")
    }
  }

  private static func name(
    _ options: SubmitOptions, _ call: Invocation, path: String?
  ) throws(Failure) -> String {
    do throws(Refusal) {
      if let name = options.name { return try TaskName.read(Array(name.text.utf8)) }
      return try TaskName.read(Array(try JobFileReader.stem(ofPath: path ?? "").text.utf8))
    } catch {
      if options.name != nil { throw call.usage("--name: \(error.reason)") }
      throw Failure(
        ExitCode.badData, Sentences.place(of: error, in: path ?? ""), hint: "--name N gives it another name")
    }
  }

  private static func say(_ name: String, _ review: TaskReview, _ access: SpoolAccess, _ call: Invocation) throws {
    let now = call.context.now()
    let times = review.reading?.times
    let coming = times?.coming(from: now + .nanoseconds(1), count: 1) ?? ComingTimes()
    if call.json {
      try call.console.put(
        JSONText.document { writer in
          writer.beginObject()
          writer.member("task", name)
          if let next = coming.times.first {
            writer.key("next")
            writer.time(next, now: now)
          }
          writer.warnings(review.warnings)
          writer.endObject()
        })
    } else {
      try call.console.line(call.console.outputIsTerminal ? Visible.text(name) : name)
    }
    try call.console.flush()
    if let next = coming.times.first {
      call.console.note("bobbin: \(Visible.text(name)) runs next at \(next.text), \(TaskText.when(next, now: now))")
    } else if let times, let end = TaskText.end(coming, times.text) {
      call.console.note("bobbin: \(end)")
    }
    for warning in review.warnings where warning != .noFurtherTime {
      call.console.note("bobbin: warning: \(TaskWarningText.line(warning))")
    }
    try call.sayIfNoRunner(access)
  }
}
