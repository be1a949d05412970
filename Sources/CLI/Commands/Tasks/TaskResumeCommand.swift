import Operations
import Platform

/// `bobbin task resume`.
enum TaskResumeCommand {
  static let command = Command(
    name: "task resume", usage: ["NAME…"], summary: "lets paused tasks make jobs again: tasks/paused to tasks",
    notes: TaskVerb.notes,
    examples: [("bobbin task resume nightly", "the same as mv tasks/paused/nightly.json tasks/")],
    operands: 1...Int.max,
    run: { call in
      try TaskVerb.move(&call, participle: "resumed") { (access, names) throws(SystemError) in
        try access.resumeTasks(names)
      }
    })
}
