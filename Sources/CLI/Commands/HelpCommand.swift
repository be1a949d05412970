import Jobs

/// `bobbin help`.
enum HelpCommand {
  static let command = Command(
    name: "help", usage: ["[COMMAND]"], summary: "explains a command", examples: [("bobbin help submit", "")],
    operands: 0...1, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    guard let name = call.arguments.operands.first else {
      try call.console.put(HelpText.overview())
      return ExitCode.success
    }
    try call.console.put(HelpText.of(try Command.meant(by: name)))
    return ExitCode.success
  }
}
