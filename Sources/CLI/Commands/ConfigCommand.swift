import Jobs
import Operations
import Spool
import Platform

/// `bobbin config`.
enum ConfigCommand {
  static let command = Command(
    name: "config", usage: ["--effective [JOB]", "--effective --group G"],
    summary: "shows each setting, its value and where that comes from",
    options: [
      .init("--effective", nil, "what counts, defaults filled in; without it the same"),
      .init("--group", "G", "the settings of a group"),
    ],
    notes: """
      With JOB, an id in the spool or a file, it shows the job's keys as they count: its own over its group's over the
      settings', held at what maxLimits and the group allow.
      Exit 78 if settings are bad, 65 if the job is.
      """,
    examples: [("bobbin config --effective", ""), ("bobbin config --effective report", "")], operands: 0...1, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let access = try call.openSpool()
    let rows: [EffectiveValue]
    if let group = try call.group() {
      if !call.arguments.operands.isEmpty { throw call.usage("a job and --group exclude each other") }
      guard try access.hasGroup(group) else {
        try GroupVerb.sayMissing(group, access, call)
        return ExitCode.no
      }
      rows = try access.effectiveValues(of: group)
    } else if let name = call.arguments.operands.first {
      guard let job = try JobArgument.read(name, access, call) else { return ExitCode.no }
      rows = try access.effectiveValues(of: job)
      if let refusal = try access.gateRefusal(of: job) {
        call.console.note("bobbin: it would be refused: \(Visible.text(refusal.reason)) [\(refusal.code.rawValue)]")
      }
    } else {
      rows = try access.effectiveSettings()
    }
    if call.json {
      try call.console.put(JSONText.document { $0.rows(rows) })
    } else {
      for line in ConfigText.lines(rows, colour: call.console.colourOutput) { try call.console.line(line) }
    }
    return ExitCode.success
  }
}

/// Rows of `config`.
enum ConfigText {
  static func source(_ source: EffectiveValue.Source) -> String {
    switch source {
    case .builtIn: "default"
    case .settings(let key): "settings.json: \(key)"
    case .group(let group): "groups/\(group).json"
    case .job: "job"
    }
  }

  static func lines(_ rows: [EffectiveValue], colour: Bool) -> [String] {
    let keys = min(24, rows.map(\.key.count).max() ?? 0)
    let values = rows.map { Visible.text(String(decoding: $0.value, as: UTF8.self)) }
    let width = min(32, values.map(\.count).max() ?? 0)
    return zip(rows, values).map { row, value in
      let paint: Paint? = row.source == .builtIn ? .dim : nil
      let from = source(row.source)
      return HelpText.padded(Visible.text(row.key), keys) + "  " + HelpText.padded(value, width) + "  "
        + (paint?.on(from, colour) ?? from)
    }
  }
}
