import Jobs
import Operations

/// `bobbin init`.
enum InitCommand {
  static let command = Command(
    name: "init", usage: ["[DIR]"], summary: "makes a spool",
    notes: """
      Makes DIR (else what --spool or BOBBIN_SPOOL names, else ./spool) and its folders, for their owner alone. A spool that
      is there stays as it is; folders that are missing are made.
      """,
    examples: [("bobbin init ~/spool", "")], operands: 0...1, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let path = call.arguments.operands.first ?? call.spoolPath
    let isNew: Bool
    do { isNew = try SpoolAccess.make(path: path) } catch {
      var failure = Sentences.failure(for: error)
      if failure.code == ExitCode.inputOutput { failure.code = ExitCode.cannotCreate }
      throw failure
    }
    if call.json {
      try call.console.put(
        JSONText.document { writer in
          writer.beginObject()
          writer.member("spool", path)
          writer.member("made", isNew)
          writer.endObject()
        })
    } else {
      let shown = Visible.text(path)
      try call.console.line(isNew ? "made a spool at \(shown)" : "\(shown) was a spool already")
      let option = path == "spool" ? "" : " --spool '\(shown)'"
      try call.console.line("start its runner with: bobbin run\(option)")
    }
    return ExitCode.success
  }
}
