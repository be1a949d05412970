import Jobs
import Operations
import Platform

/// `bobbin exec`.
enum ExecCommand {
  static let command = Command(
    name: "exec", usage: ["ID -- COMMAND [ARG…]"], summary: "runs a program in the container of a job that runs",
    notes: """
      By podman or docker, with this terminal; exit its code. Only for jobs in containers: what a sandbox has is seen in
      no other way than from within.
      """,
    examples: [("bobbin exec report -- sh", "a shell beside the job")], operands: 1...Int.max, takesCommand: true,
    run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let access = try call.openSpool()
    guard let text = call.arguments.operands.first, call.arguments.operands.count == 1 else {
      throw call.usage("which job? Give one id, and the program after '--'")
    }
    guard let command = call.arguments.command, !command.isEmpty else {
      throw call.usage("which program? Give it after '--', as in 'bobbin exec \(Visible.text(text)) -- sh'")
    }
    guard case .success(let id) = try access.id(SelectedJob(text)), try !access.sightings(of: id).isEmpty else {
      try call.sayMissing(SelectedJob(text), in: access)
      return ExitCode.no
    }
    let report = try access.running(variable: call.context.environment)
    guard let container = report.runs.first(where: { $0.id == id })?.container else {
      let runs = report.runs.contains { $0.id == id }
      call.console.note(
        "bobbin: \(Visible.text(id.text)) "
          + (runs
            ? "does not run in a container of its own"
            : "does not run; 'bobbin why \(Visible.text(id.text))' says more"))
      return ExitCode.no
    }
    try access.execute(
      command, in: container, onTerminal: call.console.outputIsTerminal, variable: call.context.environment)
  }
}
