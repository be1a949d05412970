/// `bobbin release`.
enum ReleaseCommand {
  static let command = Command(
    name: "release", usage: [""], summary: "is being built", examples: [("bobbin release", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
