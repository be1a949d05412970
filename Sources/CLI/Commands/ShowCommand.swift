import Jobs
import Operations
import Spool

/// `bobbin show`.
enum ShowCommand {
  static let command = Command(
    name: "show", usage: ["ID…", "-", "--group G", "--all"], summary: "shows a job's file and its result or record",
    options: Command.selection,
    notes: "Exit 1 if an id is not there. With --json one object, or an array of them for more than one job.",
    examples: [("bobbin show report", ""), ("bobbin show report --json", "")],
    run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let selection = try call.selection()
    let access = try call.openSpool()
    let names = try access.resolve(selection, in: SpoolPlace.jobStates)
    var code = ExitCode.success
    var writer = JSONWriter(.pretty)
    if call.json, names.count != 1 { writer.beginArray() }
    var count = 0
    for selected in names {
      guard case .success(let id) = try access.id(selected), let detail = try access.detail(of: id, in: selected.place)
      else {
        try call.sayMissing(selected, in: access)
        code = ExitCode.no
        continue
      }
      if call.json {
        JobReport.write(detail, now: call.context.now(), to: &writer)
      } else {
        if count > 0 { try call.console.line() }
        for line in JobReport.lines(detail, now: call.context.now(), colour: call.console.colourOutput) {
          try call.console.line(line)
        }
      }
      count += 1
    }
    if call.json {
      if names.count != 1 { writer.endArray() }
      if count > 0 || names.count != 1 { try call.console.put(writer.line()) }
    }
    return code
  }
}
