import Jobs
import Operations
import Platform

/// `bobbin check`.
enum CheckCommand {
  static let command = Command(
    name: "check", usage: ["FILE…", "-"], summary: "says whether files are good jobs or tasks, without running them",
    notes: """
      Prints FILE:LINE:COLUMN and what is wrong, as the runner would write it into the result. '-' reads one job or one a
      line. A spool is not needed; where there is one its maxJobBytes counts. An object with a 'schedule' is a task, and is
      checked as 'bobbin task check' does. Exit 65 if one is not good, 74 if one cannot be read; the others are checked all
      the same.
      """,
    examples: [("bobbin check jobs/*.json", "")], operands: 1...Int.max, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let spool = try? call.openSpool()  // no spool: the defaults count
    let reviewer = try TaskReviewer(spool, zones: call.context.zones, now: call.context.now())
    var findings: [CheckFinding] = []
    for path in call.arguments.operands {
      if path == "-" {
        for (line, bytes) in JobLines.split(try call.context.readInput(256 << 20)) {
          let (file, offset) = ("standard input", line - 1)
          findings.append(
            TaskReviewer.isTask(bytes)
              ? CheckFinding(file: file, offset: offset, review: reviewer.review(bytes, name: nil))
              : CheckFinding(file: file, offset: offset, refusal: judge(bytes, nil, reviewer.limit)))
        }
        continue
      }
      let bytes: [UInt8]
      do throws(SystemError) { bytes = try JobFileReader.read(path: path, limit: reviewer.limit) } catch {
        findings.append(CheckFinding(file: path, unread: error))
        continue
      }
      findings.append(
        TaskReviewer.isTask(bytes)
          ? TaskCheckCommand.file(path, bytes, reviewer)
          : CheckFinding(file: path, refusal: judge(bytes, path, reviewer.limit)))
    }
    return try CheckText.put(findings, call)
  }

  private static func judge(_ bytes: [UInt8], _ path: String?, _ limit: Int) -> Refusal? {
    do throws(Refusal) {
      _ = try JobDraft(stem: JobID(unchecked: "job"), reading: bytes, limit: limit)
      if let path { _ = try JobFileReader.stem(ofPath: path) }
      return nil
    } catch { return error }
  }
}
