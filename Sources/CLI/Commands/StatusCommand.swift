import Jobs
import Operations
import Spool

/// `bobbin status`.
enum StatusCommand {
  static let command = Command(
    name: "status", usage: [""],
    summary: "tells how the spool is: runner, pauses, counts, settings, room, last failures",
    notes: "Exit 0 whatever it tells; it reads the folders, so that it is right without a runner too.",
    examples: [("bobbin status", ""), ("bobbin status --json", "for a monitor")], operands: 0...0, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let report = try call.openSpool().status(zones: call.context.zones)
    let now = call.context.now()
    if call.json {
      try call.console.put(JSONText.document { StatusText.write(report, now: now, to: &$0) })
    } else {
      for line in StatusText.lines(report, now: now, colour: call.console.colourOutput) { try call.console.line(line) }
    }
    return ExitCode.success
  }
}
