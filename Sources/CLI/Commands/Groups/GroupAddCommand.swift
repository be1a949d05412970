import Jobs
import Operations

/// `bobbin group add`.
enum GroupAddCommand {
  static let command = Command(
    name: "group add", usage: ["NAME [--host | --image I] [--slots N] [--channel C]…", "NAME --from FILE|-"],
    summary: "makes a group: its settings, durably, and its folder",
    options: [
      .init("--host", nil, "its jobs are processes of your user; without it they run isolated"),
      .init("--image", "I", "the container image of its jobs"),
      .init("--slots", "N", "jobs at the same time, 1 to 1024; default 1"),
      .init("--channel", "C", "where its jobs may send messages: a channel, or channel:address", repeats: true),
      .init("--from", "FILE", "its settings, checked first and put there byte for byte; '-' is standard input"),
    ],
    notes: """
      Writes groups/NAME.json and never overwrites one: exit 73 if the group has settings. An isolated group gets its folder
      groups/NAME, which its containers see as /bobbin/group. What else may stand in the file is told by 'bobbin group
      show'. Exit 65 if FILE is not good.
      """,
    examples: [
      ("bobbin group add nightly --host --slots 2", "a lane of processes, two at a time"),
      ("bobbin group add helper --image agent:1 --channel chat:42", "for an agent that may write to one chat"),
      ("bobbin group add team --from team.json", ""),
    ], operands: 1...1, run: run)

  /// The longest file of settings, bytes.
  private static let limit = 1 << 20

  static func run(_ call: inout Invocation) throws -> Int32 {
    let name: GroupName
    switch GroupVerb.name(call.arguments.operands[0], call) {
    case .success(let good): name = good
    case .failure(let refusal): throw call.usage(refusal.reason)
    }
    let (bytes, file) = try settings(&call)
    // More than a runner reads of it.
    guard bytes.count <= limit else { throw Failure(ExitCode.badData, "\(Visible.text(file)) has more than 1 MiB") }
    let group: GroupSettings
    do { group = try GroupSettings.read(bytes) } catch {
      throw Failure(ExitCode.badData, Sentences.place(of: error, in: file))
    }
    let access = try call.openSpool()
    switch try access.addGroup(name, bytes: bytes) {
    case .taken:
      throw Failure(
        ExitCode.cannotCreate, "the group \(name) has settings already",
        hint: "edit groups/\(name).json, or put it aside with 'bobbin group rm \(name)'")
    case .noFolder:
      throw Failure(
        ExitCode.cannotCreate, "groups/\(name) is no folder, and would be the group's", hint: "move it away first")
    case .added(let folderWasThere):
      try say(name, group, folderWasThere: folderWasThere, call)
      return ExitCode.success
    }
  }

  private static func settings(_ call: inout Invocation) throws -> (bytes: [UInt8], file: String) {
    if let path = call.arguments.value("--from") {
      if let other = ["--host", "--image", "--slots", "--channel"].first(where: { call.arguments.has($0) }) {
        throw call.usage("\(other) and --from exclude each other: a file says it itself")
      }
      if path == "-" { return (try call.context.readInput(limit), "standard input") }
      return (try JobFileReader.read(path: path, limit: limit), path)
    }
    if call.arguments.has("--host"), call.arguments.has("--image") {
      throw call.usage("--host and --image exclude each other: processes have no image")
    }
    let slots = try call.integer("--slots", 1...1024)
    let channels = call.arguments.values("--channel")
    let bytes = JSONText.document { writer in
      writer.beginObject()
      if call.arguments.has("--host") { writer.member("host", true) }
      writer.member("image", call.arguments.value("--image"))
      writer.member("slots", slots)
      if !channels.isEmpty { writer.member("channels", texts: channels) }
      writer.endObject()
    }
    return (bytes, "the settings")
  }

  private static func say(
    _ name: GroupName, _ group: GroupSettings, folderWasThere: Bool, _ call: Invocation
  ) throws {
    if call.json {
      try call.console.put(
        JSONText.document { writer in
          writer.beginObject()
          writer.member("group", name.text)
          writer.member("kind", group.host ? "host" : "isolated")
          writer.member("folderWasThere", folderWasThere)
          writer.endObject()
        })
    } else {
      try call.console.line(name.text)
    }
    try call.console.flush()
    if name.text == Rights.main {
      call.console.note("bobbin: 'main' may steer every other group, and write to everybody")
    }
    if folderWasThere {
      let whose = group.host ? "its processes work in it" : "its containers get it"
      call.console.note("bobbin: groups/\(name) was there already, with what is in it: \(whose)")
    }
  }
}
