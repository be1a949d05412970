import Operations
import Spool

/// `bobbin hold`.
enum HoldCommand {
  static let command = Command(
    name: "hold", usage: MoveVerb.usage, summary: "puts waiting jobs aside: inbox to held", options: Command.selection,
    notes: MoveVerb.notes, examples: [("bobbin hold report", "the same as mv inbox/report.json held/")],
    run: { call in
      try MoveVerb(places: [.inbox], words: "held").run(&call) { access, ids in try access.hold(ids) }
    })
}
