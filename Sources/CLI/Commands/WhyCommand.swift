import Jobs
import Operations
import Spool

/// `bobbin why`.
enum WhyCommand {
  static let command = Command(
    name: "why", usage: ["ID…", "-", "--group G", "--all"],
    summary: "says in a sentence why a job is where it is, and what to do",
    options: Command.selection, notes: "Exit 1 if an id is not there; the nearest ones are named then.",
    examples: [("bobbin why report", "")], run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let selection = try call.selection()
    let access = try call.openSpool()
    let isRunning = try access.runnerPresence().isAlive
    var code = ExitCode.success
    var details: [JobDetail] = []
    for selected in try access.resolve(selection, in: SpoolPlace.jobStates) {
      if case .success(let id) = try access.id(selected), let detail = try access.detail(of: id, in: selected.place) {
        details.append(detail)
      } else {
        try call.sayMissing(selected, in: access)
        code = ExitCode.no
      }
    }
    let now = call.context.now()
    if call.json {
      try call.console.put(
        JSONText.document { writer in
          writer.beginArray()
          for detail in details {
            let (says, cure) = WhyText.sentence(detail, now: now, isRunnerAlive: isRunning)
            writer.beginObject()
            writer.member("id", detail.sighting.id.text)
            writer.member("state", detail.sighting.place.rawValue)
            writer.member("code", detail.waiting?.code ?? detail.record?.outcome?.code ?? detail.record?.status)
            writer.member("why", says)
            writer.member("cure", cure)
            writer.member("task", detail.occurrence?.task)
            writer.member("scheduledFor", detail.occurrence?.time)
            writer.member("chat", detail.chat)
            if detail.chat != nil { writer.member("group", detail.group?.text) }
            writer.endObject()
          }
          writer.endArray()
        })
      return code
    }
    for detail in details {
      let (says, cure) = WhyText.sentence(detail, now: now, isRunnerAlive: isRunning)
      try call.console.line(WhyText.closed(says))
      if let told = WhyText.occurrence(detail) { try call.console.line("  " + told) }
      if let told = WhyText.message(detail) { try call.console.line("  " + told) }
      if let cure { try call.console.line("  " + cure) }
    }
    return code
  }
}
