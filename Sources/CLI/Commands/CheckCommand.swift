import Jobs
import Operations
import Platform

/// `bobbin check`.
enum CheckCommand {
  static let command = Command(
    name: "check", usage: ["FILE…", "-"], summary: "says whether files are good jobs, without running them",
    notes: """
      Prints FILE:LINE:COLUMN and what is wrong, as the runner would write it into the result. '-' reads one job or one a
      line. Exit 65 if one is not good. A spool is not needed; where there is one its maxJobBytes counts.
      """,
    examples: [("bobbin check jobs/*.json", "")], operands: 1...Int.max, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    var limit = Int(Settings().maxJobBytes.bytes)
    if let access = try? call.openSpool() { limit = try Submission(access).limit }  // no spool: the default counts
    var findings: [(file: String, offset: Int, refusal: Refusal?)] = []
    for path in call.arguments.operands {
      if path == "-" {
        for (line, bytes) in JobLines.split(try call.context.readInput(256 << 20)) {
          findings.append(("standard input", line - 1, judge(bytes, nil, limit)))
        }
      } else {
        findings.append((path, 0, judge(try JobFileReader.read(path: path, limit: limit), path, limit)))
      }
    }
    let isGood = findings.allSatisfy { $0.refusal == nil }
    if call.json {
      try call.console.put(
        JSONText.document { writer in
          writer.beginArray()
          for finding in findings {
            writer.beginObject()
            writer.member("file", finding.file)
            writer.member("good", finding.refusal == nil)
            if var refusal = finding.refusal {
              refusal.line = refusal.line.map { $0 + finding.offset }
              writer.key("refusal")
              writer.refusal(refusal)
            }
            writer.endObject()
          }
          writer.endArray()
        })
    } else {
      for finding in findings {
        if let refusal = finding.refusal {
          call.console.note(Sentences.place(of: refusal, in: finding.file, lineOffset: finding.offset))
        } else if call.console.outputIsTerminal {
          try call.console.line("\(Visible.text(finding.file)): good")
        }
      }
    }
    return isGood ? ExitCode.success : ExitCode.badData
  }

  private static func judge(_ bytes: [UInt8], _ path: String?, _ limit: Int) -> Refusal? {
    do throws(Refusal) {
      _ = try JobDraft(stem: JobID(unchecked: "job"), reading: bytes, limit: limit)
      if let path { _ = try JobFileReader.stem(ofPath: path) }
      return nil
    } catch { return error }
  }
}
