import Jobs
import Operations

/// `bobbin group audit`.
enum GroupAuditCommand {
  static let command = Command(
    name: "group audit", usage: ["[--strict] [NAME…]"],
    summary: "reviews what groups can reach: mounts, network, user, secrets, rights; and what was refused",
    options: [.init("--strict", nil, "exit 1 if anything weakens the defaults")],
    notes: """
      Mounts are judged by ~/.config/bobbin/mounts.json of the runner's user: call it as that user. A line that begins with
      '!' weakens what holds by default, the others are only told; each has a stable code. Below stand how many requests
      logs/audit.jsonl has as refused, and the last three.
      Exit 0 whatever it tells, but with --strict 1; 1 also if a name is not there.
      """,
    examples: [("bobbin group audit", ""), ("bobbin group audit --strict helper", "in a check before a release")],
    run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let access = try call.openSpool()
    var code = ExitCode.success
    var audits: [GroupAudit] = []
    if call.arguments.operands.isEmpty {
      audits = try access.auditGroups(variable: call.context.environment)
      if audits.isEmpty { call.console.note("bobbin: no groups there") }
    }
    for text in call.arguments.operands {
      guard let name = try GroupVerb.existing(text, access, call) else {
        code = ExitCode.no
        continue
      }
      audits += try access.auditGroups(name, variable: call.context.environment)
    }
    if call.json {
      try call.console.put(JSONText.array(audits) { $1.audit($0) })
    } else {
      for (index, audit) in audits.enumerated() {
        if index > 0 { try call.console.line() }
        for line in GroupAuditText.lines(audit, colour: call.console.colourOutput) { try call.console.line(line) }
      }
    }
    if call.arguments.has("--strict"), audits.contains(where: \.weakens) { return ExitCode.no }
    return code
  }
}
