import Jobs
import Operations

/// `bobbin group ls`.
enum GroupListCommand {
  static let command = Command(
    name: "group ls", usage: [""], summary: "lists groups: what they run as, their jobs and requests",
    notes: """
      A line a group. Its kind: 'lane' has neither settings nor a folder and only orders its jobs, 'host' runs processes,
      'isolated' runs sandboxes and containers, 'bad' has settings that are not accepted, and below it stands why. Then its
      slots, jobs that wait and run, requests that were carried out and refused, and what else there is to it.
      """,
    examples: [("bobbin group ls", ""), ("bobbin group ls --json", "")], operands: 0...0, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let listing = try call.openSpool().groups()
    let console = call.console
    if call.json {
      try console.put(
        JSONText.document { writer in
          writer.beginObject()
          writer.key("groups")
          writer.beginArray()
          for entry in listing.entries { writer.group(entry) }
          writer.endArray()
          writer.key("badNames")
          writer.beginArray()
          for (name, refusal) in listing.badNames.sorted(by: { $0.key < $1.key }) {
            writer.refusal(refusal, file: "groups/\(name)")
          }
          writer.endArray()
          if listing.unread > 0 { writer.member("jobsNotRead", listing.unread) }
          writer.endObject()
        })
      return ExitCode.success
    }
    for line in GroupTable.lines(listing.entries, colour: console.colourOutput) { try console.line(line) }
    try console.flush()
    for (name, refusal) in listing.badNames.sorted(by: { $0.key < $1.key }) {
      console.note("bobbin: groups/\(Visible.text(name)) is of no group: \(refusal.reason)")
    }
    if listing.unread > 0 { console.note("bobbin: \(listing.unread) more jobs wait and were not looked into") }
    if listing.entries.isEmpty { console.note("bobbin: no groups there") }
    return ExitCode.success
  }
}
