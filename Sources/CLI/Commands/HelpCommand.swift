/// `bobbin help`.
enum HelpCommand {
  static let command = Command(
    name: "help", usage: [""], summary: "is being built", examples: [("bobbin help", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
