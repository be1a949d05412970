import Operations

/// `bobbin image build`.
enum ImageBuildCommand {
  static let command = Command(
    name: "image build", usage: ["DIR", "FILE"],
    summary: "builds an image from programs and files of this machine, without a network",
    options: ImageVerb.options,
    notes: """
      DIR has a recipe, image.json:
        { "name": "report", "programs": ["/usr/bin/python3"], "paths": ["/usr/lib/python3.*"],
          "files": { "report.py": "/app/report.py" }, "links": { "/bin/sh": "busybox" }, "env": { "TZ": "UTC" } }
      'programs' are copied with the libraries they need, 'paths' as they are; 'files' are what lies beside the recipe,
      by its place in the image. 'from' names an image to begin with.
      """,
    examples: [("bobbin image build Examples/images/busybox", "the image 'busybox'")], operands: 1...1, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let request = try ImageVerb.request(call)
    try ImageVerb.say(try call.openSpool().buildImage(call.arguments.operands[0], request), call)
    return ExitCode.success
  }
}
