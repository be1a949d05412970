import Jobs
import Operations

/// `bobbin image rm`.
enum ImageRemoveCommand {
  static let command = Command(
    name: "image rm", usage: ["NAME…"], summary: "removes images",
    notes: """
      NAME is a name or the beginning of a digest (12 digits or more). Of an image with several names only the name goes,
      by its digest all of it. Jobs that run on it go on; its files go after the last of them, with the next pull, add,
      build or rm. Exit 1 if there is no such image.
      """,
    examples: [("bobbin image rm report", "")], operands: 1...Int.max, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let access = try call.openSpool()
    var outcomes: [(name: String, outcome: ImageRemovalOutcome)] = []
    var code = ExitCode.success
    for name in call.arguments.operands {
      do throws(OperationError) {
        outcomes.append((name, try access.removeImage(name)))
      } catch {
        // The others still go.
        guard case .image(let problem) = error, problem.kind == .missing || problem.kind == .badName else {
          throw error
        }
        let failure = Sentences.failure(for: error)
        call.console.note("bobbin: \(failure.message)")
        code = max(code, failure.code)
      }
    }
    if call.json {
      try call.console.put(
        JSONText.document { writer in
          writer.beginArray()
          for (name, outcome) in outcomes {
            writer.beginObject()
            writer.member("image", name)
            writer.member("became", outcome.rawValue)
            writer.endObject()
          }
          writer.endArray()
        })
      return code
    }
    for (name, outcome) in outcomes {
      let shown = Visible.text(name)
      switch outcome {
      case .removed: try call.console.line("removed \(shown)")
      case .untagged: try call.console.line("removed the name \(shown); the image has others")
      case .inUse: try call.console.line("removed \(shown); a job still runs on it, its files go later")
      }
    }
    return code
  }
}
