import Jobs
import Operations

/// `bobbin task show`.
enum TaskShowCommand {
  static let command = Command(
    name: "task show", usage: ["NAME…"],
    summary: "shows a task: schedule, rules, the next times, what became of the last ones",
    notes: """
      The last 20 times are told with their jobs, or why there was none. What 'bobbin task check' warns of is told too.
      Exit 1 if a name is not there. With --json one object, or an array of them for more than one name.
      """,
    examples: [("bobbin task show nightly", ""), ("bobbin task show nightly --json", "")], operands: 1...Int.max,
    run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let access = try call.openSpool()
    let now = call.context.now()
    var code = ExitCode.success
    let isOne = call.arguments.operands.count == 1
    var details: [TaskDetail] = []
    for name in try TaskVerb.names(access, call, &code) {
      guard let detail = try access.taskDetail(name, zones: call.context.zones) else {
        try call.sayMissingTask(name, in: access)
        code = ExitCode.no
        continue
      }
      details.append(detail)
    }
    if call.json {
      if isOne, details.isEmpty { return code }
      try call.console.put(
        JSONText.document { writer in
          if !isOne { writer.beginArray() }
          for detail in details { writer.task(detail, now: now) }
          if !isOne { writer.endArray() }
        })
      return code
    }
    for (index, detail) in details.enumerated() {
      if index > 0 { try call.console.line() }
      for line in TaskReport.lines(detail, now: now, colour: call.console.colourOutput) { try call.console.line(line) }
    }
    try call.console.flush()
    if details.contains(where: { $0.entry.status == .scheduled }) { try call.sayIfNoRunner(access) }
    return code
  }
}
