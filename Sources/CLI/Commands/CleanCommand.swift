/// `bobbin clean`.
enum CleanCommand {
  static let command = Command(
    name: "clean", usage: [""], summary: "is being built", examples: [("bobbin clean", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
