/// `bobbin cancel`.
enum CancelCommand {
  static let command = Command(
    name: "cancel", usage: [""], summary: "is being built", examples: [("bobbin cancel", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
