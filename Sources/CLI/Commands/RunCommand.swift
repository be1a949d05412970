/// `bobbin run`.
enum RunCommand {
  static let command = Command(
    name: "run", usage: [""], summary: "is being built", examples: [("bobbin run", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
