import Jobs
import Operations

/// `bobbin image build`.
enum ImageBuildCommand {
  static let command = Command(
    name: "image build", usage: ["DIR", "FILE"],
    summary: "builds an image from programs and files of this machine, without a network",
    options: [
      .init("--engine", "podman|docker", "gives it to that engine instead of the spool; umoci is not needed then")
    ] + ImageVerb.options,
    notes: """
      DIR has a recipe, image.json:
        { "name": "report", "programs": ["/usr/bin/python3"], "paths": ["/usr/lib/python3.*"],
          "files": { "report.py": "/app/report.py" }, "links": { "/bin/sh": "busybox" }, "env": { "TZ": "UTC" } }
      'programs' are copied with the libraries they need, 'paths' as they are; 'files' are what lies beside the recipe,
      by its place in the image. 'from' names an image to begin with.
      """,
    examples: [
      ("bobbin image build Examples/images/busybox", "the image 'busybox'"),
      ("bobbin image build --engine podman Examples/images/busybox", "the same for podman"),
    ], operands: 1...1, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let request = try ImageVerb.request(call)
    if let word = call.arguments.value("--engine") {
      guard let engine = RuntimeChoice(rawValue: word), [.podman, .docker].contains(engine) else {
        throw Failure(ExitCode.usage, "bobbin: --engine is podman or docker, not '\(Visible.text(word))'")
      }
      let (name, notes) = try call.openSpool().buildImage(call.arguments.operands[0], into: engine, request)
      for note in notes { call.console.note("bobbin: \(Visible.text(note))") }
      try call.console.line(Visible.text(name.text))
      return ExitCode.success
    }
    try ImageVerb.say(try call.openSpool().buildImage(call.arguments.operands[0], request), call)
    return ExitCode.success
  }
}
