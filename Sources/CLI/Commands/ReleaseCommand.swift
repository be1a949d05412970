import Operations
import Spool

/// `bobbin release`.
enum ReleaseCommand {
  static let command = Command(
    name: "release", usage: MoveVerb.usage, summary: "lets jobs wait again that were put aside: held to inbox",
    options: Command.selection, notes: MoveVerb.notes,
    examples: [("bobbin release --all", "the same as mv held/*.json inbox/")],
    run: { call in
      try MoveVerb(places: [.held], words: "released").run(&call) { access, ids in try access.release(ids) }
    })
}
