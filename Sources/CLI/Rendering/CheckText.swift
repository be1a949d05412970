import Jobs
import Operations
import Platform
import Spool

/// What is said of one file that was checked, a job's or a task's.
struct CheckFinding {
  var file: String
  /// Nil: it is good.
  var refusal: Refusal?
  /// Why it could not be read and nothing is known of it; default nil: it was.
  var unread: SystemError?
  /// Of a task; nil: it is a job.
  var warnings: [TaskWarning]?

  /// - Parameter offset: lines of the input before it.
  init(file: String, offset: Int = 0, refusal: Refusal?) {
    (self.file, self.refusal) = (file, refusal?.moved(byLines: offset))
  }

  init(file: String, offset: Int = 0, review: TaskReview) {
    self.init(file: file, offset: offset, refusal: review.refusal)
    warnings = review.warnings
  }

  /// A file that cannot be read.
  init(file: String, unread: SystemError) { (self.file, self.unread) = (file, unread) }

  /// A task of the spool.
  init(_ entry: TaskEntry, _ review: TaskReview) {
    self.init(file: TaskText.file(entry.name, in: entry.place), review: review)
  }
}

/// `check` and `task check`.
enum CheckText {
  /// - Returns: the exit code.
  static func put(_ findings: [CheckFinding], _ call: Invocation) throws -> Int32 {
    if call.json {
      try call.console.put(JSONText.array(findings) { $0.write(to: &$1) })
    } else {
      for finding in findings {
        if let error = finding.unread {
          call.console.note("bobbin: " + Sentences.failure(for: error).message)
        } else if let refusal = finding.refusal {
          call.console.note(Sentences.place(of: refusal, in: finding.file))
        } else if call.console.outputIsTerminal {
          try call.console.line("\(Visible.text(finding.file)): good")
        }
        for warning in finding.warnings ?? [] {
          call.console.note("\(Visible.text(finding.file)): warning: \(TaskWarningText.line(warning))")
        }
      }
    }
    // That a file could not be judged weighs more than that one is bad.
    if let error = findings.lazy.compactMap(\.unread).first { return Sentences.failure(for: error).code }
    return findings.allSatisfy { $0.refusal == nil } ? ExitCode.success : ExitCode.badData
  }
}

extension CheckFinding {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("file", file)
    writer.member("good", refusal == nil && unread == nil)
    if let unread { writer.member("error", Sentences.failure(for: unread).message) }
    if let refusal {
      writer.key("refusal")
      writer.refusal(refusal)
    }
    if let warnings { writer.warnings(warnings) }
    writer.endObject()
  }
}
