import Jobs
@testable import Operations
import Platform
import Spool
import Testing

@Suite struct GroupTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  private func name(_ text: String) throws -> GroupName { try GroupName(validating: text) }

  private func settings(_ name: String, _ text: String) throws { try spool.put("\(name).json", text, in: .groups) }

  private func answered(_ name: String, of group: String, in place: SpoolPlace, _ text: String = "{}") throws {
    let folder = try spool.folders[place]
    try folder.makeFolder(group)
    try folder.folder(group).create(name).write(Array(text.utf8))
  }

  @Test("groups are told with what they run as, by settings, folder, pause, requests or jobs alone")
  func listing() throws {
    try settings("web", #"{"image":"i","slots":3,"agent":{"run":"x"}}"#)
    try settings("night", #"{"host":true}"#)
    try settings("broken", "{\n  \"slotz\": 1\n}")
    try settings("errors", "{}")
    try spool.folders[.groups].makeFolder("old")
    try spool.put("slow.paused", "why\n", in: .groups)
    try spool.put("gone.json.removed-1", "{}", in: .groups)
    try spool.put("a.json", #"{"run":"x","group":"web"}"#, in: .inbox)
    try spool.put("b.json", #"{"run":"x","group":"lane"}"#, in: .inbox)
    try spool.put("c.json", #"{"run":"x","group":"web"}"#, in: .processing)
    try spool.folders[.ipc].makeFolder("asked")
    for name in ["1.json", "2.json"] { try answered(name, of: "web", in: .doneRequests) }
    for name in ["3.json", "3.result.json", ".x.json", "notes"] {
      try answered(name, of: "web", in: .failedRequests)
    }
    let listing = try spool.access.groups()
    #expect(listing.entries.map(\.name.text) == ["asked", "broken", "lane", "night", "old", "slow", "web"])
    #expect(listing.entries.map(\.kind) == [.lane, .bad, .lane, .host, .isolated, .lane, .isolated])
    #expect(listing.badNames["errors.json"]?.code == .badName)
    #expect(listing.entries[1].refusal?.code == .unknownKey)
    #expect(listing.entries[5].paused == "why")
    let web = listing.entries[6]
    #expect([web.waiting, web.running, web.requestsDone, web.requestsRefused] == [1, 1, 2, 1])
    #expect(listing.entries[2].waiting == 1)
    #expect(try spool.access.hasGroup(name("old")))
    #expect(try !spool.access.hasGroup(name("none")))
    #expect(try spool.access.nearGroup("wev")?.text == "web")
  }

  @Test("a group's settings that are a link or a folder are told as bad, and not followed")
  func settingsLink() throws {
    try spool.put("elsewhere", #"{"host":true}"#)
    try spool.folders[.groups].makeLink("a.json", to: "../elsewhere")
    try spool.folders[.groups].makeFolder("b.json")
    #expect(try spool.access.groups().entries.map(\.refusal?.code) == [.notAFile, .notAFile])
  }

  @Test("a group is added once, never over its settings, and an isolated one gets its folder")
  func adding() throws {
    let text = Array("{ /* mine */ }".utf8)
    #expect(try spool.access.addGroup(name("a"), bytes: text) == .added(folderWasThere: false))
    #expect(try spool.folders[.groups].status("a")?.kind == .folder)
    #expect(try spool.text("a.json", in: .groups) == "{ /* mine */ }")
    #expect(try spool.access.addGroup(name("a"), bytes: Array("{}".utf8)) == .taken)
    #expect(try spool.text("a.json", in: .groups) == "{ /* mine */ }")
    #expect(try spool.access.addGroup(name("h"), bytes: Array(#"{"host":true}"#.utf8)) == .added(folderWasThere: false))
    #expect(try !spool.folders[.groups].has("h"))
    try spool.folders[.groups].makeFolder("f")
    #expect(try spool.access.addGroup(name("f"), bytes: text) == .added(folderWasThere: true))
    #expect(try spool.names(.groups) == ["a", "a.json", "f", "f.json", "h.json"])
  }

  @Test("a group whose folder would be a link is not added")
  func addingAtLink() throws {
    try spool.folders[.groups].makeLink("l", to: "/tmp")
    #expect(try spool.access.addGroup(name("l"), bytes: Array("{}".utf8)) == .noFolder)
    #expect(try !spool.folders[.groups].has("l.json"))
  }

  @Test("a removed group's settings are kept byte for byte under a free number, and its folder stays")
  func removing() throws {
    try spool.folders[.groups].makeFolder("g")
    for number in 1...3 {
      try settings("g", "{ \"slots\": \(number) }")
      let aside = "g.json.removed-\(number)"
      #expect(try spool.access.removeGroup(name("g")) == .removed(as: aside, hasFolder: true))
      #expect(try spool.text(aside, in: .groups) == "{ \"slots\": \(number) }")
    }
    #expect(try spool.access.removeGroup(name("g")) == .noSettings)
    #expect(try spool.folders[.groups].has("g"))
    #expect(try spool.access.groups().entries.map(\.kind) == [.isolated])
  }

  @Test("a group's settings are told with every default, and who said each")
  func effective() throws {
    try spool.put("settings.json", #"{"secrets":["key"],"containerUser":7}"#)
    try settings(
      "g",
      #"{"may":["task:any"],"channels":["ops"],"requests":{"perMinute":5},"maxParallel":4,"trigger":"@B","timeout":90}"#
    )
    let group = EffectiveValue.Source.group(try name("g"))
    var rows: [String: EffectiveValue] = [:]
    for row in try spool.access.effectiveValues(of: name("g")) { rows[row.key] = row }
    let expected: [(String, String, EffectiveValue.Source)] = [
      ("may", #"["task:any"]"#, group), ("channels", #"["ops"]"#, group), ("maxParallel", "4", group),
      ("trigger", #""@B""#, group), ("agent", "null", .builtIn), ("timeout", #""1m30s""#, group),
      ("requests", #"{"perMinute":5,"waiting":1000,"bytes":"1m","fileBytes":"25m"}"#, group),
      ("secrets", #"["key"]"#, .settings("secrets")), ("containerUser", "7", .settings("containerUser")),
      ("network", #""none""#, .builtIn),
    ]
    for (key, value, source) in expected {
      #expect(rows[key].map { String(decoding: $0.value, as: UTF8.self) } == value, "\(key)")
      #expect(rows[key]?.source == source, "\(key)")
    }
    try settings("bad", "{")
    #expect(throws: OperationError.self) { _ = try spool.access.effectiveValues(of: name("bad")) }
  }

  @Test("routes and tellFailures are among the settings that count")
  func routes() throws {
    try spool.put("settings.json", #"{"routes":[{"channel":"chat","group":"g"}],"tellFailures":false}"#)
    let rows = try spool.access.effectiveSettings()
    #expect(rows.first { $0.key == "routes" }?.value == Array(#"[{"channel":"chat","group":"g"}]"#.utf8))
    #expect(rows.first { $0.key == "tellFailures" }?.value == Array("false".utf8))
  }

  @Test("show tells chats, folders and the last requests; of what is no folder it says so")
  func detail() throws {
    try spool.put(
      "settings.json", #"{"routes":[{"channel":"chat","chat":"4","group":"g"},{"channel":"irc","group":"g"}]}"#)
    try settings("g", "{}")
    try spool.folders[.groups].makeFolder("g")
    try spool.folders[.groups].folder("g").create("x").write(Array(repeating: 1, count: 10_000))
    try spool.folders[.groups].folder("g").makeLink("out", to: "/")
    try spool.folders[.ipc].makeLink("g", to: "/tmp")
    try answered("no.json", of: "g", in: .failedRequests)
    try answered("no.result.json", of: "g", in: .failedRequests, #"{"code":"not-permitted","reason":"no"}"#)
    let detail = try #require(try spool.access.groupDetail(name("g")))
    #expect(detail.chats == ["chat:4", "irc:*"])
    #expect(detail.folders.map(\.path) == ["groups/g", "ipc/g", "errors/ipc/g"])
    #expect(detail.folders.map(\.names) == [2, 0, 2])
    #expect(detail.folders.map(\.isNoFolder) == [false, true, false])
    #expect(detail.folders[0].bytes >= 10_000)
    #expect(detail.answered.map(\.code) == ["not-permitted"])
    #expect(try spool.access.groupDetail(name("h")) == nil)
  }
}
