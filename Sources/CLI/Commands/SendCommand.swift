import Jobs
import Operations
import Spool

/// `bobbin send`.
enum SendCommand {
  static let command = Command(
    name: "send",
    usage: [
      "JOB TEXT…|-", "--group G TEXT…|-", "--close JOB|--group G", "--channel C --chat X TEXT…|-",
    ],
    summary: "sends a message to a running job, to a group, or as if it came from outside",
    options: [
      .init("--group", "G", "whichever job of the group takes it"),
      .init("--close", nil, "ask the group's running jobs to finish"),
      .init("--from", "NAME", "who writes"),
      .init("--channel", "C", "a message from outside, by this channel"),
      .init("--chat", "X", "and of this chat"),
      .init("--id", "ID", "the message's id in its channel: the same one twice is handled once"),
    ],
    notes: """
      The message is put into ipc/GROUP/input, durably, for the group of the job, and its name is printed. A job that runs
      takes it; if none does, it becomes a new job of the group when the next one ends. '-' reads the text from standard
      input.

      With --channel and --chat it is put into the inbox, as the adapter of a channel does it, and the job's id is printed.
      Exit 65 if no route in settings.json leads from that chat to a group.
      Exit 1 if the job does not run, or its group has no folder of requests; 75 if too many messages wait there.
      """,
    examples: [
      (#"bobbin send chat.17 "please hurry""#, "to the job that runs"),
      (#"git log -1 | bobbin send --group helper -"#, "to the group's agent"),
      ("bobbin send --close --group helper", ""),
      (#"bobbin send --channel chat --chat 42 --from ann "@Bob what is new?""#, "as a person in that chat"),
    ], run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    if call.arguments.has("--channel") || call.arguments.has("--chat") { return try SendOutside.run(&call) }
    if call.arguments.has("--id") { throw call.usage("--id belongs to --channel and --chat") }
    let group = try call.group()
    var words = call.arguments.operands
    let job = group == nil && !words.isEmpty ? words.removeFirst() : nil
    if group == nil, job == nil { throw call.usage("to whom? Give a job or --group") }
    let isClose = call.arguments.has("--close")
    if isClose, !words.isEmpty || call.arguments.has("--from") { throw call.usage("--close sends no text") }
    let text = isClose ? "" : try self.text(words, &call)
    let access = try call.openSpool()
    guard let group = try group ?? self.group(ofJob: job ?? "", access, call) else { return ExitCode.no }
    if job == nil, try !access.hasGroup(group) {
      try GroupVerb.sayMissing(group, access, call)
      return ExitCode.no
    }
    let recipients = try access.recipients(in: group)
    if isClose {
      if recipients.running.isEmpty {
        call.console.note("bobbin: no job of the group \(group) runs")
        return ExitCode.no
      }
      return try SendReport.say(try access.close(group), group, recipients, isClose: true, access, call)
    }
    let now = call.context.now()
    let message = InputMessage(
      id: GeneratedID.input(at: now, using: &call.context.generator), text: text, from: call.arguments.value("--from"),
      at: now)
    return try SendReport.say(try access.send(message, to: group), group, recipients, isClose: false, access, call)
  }

  /// What is sent: the words, or standard input without its last line break.
  static func text(_ words: [String], _ call: inout Invocation) throws -> String {
    guard !words.isEmpty else { throw call.usage("what? Give a text, or '-' for standard input") }
    var text = words.joined(separator: " ")
    if words == ["-"] {
      let bytes = try call.context.readInput(SpoolAccess.longestText)
      guard let read = String(validating: bytes, as: UTF8.self) else {
        throw Failure(ExitCode.badData, "standard input is not UTF-8")
      }
      text = read.hasSuffix("\n") ? String(read.dropLast()) : read
    }
    guard text.utf8.count <= SpoolAccess.longestText else {
      throw Failure(ExitCode.badData, "the text has more than 160 KiB")
    }
    guard !text.isEmpty else { throw Failure(ExitCode.badData, "the text is empty") }
    return text
  }

  /// The group of a job that runs; nil after it was said why there is none.
  private static func group(ofJob text: String, _ access: SpoolAccess, _ call: Invocation) throws -> GroupName? {
    guard case .success(let id) = try access.id(SelectedJob(text)), let detail = try access.detail(of: id) else {
      try call.sayMissing(SelectedJob(text), in: access)
      return nil
    }
    let name = Visible.text(id.text)
    guard let group = detail.group else {
      call.console.note("bobbin: \(name) is of no group, and only a group's jobs get messages")
      return nil
    }
    if detail.waiting != .running {
      call.console.note("bobbin: \(name) is in \(detail.sighting.place.rawValue) and does not run")
      call.console.note("  'bobbin send --group \(group)' reaches whichever job of its group runs next")
      return nil
    }
    return group
  }
}
