/// `bobbin check`.
enum CheckCommand {
  static let command = Command(
    name: "check", usage: [""], summary: "is being built", examples: [("bobbin check", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
