import Jobs
import Operations
import Platform

/// `bobbin task check`.
enum TaskCheckCommand {
  static let command = Command(
    name: "task check", usage: ["[NAME…|FILE…|-]"],
    summary: "says whether tasks are good, and what is probably not meant",
    notes: """
      Without an operand all tasks of the spool, paused ones too. Prints FILE:LINE:COLUMN and what is wrong. Warned is of:
      a key in the job (every later one would count as done), paths that are not there, a timeout longer than the interval
      with "overlap": "allow", names that differ by case alone, no further time, an 'every' that does not divide a day,
      times that daylight saving skips within a year, bad settings of its group.
      Exit 65 if one is not good, 0 if there are only warnings. Files need no spool.
      """,
    examples: [("bobbin task check", ""), ("bobbin task check nightly.json", "before it is added")], run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let operands = call.arguments.operands
    // Files can be judged anywhere.
    let spool = operands.isEmpty ? try call.openSpool() : try? call.openSpool()
    let zones = call.context.zones
    let reviewer = try TaskReviewer(spool, zones: zones, now: call.context.now())
    var findings: [CheckFinding] = []
    var code = ExitCode.success
    if operands.isEmpty, let spool {
      findings = try spool.tasks(zones: zones, finished: 0).entries.filter { $0.content != .gone }.map {
        CheckFinding($0, reviewer.review($0))
      }
      if findings.isEmpty { call.console.note("bobbin: no tasks there") }
    }
    for text in operands {
      if text == "-" {
        let bytes = try call.context.readInput(256 << 20)
        findings.append(CheckFinding(file: "standard input", review: reviewer.review(bytes, name: nil)))
      } else if !text.contains("/"), let spool, case .success(let name) = call.taskName(text),
        let entry = try spool.task(name, zones: zones), entry.content != .gone
      {
        findings.append(CheckFinding(entry, reviewer.review(entry)))
      } else if text.contains("/") || text.hasSuffix(".json") {
        findings.append(file(text, reviewer))
      } else {
        try call.sayMissingTask(text, in: try spool ?? call.openSpool())
        code = ExitCode.no
      }
    }
    let judged = try CheckText.put(findings, call)
    return judged == ExitCode.success ? code : judged
  }

  /// A file that is meant as a task.
  static func file(_ path: String, _ reviewer: TaskReviewer) -> CheckFinding {
    do throws(SystemError) {
      return file(path, try JobFileReader.read(path: path, limit: reviewer.limit), reviewer)
    } catch { return CheckFinding(file: path, unread: error) }
  }

  static func file(_ path: String, _ bytes: [UInt8], _ reviewer: TaskReviewer) -> CheckFinding {
    do throws(Refusal) {
      let name = try TaskName.read(Array(try JobFileReader.stem(ofPath: path).text.utf8))
      return CheckFinding(file: path, review: reviewer.review(bytes, name: name))
    } catch {
      var review = reviewer.review(bytes, name: nil)
      review.refusal = review.refusal ?? error
      return CheckFinding(file: path, review: review)
    }
  }
}
