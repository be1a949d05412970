@testable import CLI
import Jobs
@testable import Operations
import Platform
import Spool
import Testing

@Suite struct GroupCommandTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  /// Some of each kind.
  private func fill() throws {
    try bobbin.folders.root.create("settings.json").write(
      Array(#"{"routes":[{"channel":"chat","chat":"42","group":"helper"}],"secrets":["key"]}"#.utf8))
    try bobbin.put(
      "helper.json",
      #"{"image":"agent:1","slots":2,"channels":["chat:42","ops"],"may":["task:any"],"agent":{"run":"agent"},"trigger":"@Bob"}"#,
      in: .groups)
    try bobbin.put("night.json", #"{"host":true,"secrets":[]}"#, in: .groups)
    try bobbin.put("broken.json", "{\n  \"slotz\": 1\n}\n", in: .groups)
    try bobbin.put("night.paused", "no power\u{1B}[31m\n", in: .groups)
    try bobbin.put("a.json", #"{"run":"x","group":"night"}"#, in: .inbox)
    try bobbin.put("b.json", #"{"run":"x","group":"helper"}"#, in: .processing)
    try bobbin.put(
      "audit.jsonl",
      #"{"time":"2096-10-02T07:00:00Z","group":"helper","kind":"jobs","request":"r","verdict":"refused","code":"not-permitted","reason":"not permitted: no\u001b[31m"}"#
        + "\n", in: .logs)
  }

  @Test("group ls tells each group's kind, slots, jobs and requests")
  func list() throws {
    try fill()
    let answer = bobbin("group", "ls")
    #expect(answer.code == 0)
    #expect(answer.err.isEmpty)
    try expectSnapshot(answer.out, "group-ls.txt")
    try expectSnapshot(bobbin("group", "ls", "--json").out, "group-ls.json")
    #expect(try Called()("group", "ls") == .init(code: 0, out: "", err: "bobbin: no groups there\n"))
  }

  @Test("group audit tells what weakens the defaults, and with --strict says no")
  func audit() throws {
    try fill()
    let answer = bobbin("group", "audit")
    #expect(answer.code == 0)
    try expectSnapshot(answer.out, "group-audit.txt")
    try expectSnapshot(bobbin("group", "audit", "helper", "--json").out, "group-audit.json")
    #expect(bobbin("group", "audit", "--strict").code == 1)
    try bobbin.put("plain.json", "{\"secrets\":[]}", in: .groups)
    #expect(bobbin("group", "audit", "--strict", "plain").code == 0)
    #expect(
      bobbin("group", "audit", "helpr")
        == .init(code: 1, out: "", err: "bobbin: no group 'helpr' in SPOOL; there is 'helper'\n"))
  }

  @Test("every finding has a sentence, and none says nothing")
  func sentences() {
    for code in GroupFinding.Code.allCases {
      #expect(!GroupAuditText.sentence(GroupFinding(code, "x")).isEmpty)
    }
  }

  @Test("group show tells settings with who said them")
  func show() throws {
    try fill()
    let answer = bobbin("group", "show", "helper")
    #expect(answer.code == 0)
    try expectSnapshot(answer.out, "group-show.txt")
    try expectSnapshot(bobbin("group", "show", "helper", "--json").out, "group-show.json")
    #expect(bobbin("group", "show", "broken").out.contains("groups/broken.json:2:3: "))
    #expect(bobbin("config", "--group", "helper").out.contains("maxParallel    1"))
    #expect(bobbin("group", "show", "../x").code == 1)
  }

  @Test("group add writes settings that read well, never over others")
  func add() throws {
    let words = [
      "group", "add", "web", "--image", "agent:1", "--slots", "3", "--channel", "irc", "--channel", "chat:1",
    ]
    #expect(bobbin.call(words) == .init(code: 0, out: "web\n", err: ""))
    let text = try bobbin.text("web.json", in: .groups)
    let group = try GroupSettings.read(Array(text.utf8))
    #expect(group.channels == ["irc", "chat:1"])
    #expect(group.slots == 3)
    #expect(bobbin.call(words).code == 73)
    #expect(bobbin("group", "add", "n", "--host", "--image", "x").code == 64)
    #expect(bobbin("group", "add", "errors").code == 64)
    #expect(bobbin("group", "add", "a/b").code == 64)
    #expect(bobbin("group", "add", "n", "--image", "").code == 65)
    let path = try bobbin.file("team.json", "{ // mine\n \"slots\": 2 }")
    #expect(bobbin("group", "add", "team", "--from", path).code == 0)
    #expect(try bobbin.text("team.json", in: .groups) == "{ // mine\n \"slots\": 2 }")
    let bad = bobbin("group", "add", "bad", "--from", "-", input: #"{"slotz":1}"#)
    #expect(bad.code == 65)
    #expect(bad.err.hasPrefix("bobbin: standard input:1:2: "))
    #expect(bobbin("group", "add", "x", "--from", path, "--slots", "2").code == 64)
    #expect(bobbin("group", "add", "x", "--from", "-", input: String(repeating: " ", count: 1 << 20) + "{}").code == 65)
    #expect(
      bobbin("group", "add", "main").err == "bobbin: 'main' may steer every other group, and write to everybody\n")
  }

  @Test("group rm says where the settings went, and what still names the group")
  func remove() throws {
    try fill()
    try bobbin.folders[.groups].makeFolder("helper")
    let answer = bobbin("group", "rm", "helper")
    #expect(
      answer
        == .init(
          code: 0, out: "groups/helper.json.removed-1\n",
          err: """
            bobbin: groups/helper stays, with all that is in it
            bobbin: 1 job of it waits or runs
            bobbin: 1 route leads to it in settings.json: their messages will find no agent

            """))
    #expect(
      bobbin("group", "rm", "helper")
        == .init(code: 1, out: "", err: "bobbin: the group helper has no settings that could be put aside\n"))
    #expect(bobbin("group", "rm", "nigh").err == "bobbin: no group 'nigh' in SPOOL; there is 'night'\n")
    try expectSnapshot(bobbin("group", "rm", "night", "nope", "--json").out, "group-rm.json")
  }

  @Test("the family has a help text")
  func help() throws { try expectSnapshot(bobbin("group", "--help").out, "help-group.txt") }
}
