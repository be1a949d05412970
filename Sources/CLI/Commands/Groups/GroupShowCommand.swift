import Jobs
import Operations

/// `bobbin group show`.
enum GroupShowCommand {
  static let command = Command(
    name: "group show", usage: ["NAME…"],
    summary: "shows a group: its settings as they count, its folders, chats and last requests",
    notes: """
      Every setting is told with who said it. What was refused is told with the reason; 'bobbin ipc NAME' shows what waits.
      Exit 1 if a name is not there. With --json one object, or an array of them for more than one name.
      """,
    examples: [("bobbin group show helper", ""), ("bobbin group show helper --json", "")], operands: 1...Int.max,
    run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let access = try call.openSpool()
    var code = ExitCode.success
    var details: [GroupDetail] = []
    for name in try GroupVerb.names(access, call, &code) {
      if let detail = try access.groupDetail(name) {
        details.append(detail)
      } else {
        try GroupVerb.sayMissing(name, access, call)
        code = ExitCode.no
      }
    }
    let now = call.context.now()
    if call.json {
      let isOne = call.arguments.operands.count == 1
      if isOne, details.isEmpty { return code }
      try call.console.put(
        JSONText.document { writer in
          if !isOne { writer.beginArray() }
          for detail in details { writer.group(detail) }
          if !isOne { writer.endArray() }
        })
      return code
    }
    for (index, detail) in details.enumerated() {
      if index > 0 { try call.console.line() }
      for line in GroupReport.lines(detail, now: now, colour: call.console.colourOutput) { try call.console.line(line) }
    }
    return code
  }
}
