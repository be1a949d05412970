/// `bobbin why`.
enum WhyCommand {
  static let command = Command(
    name: "why", usage: [""], summary: "is being built", examples: [("bobbin why", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
