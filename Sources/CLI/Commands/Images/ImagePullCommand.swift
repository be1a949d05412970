import Operations

/// `bobbin image pull`.
enum ImagePullCommand {
  static let command = Command(
    name: "image pull", usage: ["NAME [--name N]"], summary: "fetches an image from a registry, without an engine",
    options: [ImageVerb.name] + ImageVerb.options,
    notes: """
      skopeo fetches it and umoci unpacks it, once, into the spool's state/images. NAME may begin with any transport of
      skopeo (oci:, dir:, docker-daemon: …); else it is one of a registry. A job names it by "image".
      """,
    examples: [
      ("bobbin image pull python:3.12-slim", ""),
      ("bobbin image pull oci:/media/stick/report --name report", "from a folder that skopeo wrote elsewhere"),
    ], operands: 1...1, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let request = try ImageVerb.request(call)
    let image = try call.openSpool().pullImage(
      call.arguments.operands[0], as: call.arguments.value("--name"), request, variable: call.context.environment)
    try ImageVerb.say(image, call)
    return ExitCode.success
  }
}
