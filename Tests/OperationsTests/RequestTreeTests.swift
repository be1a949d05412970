import Jobs
@testable import Operations
import Platform
import Spool
import Testing

@Suite struct RequestTreeTests {
  private let spool: HandMadeSpool
  private let zones = HandMadeSpool.zones
  init() throws { spool = try HandMadeSpool(now: Timestamp(nanoseconds: Clock.wall())) }

  private func folder(_ kind: String) throws -> Folder {
    let ipc = try spool.folders[.ipc]
    try ipc.makeFolder("g")
    let own = try ipc.folder("g")
    try own.makeFolder(kind)
    return try own.folder(kind)
  }

  private func ask(_ name: String, _ text: String, in kind: String) throws {
    try folder(kind).create(name).write(Array(text.utf8))
  }

  private func tree() throws -> RequestTree? {
    try spool.access.requestTrees(try GroupName(validating: "g"), zones: zones).first
  }

  @Test("each waiting request is told with the first thing that reading it would refuse")
  func problems() throws {
    try spool.put("g.json", #"{"channels":["ops:1"]}"#, in: .groups)
    try ask("a.json", #"{"type":"message","to":"ops:1","text":"x"}"#, in: "messages")
    try ask("b.json", #"{"type":"message","to":"ops:2","text":"x"}"#, in: "messages")
    try ask("c.json", #"{"type":"job","job":{"run":"x","group":"other"}}"#, in: "jobs")
    try ask("d.json", #"{"type":"job","jobs":1}"#, in: "jobs")
    try ask("e.json", String(repeating: " ", count: 1 << 20) + "{}", in: "jobs")
    try ask("-odd.json", "{}", in: "jobs")
    try folder("jobs").makeLink("f.json", to: "/etc/passwd")
    try folder("jobs").makeFolder("h.json")
    try ask(".part.json", "{", in: "tasks")
    try ask("note.txt", "", in: "tasks")
    let tree = try #require(try tree())
    var codes: [String: String] = [:]
    for (_, files) in tree.waiting {
      for file in files.files { codes[file.name] = file.problem?.code.rawValue ?? "good" }
    }
    #expect(
      codes == [
        "a.json": "good", "b.json": "not-permitted", "c.json": "not-permitted", "d.json": "unknown-key",
        "e.json": "too-big", "-odd.json": "bad-name", "f.json": "not-a-file", "h.json": "not-a-file",
      ])
    #expect(tree.waiting.map(\.kind) == [.messages, .tasks, .jobs])
    #expect(tree.waiting[1].files.ignored == 2)
  }

  @Test("names with odd bytes are told and opened by their bytes")
  func oddNames() throws {
    let jobs = try folder("jobs")
    try jobs.create("x").write([])
    try jobs.move(Array("x".utf8), to: jobs, as: Array("a\n".utf8) + [0xFF, 0x1B] + Array(".json".utf8))
    let files = try #require(try tree()?.waiting.first?.files)
    #expect(files.files.map(\.name) == ["a\n\u{FFFD}\u{1B}.json"])
    #expect(files.files.map(\.problem?.code) == [.badName])
  }

  @Test("a group's folder that is a link is told and not followed; so are its parts")
  func links() throws {
    try spool.folders[.groups].makeFolder("bait")
    try spool.folders[.groups].folder("bait").makeFolder("jobs")
    try spool.folders[.groups].folder("bait").folder("jobs").create("a.json").write(Array("{}".utf8))
    try spool.folders[.ipc].makeLink("g", to: "../groups/bait")
    #expect(try tree()?.problem == "it is a symbolic link")
    #expect(try tree()?.waiting.isEmpty == true)
    try spool.folders[.ipc].remove("g")
    try spool.folders[.ipc].makeFolder("g")
    let own = try spool.folders[.ipc].folder("g")
    for name in ["jobs", "input"] { try own.makeLink(name, to: "../../groups/bait/jobs") }
    #expect(try tree()?.waiting.isEmpty == true)
    #expect(try tree()?.input.files.isEmpty == true)
  }

  @Test("what was sent is told as taken when the agent says so, and a flood is cut")
  func input() throws {
    for name in ["1.json", "2.json"] { try ask(name, "{}", in: "input") }
    try ask("1", "", in: "taken")
    for number in 100..<130 { try ask("\(number).json", "{}", in: "jobs") }
    let tree = try #require(try tree())
    #expect(tree.input.files.map(\.isTaken) == [true, false])
    #expect(tree.waiting[0].files.files.count == 20)
    #expect(tree.waiting[0].files.more == 10)
  }

  @Test("after an hour a file counts as stale, and those that were swept are counted")
  func stale() throws {
    try ask("1.json", "{}", in: "jobs")
    try ask(".part", "{", in: "jobs")
    let place = try spool.folders[.failedRequests]
    try place.makeFolder("g")
    try place.folder("g").makeFolder("stale")
    try place.folder("g").folder("stale").create("x").write([])
    let later = try SpoolAccess(path: spool.path, now: { Timestamp(nanoseconds: Clock.wall()) + .seconds(3700) })
    let tree = try #require(try later.requestTrees(zones: zones).first)
    #expect(tree.waiting[0].files.files.map(\.isStale) == [true])
    #expect(tree.waiting[0].files.stale == 1)
    #expect(tree.swept == 1)
  }

  @Test("status counts requests that wait, refusals that are kept, and the outbox")
  func status() throws {
    #expect(try spool.access.status().requests == nil)
    #expect(try spool.access.status().outbox == nil)
    try ask("1.json", "{}", in: "jobs")
    try ask("2.json", "{}", in: "messages")
    let place = try spool.folders[.failedRequests]
    try place.makeFolder("g")
    for name in ["3.json", "3.result.json"] { try place.folder("g").create(name).write([]) }
    try spool.put("m.json", "{}", in: .outbox)
    let report = try spool.access.status()
    #expect(report.requests?.waiting == [.init(try GroupName(validating: "g"), count: 2)])
    #expect(report.requests?.refused == 1)
    #expect(report.requests?.lastRefused != nil)
    #expect(report.outbox?.waiting == 1)
  }
}
