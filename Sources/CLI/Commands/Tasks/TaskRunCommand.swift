import Jobs
import Operations
import Spool

/// `bobbin task run`.
enum TaskRunCommand {
  static let command = Command(
    name: "task run", usage: ["[--wait] NAME…"], summary: "makes a task's job now, beside its times",
    options: [.init("--wait", nil, "wait for the jobs, print their output, exit as they do")],
    notes: """
      Prints the id of each job, NAME@TIME-manual. Paused tasks can be run too; when a task is due next does not change.
      Exit 1 if a name is not there, 65 if its file is not good; the others are run. --wait is that of 'bobbin submit'.
      """,
    examples: [("bobbin task run nightly", ""), ("bobbin task run --wait nightly", "to try it out")],
    operands: 1...Int.max, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let access = try call.openSpool()
    var submission = try Submission(access)
    var code = ExitCode.success
    var ids: [JobID] = []
    let waits = call.arguments.has("--wait")
    for name in try TaskVerb.names(access, call, &code) {
      switch try access.runTask(name, zones: call.context.zones, &submission) {
      case .published(let id):
        ids.append(id)
        if waits || call.json { continue }
        try call.console.line(id.text)
        try call.console.flush()
      case .bad(let refusal, let place):
        call.console.note("bobbin: " + Sentences.place(of: refusal, in: TaskText.file(name, in: place)))
        code = ExitCode.badData
      case .beingWritten:
        call.console.note("bobbin: the file of \(Visible.text(name)) is being written: it was not run")
        code = max(code, ExitCode.no)
      case .unknown:
        try call.sayMissingTask(name, in: access)
        code = max(code, ExitCode.no)
      }
    }
    if waits {
      let ended = try JobFollower.run(ids, access, call)
      return code == ExitCode.success ? ended : code
    }
    if call.json {
      try call.console.put(JSONText.ids(ids))
    } else if !ids.isEmpty {
      try call.sayIfNoRunner(access)
    }
    return code
  }
}
