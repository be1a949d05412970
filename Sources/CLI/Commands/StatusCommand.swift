/// `bobbin status`.
enum StatusCommand {
  static let command = Command(
    name: "status", usage: [""], summary: "is being built", examples: [("bobbin status", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
