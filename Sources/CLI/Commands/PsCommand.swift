import Jobs
import Operations

/// `bobbin ps`.
enum PsCommand {
  static let command = Command(
    name: "ps", usage: [""], summary: "lists what runs, in which process or container, and the containers that stay",
    notes: """
      Reads processing/ and asks podman and docker, where they are installed, for the containers of this spool. One of no job
      that runs is a stray: the next runner takes it away.
      """,
    examples: [("bobbin ps", "")], operands: 0...0, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let report = try call.openSpool().running(variable: call.context.environment)
    for engine in report.silent { call.console.note("bobbin: \(engine.rawValue) does not answer") }
    if call.json {
      try call.console.put(JSONText.document { write(report, to: &$0) })
      return ExitCode.success
    }
    let now = call.context.now()
    for line in lines(report, now: now) { try call.console.line(line) }
    if report.runs.isEmpty, report.kept.isEmpty, report.strays.isEmpty { call.console.note("bobbin: nothing runs") }
    return ExitCode.success
  }

  static func lines(_ report: RunningReport, now: Timestamp) -> [String] {
    var rows: [(name: String, runtime: String, since: String, what: String)] = report.runs.map { run in
      var what = run.container.map { "\($0.name) (\($0.state))" } ?? run.pid.map { "process \($0)" } ?? ""
      if let image = run.image { what += (what.isEmpty ? "" : ", ") + "image \(Visible.text(image))" }
      if let group = run.group { what += "  [\(group)]" }
      return (Visible.text(run.id.text), run.runtime ?? "", Amounts.age(now.duration(since: run.since)), what)
    }
    for container in report.kept {
      rows.append(
        ("(kept)", container.engine.rawValue, "", "\(container.name) (\(container.state))  [\(container.group ?? "")]"))
    }
    for container in report.strays {
      rows.append(("(stray)", container.engine.rawValue, "", "\(container.name) (\(container.state))"))
    }
    let column = rows.map(\.name.count).filter { $0 <= 32 }.max() ?? 0
    return rows.map { row in
      HelpText.padded(row.name, column) + "  " + HelpText.padded(row.runtime, 9) + HelpText.padded(row.since, 8)
        + row.what
    }
  }

  static func write(_ report: RunningReport, to writer: inout JSONWriter) {
    func container(_ container: RunningReport.Container) {
      writer.beginObject()
      writer.member("engine", container.engine.rawValue)
      writer.member("id", container.id)
      writer.member("name", container.name)
      writer.member("state", container.state)
      writer.member("group", container.group)
      writer.endObject()
    }
    writer.beginObject()
    writer.key("runs")
    writer.beginArray()
    for run in report.runs {
      writer.beginObject()
      writer.member("id", run.id.text)
      writer.member("runtime", run.runtime)
      writer.member("image", run.image)
      writer.member("group", run.group?.text)
      writer.member("since", run.since)
      writer.member("attempt", run.attempt)
      writer.member("pid", run.pid)
      if let made = run.container {
        writer.key("container")
        container(made)
      }
      writer.endObject()
    }
    writer.endArray()
    for (key, list) in [("kept" as StaticString, report.kept), ("strays", report.strays)] {
      writer.key(key)
      writer.beginArray()
      for one in list { container(one) }
      writer.endArray()
    }
    writer.endObject()
  }
}
