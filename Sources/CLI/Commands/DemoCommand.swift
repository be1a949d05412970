/// `bobbin demo`.
enum DemoCommand {
  static let command = Command(
    name: "demo", usage: [""], summary: "is being built", examples: [("bobbin demo", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
