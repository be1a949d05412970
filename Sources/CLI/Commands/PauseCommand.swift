/// `bobbin pause`.
enum PauseCommand {
  static let command = Command(
    name: "pause", usage: [""], summary: "is being built", examples: [("bobbin pause", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
