import Jobs
import Operations

/// `bobbin pause`.
enum PauseCommand {
  static let command = Command(
    name: "pause", usage: ["[--group G] [REASON…]"], summary: "starts nothing new, of one group or at all",
    options: [.init("--group", "G", "only this group")],
    notes: "What runs goes on. The reason is shown by ls, why and status. The file is paused, or groups/G.paused.",
    examples: [("bobbin pause 'disk is being replaced'", ""), ("bobbin pause --group nightly", "")], run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let group = try call.group()
    let reason = call.arguments.operands.joined(separator: " ")
    let access = try call.openSpool()
    if let group, try !access.knowsGroup(group) {
      let near = try access.nearGroup(group.text).map { "; there is '\($0)'" } ?? ""
      call.console.note("bobbin: no group '\(group)' is known yet\(near); it is paused all the same")
    }
    let was = try access.pause(group, reason: reason)
    try PauseText.say(group, isPaused: true, changed: !was, call)
    return ExitCode.success
  }
}

/// What both say.
enum PauseText {
  static func say(_ group: GroupName?, isPaused: Bool, changed: Bool, _ call: Invocation) throws {
    if call.json {
      try call.console.put(
        JSONText.document { writer in
          writer.beginObject()
          writer.member("group", group?.text)
          writer.member("paused", isPaused)
          writer.member("changed", changed)
          writer.endObject()
        })
      return
    }
    if changed { return }
    let what = group.map { "the group \($0)" } ?? "the spool"
    call.console.note("bobbin: \(what) was \(isPaused ? "paused already; the reason is the new one" : "not paused")")
  }
}
