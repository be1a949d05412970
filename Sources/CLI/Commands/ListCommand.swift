import Jobs
import Operations
import Spool

/// `bobbin ls`.
enum ListCommand {
  static let command = Command(
    name: "ls", usage: ["[STATE…] [--group G] [--limit N | --all]"],
    summary: "lists jobs by where they are, and what the waiting ones wait for",
    options: [
      .init("--group", "G", "only jobs of this group"),
      .init("--limit", "N", "at most so many of each state; default 20"),
      .init("--all", nil, "all of them, and the name of every file that is ignored"),
    ],
    notes: """
      States are the folders: inbox, held, processing, deferred, done, errors. What has ended stands first, the newest
      last; what waits stands in the order in which it would start (of more than 2,000 in the order of arrival).
      """,
    examples: [
      ("bobbin ls", "everything, 20 of each state"), ("bobbin ls errors --limit 5", "the last five that failed"),
    ],
    run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    var request = ListingRequest()
    let access: SpoolAccess
    if call.arguments.operands.isEmpty {
      access = try call.openSpool()
    } else {
      // A word that is no state is said to be even where there is no spool; where there is one it may be a job's.
      let spool = try? call.openSpool()
      request.places = try call.arguments.operands.map { try place($0, call, jobsOf: spool) }
      access = try spool ?? call.openSpool()
    }
    request.group = try call.group()
    if let limit = try call.integer("--limit", 0...1_000_000_000) { request.limit = limit }
    if call.arguments.has("--all") {
      if call.arguments.has("--limit") { throw call.usage("--limit and --all exclude each other") }
      request.limit = nil
    }
    var broken: (any Error)?
    if call.json {
      try writeJSON(access, request, call)
      return ExitCode.success
    }
    let now = call.context.now()
    let console = call.console
    let table = ListTable(
      now: now, colour: console.colourOutput, width: console.outputIsTerminal ? console.width : nil)
    var ignored: [String] = []
    var count = 0
    try access.list(request) { listing in
      count += listing.entries.count + listing.more
      if let line = ListTable.ignored(listing.ignored, in: listing.place.rawValue) { ignored.append(line) }
      if broken != nil { return }
      do { for line in table.lines(listing) { try console.line(line) } } catch { broken = error }
    }
    if let broken { throw broken }
    try console.flush()
    for line in ignored { console.note("bobbin: " + line) }
    if count == 0 { console.note("bobbin: no jobs there") }
    if request.places.contains(.inbox), let paused = try access.pauseText(nil) {
      console.note("bobbin: the spool is paused" + (paused.isEmpty ? "" : ": \(Visible.text(paused))"))
    }
    if request.places.contains(where: { $0 != .done && $0 != .errors && $0 != .held }), count > 0 {
      try call.sayIfNoRunner(access)
    }
    return ExitCode.success
  }

  static func place(_ text: String, _ call: Invocation, jobsOf access: SpoolAccess?) throws(Failure) -> SpoolPlace {
    let bare = text.hasSuffix("/") ? String(text.dropLast()) : text
    if let place = SpoolPlace.jobStates.first(where: { $0.rawValue == bare }) { return place }
    let names = SpoolPlace.jobStates.map(\.rawValue)
    if let access, case .success(let id)? = try? access.id(SelectedJob(text)),
      (try? access.sightings(of: id))?.isEmpty == false
    {
      let shown = Visible.text(id.text)
      throw call.usage("'\(shown)' is a job, and 'ls' takes states: 'bobbin show \(shown)' shows it")
    }
    let hint = Spelling.nearest(to: bare, among: names).map { "did you mean '\($0)'?" }
    throw call.usage(
      "'\(Visible.text(text))' is no state: \(hint ?? "expected one of \(names.joined(separator: ", "))")")
  }

  private static func writeJSON(_ access: SpoolAccess, _ request: ListingRequest, _ call: Invocation) throws {
    let now = call.context.now()
    let console = call.console
    var ignored: [(SpoolPlace, [StateListing.Ignored])] = []
    var more: [(SpoolPlace, Int)] = []
    var writer = JSONWriter(.pretty)
    writer.beginObject()
    writer.key("jobs")
    writer.beginArray()
    try access.list(request) { listing in
      for entry in listing.entries { writer.entry(entry, now: now) }
      if listing.more > 0 { more.append((listing.place, listing.more)) }
      if !listing.ignored.isEmpty { ignored.append((listing.place, listing.ignored)) }
    }
    writer.endArray()
    writer.key("more")
    writer.beginObject()
    for (place, count) in more {
      writer.key(place.rawValue)
      writer.int(Int64(count))
    }
    writer.endObject()
    writer.key("ignored")
    writer.beginArray()
    for (place, names) in ignored { writer.ignored(names, in: place.rawValue) }
    writer.endArray()
    writer.endObject()
    try console.put(writer.line())
  }
}
