/// `bobbin retry`.
enum RetryCommand {
  static let command = Command(
    name: "retry", usage: [""], summary: "is being built", examples: [("bobbin retry", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
