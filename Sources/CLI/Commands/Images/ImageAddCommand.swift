import Operations

/// `bobbin image add`.
enum ImageAddCommand {
  static let command = Command(
    name: "image add", usage: ["PATH [--name N]"], summary: "puts an archive or a folder into the spool as an image",
    options: [.init("--name", "N", "what it is to be called; default: what the file is called")] + ImageVerb.options,
    notes: """
      PATH is an OCI archive or layout, an archive of 'docker save', a tar of a root file system (also gzip, xz, zstd,
      bzip2) or the folder itself; its content says which. Unpacked are no devices, no setuid bits, and nothing that
      would lie outside of the image.
      """,
    examples: [
      ("bobbin image add report.tar", "the image 'report'"),
      ("bobbin image add /srv/roots/debian --name debian", "a root file system in a folder"),
    ], operands: 1...1, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let request = try ImageVerb.request(call)
    let image = try call.openSpool().addImage(
      call.arguments.operands[0], as: call.arguments.value("--name"), request)
    try ImageVerb.say(image, call)
    return ExitCode.success
  }
}
