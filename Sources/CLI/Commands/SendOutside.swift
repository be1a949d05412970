import Jobs
import Operations
import Spool

/// `bobbin send --channel`: a message as an adapter drops it.
enum SendOutside {
  static func run(_ call: inout Invocation) throws -> Int32 {
    guard let channel = call.arguments.value("--channel"), let chat = call.arguments.value("--chat") else {
      throw call.usage("--channel and --chat go together")
    }
    for other in ["--group", "--close"] where call.arguments.has(other) {
      throw call.usage("\(other) and --channel exclude each other: the route says the group")
    }
    let now = call.context.now()
    let message = IncomingMessage(
      channel: channel, chat: chat, text: try SendCommand.text(call.arguments.operands, &call),
      from: call.arguments.value("--from"), at: now, id: call.arguments.value("--id"))
    let access = try call.openSpool()
    let stem = GeneratedID.make(at: now, using: &call.context.generator)
    let outside: OutsideMessage
    switch try access.draft(message, stem: stem) {
    case .success(let good): outside = good
    case .failure(let refusal):
      throw Failure(ExitCode.badData, "\(Visible.text(refusal.reason)) [\(refusal.code.rawValue)]")
    }
    var submission = try Submission(access)
    let id = try submission.publish(outside.draft)
    if call.json { try call.console.put(JSONText.ids([id])) } else { try call.console.line(id.text) }
    try call.console.flush()
    if !outside.hasAgent {
      call.console.note("bobbin: groups/\(outside.group).json has no 'agent': the message will fail as no-agent")
    } else if let trigger = outside.missingTrigger {
      call.console.note(
        "bobbin: it has no '\(Visible.text(trigger))' in it: it is kept for the next one that has, and starts nothing")
    }
    try call.sayIfNoRunner(access)
    return ExitCode.success
  }
}
