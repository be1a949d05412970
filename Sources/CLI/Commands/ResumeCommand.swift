/// `bobbin resume`.
enum ResumeCommand {
  static let command = Command(
    name: "resume", usage: [""], summary: "is being built", examples: [("bobbin resume", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
