import Jobs
import Operations

/// `bobbin mounts`.
enum MountsCommand {
  static let command = Command(
    name: "mounts", usage: ["JOB"], summary: "says which mounts of a job would be made, and why others not",
    notes: """
      JOB is an id in the spool or a file; the mounts of its group are judged too. What may be mounted is said by
      ~/.config/bobbin/mounts.json of the runner's user: call it as that user. Nothing is mounted.
      Exit 1 if one is refused, 65 if the job is no good job.
      """,
    examples: [("bobbin mounts report.json", "")], operands: 1...1, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let access = try call.openSpool()
    guard let job = try JobArgument.read(call.arguments.operands[0], access, call) else { return ExitCode.no }
    let verdicts = try access.mountVerdicts(of: job, variable: call.context.environment)
    if call.json {
      try call.console.put(JSONText.array(verdicts) { $1.verdict($0) })
    } else {
      for verdict in verdicts { try call.console.line(line(verdict)) }
      if verdicts.isEmpty { call.console.note("bobbin: the job has no mounts") }
    }
    return verdicts.allSatisfy { $0.refusal == nil } ? ExitCode.success : ExitCode.no
  }

  private static func line(_ verdict: MountVerdict) -> String {
    let place = Visible.text(verdict.mount.container)
    if let refusal = verdict.refusal {
      return "refused  \(place): \(Visible.text(refusal.reason)) [\(refusal.code)]"
    }
    let from = verdict.isOfJob ? "" : ", of its group"
    return
      "allowed  \(place): \(Visible.text(verdict.path ?? "")), read-\(verdict.mount.isReadOnly ? "only" : "write")\(from)"
  }
}
