import Jobs

/// `bobbin help`.
enum HelpCommand {
  static let command = Command(
    name: "help", usage: ["[COMMAND]"], summary: "explains a command", examples: [("bobbin help submit", "")],
    operands: 0...2, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    guard let (name, rest) = Command.name(in: call.arguments.operands) else {
      try call.console.put(HelpText.overview())
      return ExitCode.success
    }
    if let word = rest.first { throw call.usage("one word too many: '\(Visible.text(word))'") }
    if Command.families[name] != nil {
      try call.console.put(HelpText.family(name))
      return ExitCode.success
    }
    try call.console.put(HelpText.of(try Command.meant(by: name)))
    return ExitCode.success
  }
}
