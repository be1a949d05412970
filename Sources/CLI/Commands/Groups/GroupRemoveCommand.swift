import Jobs
import Operations

/// `bobbin group rm`.
enum GroupRemoveCommand {
  static let command = Command(
    name: "group rm", usage: ["NAME…"], summary: "puts a group's settings aside; its folder and its jobs stay",
    notes: """
      Nothing is deleted: groups/NAME.json becomes groups/NAME.json.removed-N, which nobody reads, and 'mv' brings it back.
      Its folder, its pause and its requests stay where they are. Its jobs that wait get no more than the spool's settings
      give everybody; 'bobbin cancel --group NAME' ends them. Prints the new name of each file.
      Exit 1 if a group has no settings.
      """,
    examples: [("bobbin group rm helper", "")], operands: 1...Int.max, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let access = try call.openSpool()
    var code = ExitCode.success
    var rows: [(name: GroupName, aside: String?, hasFolder: Bool)] = []
    for name in try GroupVerb.names(access, call, &code) {
      switch try access.removeGroup(name) {
      case .removed(let aside, let hasFolder):
        rows.append((name, aside, hasFolder))
        if !call.json { try call.console.line("groups/\(aside)") }
        try call.console.flush()
        if hasFolder { call.console.note("bobbin: groups/\(name) stays, with all that is in it") }
        try sayWhatIsLeft(name, access, call)
      case .noSettings where try access.hasGroup(name):
        rows.append((name, nil, false))
        call.console.note("bobbin: the group \(name) has no settings that could be put aside")
        code = ExitCode.no
      case .noSettings:
        rows.append((name, nil, false))
        try GroupVerb.sayMissing(name, access, call)
        code = ExitCode.no
      }
    }
    if call.json {
      try call.console.put(
        JSONText.array(rows) { row, writer in
          writer.beginObject()
          writer.member("group", row.name.text)
          writer.member("done", row.aside != nil)
          writer.member("settings", row.aside.map { "groups/\($0)" })
          if row.hasFolder { writer.member("folder", "groups/\(row.name)") }
          writer.endObject()
        })
    }
    return code
  }

  /// Chats and jobs that still name it.
  private static func sayWhatIsLeft(_ name: GroupName, _ access: SpoolAccess, _ call: Invocation) throws {
    guard let entry = try access.groups().entries.first(where: { $0.name == name }) else { return }
    let count = entry.waiting + entry.running
    if count > 0 {
      call.console.note("bobbin: \(Amounts.count(count, "job of it waits or runs", "jobs of it wait or run"))")
    }
    guard case .success(let settings)? = try access.settings() else { return }
    let routes = settings.routes.count { $0.group == name }
    if routes > 0 {
      call.console.note(
        "bobbin: \(Amounts.count(routes, "route leads", "routes lead")) to it in settings.json: "
          + "their messages will find no agent")
    }
  }
}
