import Jobs
import Operations

/// `bobbin ipc`.
enum IPCCommand {
  static let command = Command(
    name: "ipc", usage: ["[--all] [GROUP…]"],
    summary: "shows what groups ask for: requests that wait, what is wrong with them, the last answers",
    options: [.init("--all", nil, "every file, not only the oldest 20 of a folder")],
    notes: """
      A tree of each group's folder. Requests are read as the runner would, once and without following links, and the first
      thing that it would refuse is told; nothing is moved. 'stale' is what lies there for more than an hour. Then what was
      sent to running jobs, what they have taken of it, and the last ten requests that were answered.
      Exit 1 if a group is not there.
      """,
    examples: [("bobbin ipc", ""), ("bobbin ipc helper --json", "")], run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let access = try call.openSpool()
    let limit = call.arguments.has("--all") ? nil : 20
    var code = ExitCode.success
    var trees: [RequestTree] = []
    if call.arguments.operands.isEmpty { trees = try access.requestTrees(limit: limit, zones: call.context.zones) }
    for text in call.arguments.operands {
      guard let name = try GroupVerb.existing(text, access, call) else {
        code = ExitCode.no
        continue
      }
      trees += try access.requestTrees(name, limit: limit, zones: call.context.zones)
    }
    if call.json {
      try call.console.put(JSONText.array(trees) { $1.requests($0) })
      return code
    }
    let now = call.context.now()
    for (index, tree) in trees.enumerated() {
      if index > 0 { try call.console.line() }
      for line in RequestTreeText.lines(tree, now: now, colour: call.console.colourOutput) {
        try call.console.line(line)
      }
    }
    try call.console.flush()
    if trees.isEmpty, code == ExitCode.success { call.console.note("bobbin: no group has asked for anything") }
    if trees.contains(where: { $0.waiting.contains { !$0.files.files.isEmpty } }) { try call.sayIfNoRunner(access) }
    return code
  }
}
