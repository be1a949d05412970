import Operations
import Spool

/// `bobbin retry`.
enum RetryCommand {
  static let command = Command(
    name: "retry", usage: MoveVerb.usage + ["--all-failed"],
    summary: "runs jobs again that did not succeed: errors to inbox",
    options: [.init("--all-failed", nil, "all jobs in errors; the same as --all")] + Command.selection,
    notes: MoveVerb.notes
      + "\n\nThe job keeps its id and its history; its attempts and 'expires' start anew.",
    examples: [
      ("bobbin retry report", "the same as mv errors/report.json inbox/"),
      ("bobbin retry --all-failed --group nightly", ""),
    ],
    run: { call in
      try MoveVerb(places: [.errors], words: "waits again").run(&call) { access, ids in try access.retry(ids) }
    })
}
