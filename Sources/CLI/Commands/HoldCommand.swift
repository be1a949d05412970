/// `bobbin hold`.
enum HoldCommand {
  static let command = Command(
    name: "hold", usage: [""], summary: "is being built", examples: [("bobbin hold", "")],
    run: { _ in throw Failure(ExitCode.unavailable, "not yet") })
}
