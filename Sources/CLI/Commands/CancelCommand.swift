import Operations
import Spool

/// `bobbin cancel`.
enum CancelCommand {
  static let command = Command(
    name: "cancel", usage: MoveVerb.usage, summary: "ends running jobs and takes waiting ones out",
    options: Command.selection,
    notes: MoveVerb.notes + "\n\n"
      + """
      A running job gets SIGTERM, after its grace SIGKILL, and so do all its processes. The end is not waited for: 'bobbin
      wait ID' does. Cancelled jobs lie in errors and can be retried.
      """,
    examples: [("bobbin cancel report", ""), ("bobbin cancel --group nightly", "")],
    run: { call in
      try MoveVerb(places: [.inbox, .held, .deferred, .processing], words: "cancelled").run(&call) { access, ids in
        try access.cancel(ids)
      }
    })
}
