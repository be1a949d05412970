/// `bobbin init`.
enum InitCommand {
  static let command = Command(
    name: "init", usage: [""], summary: "is being built", examples: [("bobbin init", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
