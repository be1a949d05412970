/// `bobbin logs`.
enum LogsCommand {
  static let command = Command(
    name: "logs", usage: [""], summary: "is being built", examples: [("bobbin logs", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
