import Operations

/// `bobbin resume`.
enum ResumeCommand {
  static let command = Command(
    name: "resume", usage: ["[--group G]"], summary: "ends a pause",
    options: [.init("--group", "G", "of this group")],
    examples: [("bobbin resume", ""), ("bobbin resume --group nightly", "")],
    operands: 0...0, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let group = try call.group()
    let was = try call.openSpool().resume(group)
    try PauseText.say(group, isPaused: false, changed: was, call)
    return ExitCode.success
  }
}
