import Operations
import Platform

/// `bobbin task rm`.
enum TaskRemoveCommand {
  static let command = Command(
    name: "task rm", usage: ["NAME…"], summary: "takes tasks out: to done/tasks, with what became of them",
    notes: TaskVerb.notes + "\n"
      + """
      Nothing is deleted: file and state lie in done/tasks, as NAME~2 where the name is taken there. Paused ones go too.
      Its jobs that wait or run go on; 'bobbin cancel' ends them.
      """,
    examples: [("bobbin task rm nightly", "")], operands: 1...Int.max,
    run: { call in
      try TaskVerb.move(&call, participle: "removed") { (access, names) throws(SystemError) in
        try access.removeTasks(names)
      }
    })
}
