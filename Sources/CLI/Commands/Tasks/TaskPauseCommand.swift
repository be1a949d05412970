import Operations
import Platform

/// `bobbin task pause`.
enum TaskPauseCommand {
  static let command = Command(
    name: "task pause", usage: ["NAME…"], summary: "lets tasks make no jobs: tasks to tasks/paused",
    notes: TaskVerb.notes + "\nIts jobs that wait or run go on; 'bobbin cancel' ends them.",
    examples: [("bobbin task pause nightly", "the same as mv tasks/nightly.json tasks/paused/")],
    operands: 1...Int.max,
    run: { call in
      try TaskVerb.move(&call, participle: "paused") { (access, names) throws(SystemError) in
        try access.pauseTasks(names)
      }
    })
}
