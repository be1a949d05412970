/// `bobbin config`.
enum ConfigCommand {
  static let command = Command(
    name: "config", usage: [""], summary: "is being built", examples: [("bobbin config", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
