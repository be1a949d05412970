import Jobs
@testable import Operations
import Platform
import Spool
import Testing

@Suite struct GroupAuditTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  private func codes(_ group: String, _ settings: String = "{}", name: String = "g") throws -> [String] {
    var entry = GroupEntry(name: try GroupName(validating: name))
    entry.settings = .success(try GroupSettings.read(Array(group.utf8)))
    return GroupReview(entry, settings: try Settings.read(Array(settings.utf8))).findings.map {
      $0.what.isEmpty ? $0.code.rawValue : "\($0.code.rawValue) \($0.what)"
    }
  }

  private static let limits = #""limits":{"memory":"64m","cpus":1,"pids":9}"#

  @Test("each thing that a group's settings open is found under its own code")
  func findings() throws {
    let l = Self.limits
    #expect(try codes("{}") == ["no-limits memory, cpus, pids"])
    #expect(try codes("{\(l)}") == [])
    #expect(try codes(#"{"host":true}"#) == ["host-group"])
    #expect(try codes("{\(l)}", name: "main") == ["main-group"])
    #expect(try codes(#"{\#(l),"network":"host"}"#) == ["network-host"])
    #expect(try codes(#"{\#(l),"network":"lan"}"#) == ["not-allowed network lan"])
    #expect(try codes(#"{\#(l),"network":"lan"}"#, #"{"allowNetworks":["lan"]}"#) == ["network lan"])
    #expect(try codes(#"{\#(l),"containerUser":0}"#) == ["user-root"])
    #expect(try codes("{\(l)}", #"{"containerUser":0}"#) == ["user-root"])
    #expect(try codes("{\(l)}", #"{"allowPrivileged":true}"#) == ["privileged-allowed"])
    #expect(try codes(#"{\#(l),"keep":"5m","image":"i"}"#) == ["kept-container 5m"])
    #expect(try codes("{\(l)}", #"{"secrets":["a","b"]}"#) == ["secrets a, b"])
    #expect(try codes(#"{\#(l),"secrets":["b"]}"#, #"{"secrets":["a","b"]}"#) == ["secrets b"])
    #expect(try codes(#"{\#(l),"secrets":[]}"#, #"{"secrets":["a"]}"#) == [])
    #expect(
      try codes(#"{\#(l),"may":["task:any","job:x","message:ops"],"channels":["irc","chat:4"]}"#)
        == ["may-messages ops", "may-tasks any", "may-jobs x", "channel-open irc", "channel chat:4"])
    #expect(try codes(#"{\#(l),"requests":{"perMinute":61,"bytes":"1k"}}"#) == ["requests-raised perMinute"])
  }

  @Test("what a group's agent says beyond its group is found too")
  func agent() throws {
    let agent =
      #"{\#(Self.limits),"agent":{"run":"x","image":"i","network":"host","user":0,"privileged":true,"limits":{"devices":["/dev/kvm"]}}}"#
    #expect(
      try codes(agent, #"{"allowDevices":["/dev/kvm","gpus"]}"#)
        == ["network-host", "user-root", "privileged", "device /dev/kvm", "devices-allowed gpus"])
  }

  @Test("mounts are judged by the list of the user who asks")
  func mounts() throws {
    let home = spool.path + "/.."
    let root = try Folder(path: home)
    for name in ["data", "out", "config"] { try root.makeFolder(name) }
    try root.folder("config").makeFolder("bobbin")
    let real = try FileSystem.realPath(home)
    try root.folder("config").folder("bobbin").create("mounts.json").write(
      Array(#"{"roots":[{"path":"\#(real)/data"},{"path":"\#(real)/out","allowReadWrite":true}]}"#.utf8))
    try spool.put(
      "g.json",
      """
      {"mounts":[{"host":"\(real)/data","container":"/data"},{"host":"\(real)/out","container":"/out","readOnly":false},
       {"host":"/no/where","container":"/x"}],\(Self.limits)}
      """, in: .groups)
    let audits = try spool.access.auditGroups { $0 == "XDG_CONFIG_HOME" ? real + "/config" : nil }
    let audit = try #require(audits.first)
    #expect(audit.mounts.map { $0.refusal == nil } == [true, true, false])
    #expect(audit.findings.map(\.code) == [.mountWritable, .mountRefused])
    #expect(audit.weakens)
  }

  @Test("a group's folder that is a link is found, and a group with bad settings weakens nothing")
  func links() throws {
    try spool.put("g.json", "{\(Self.limits)}", in: .groups)
    try spool.folders[.ipc].makeLink("g", to: "/tmp")
    try spool.put("bad.json", "{", in: .groups)
    let audits = try spool.access.auditGroups { _ in nil }
    #expect(audits.map { $0.findings.map(\.code) } == [[.badSettings], [.folderLink]])
    #expect(audits.map(\.weakens) == [false, true])
    #expect(audits[1].findings[0].what == "ipc/g")
  }

  @Test("the trail counts what was refused, keeps the last three, and passes over torn lines")
  func trail() throws {
    var text = ""
    for number in 1...5 {
      text +=
        #"{"time":"2026-11-26T10:00:0\#(number)Z","group":"g","kind":"jobs","request":"r\#(number)","verdict":"refused","code":"c","reason":"no"}"#
        + "\n"
    }
    text += #"{"group":"g","kind":"tasks","request":"t","verdict":"allowed"}"# + "\n{\"time\":\"2026"
    try spool.put("audit.jsonl", text, in: .logs)
    let trail = try spool.access.auditTrail()
    #expect(trail.groups["g"]?.refused == 5)
    #expect(trail.groups["g"]?.allowed == 1)
    #expect(trail.groups["g"]?.last.map(\.request) == ["r3", "r4", "r5"])
    #expect(trail.badLines == 1)
  }

  @Test("a trail that is a link is not followed")
  func trailLink() throws {
    try spool.put("elsewhere", #"{"group":"g","verdict":"refused"}"#)
    try spool.folders[.logs].makeLink("audit.jsonl", to: "../elsewhere")
    #expect(try spool.access.auditTrail() == AuditTrail())
  }
}
