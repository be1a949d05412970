import Jobs
import Operations
import Platform

/// What the commands that are about tasks by name have in common.
enum TaskVerb {
  static let notes = """
    Prints the name of each task that is now where it should be. Exit 1 if one is not; why is said on standard error.
    """

  /// Moves tasks and says what has become of each.
  ///
  /// - Parameter participle: what they are afterwards: `paused`.
  static func move(
    _ call: inout Invocation, participle: String,
    _ act: (SpoolAccess, [String]) throws(SystemError) -> [MoveOutcome]
  ) throws -> Int32 {
    let access = try call.openSpool()
    var code = ExitCode.success
    let names = try names(access, call, &code)
    let outcomes = try act(access, names)
    for (name, outcome) in zip(names, outcomes) {
      if !outcome.isDone { code = ExitCode.no }
      if outcome == .unknown {
        try call.sayMissingTask(name, in: access)
      } else {
        try MoveVerb.say(JobID(unchecked: name), outcome, call, participle: participle, what: "task")
      }
    }
    if call.json {
      try call.console.put(
        JSONText.array(zip(names, outcomes)) { $0.1.write(JobID(unchecked: $0.0), as: "task", to: &$1) })
    }
    return code
  }

  /// The operands that can be names of tasks; of the others it is said that they cannot.
  static func names(_ access: SpoolAccess, _ call: Invocation, _ code: inout Int32) throws -> [String] {
    var names: [String] = []
    for text in call.arguments.operands {
      if case .success(let name) = call.taskName(text) {
        names.append(name)
      } else {
        try call.sayMissingTask(text, in: access)
        code = ExitCode.no
      }
    }
    return names
  }
}
