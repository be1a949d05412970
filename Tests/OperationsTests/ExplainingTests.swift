import Jobs
import Operations
import Platform
import Spool
import Testing

@Suite struct ExplainingTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  private func rows(_ job: String? = nil) throws -> [String: (String, EffectiveValue.Source)] {
    let values =
      try job.map { try spool.access.effectiveValues(of: Job.read(Array($0.utf8))) }
      ?? spool.access.effectiveSettings()
    var rows: [String: (String, EffectiveValue.Source)] = [:]
    for row in values { rows[row.key] = (String(decoding: row.value, as: UTF8.self), row.source) }
    return rows
  }

  @Test("every setting has a value and says where it comes from")
  func settings() throws {
    let usual = try rows()
    #expect(usual.count > 20 && usual.values.allSatisfy { $0.1 == .builtIn })
    try spool.put("settings.json", #"{"slots":3,/* c */"retention":{"done":{"age":"1d"}},"quiet":1.5,}"#)
    let rows = try rows()
    #expect(rows["slots"]?.0 == "3")
    #expect(rows["slots"]?.1 == .settings("slots"))
    #expect(rows["retention"]?.0 == #"{"done":{"age":"1d"}}"#)
    #expect(rows["quiet"]?.0 == #""1s500ms""#)
    #expect(rows["grace"]?.1 == .builtIn)
  }

  @Test("a job's values come from the job, its group, the settings or nobody, key by key")
  func job() throws {
    try spool.put(
      "settings.json",
      """
      {"defaults":{"process":{"retry":3,"env":{"A":"1","B":"1"},"limits":{"openFiles":9}}},
       "maxLimits":{"timeout":"1h","output":"1m"},"env":["EDITOR"]}
      """)
    try spool.put("g.json", #"{"timeout":"2h","env":{"B":"2","C":"2"}}"#, in: .groups)
    let group = EffectiveValue.Source.group(try GroupName(validating: "g"))
    let rows = try rows(#"{"run":"x","group":"g","env":{"C":"3"},"priority":5,"limits":{"fileSize":"1k"}}"#)
    let expected: [(String, String, EffectiveValue.Source)] = [
      ("run", #""x""#, .job), ("priority", "5", .job), ("timeout", #""1h""#, .settings("maxLimits.timeout")),
      ("grace", #""10s""#, .builtIn), ("env.A", #""1""#, .settings("defaults.process")),
      ("env.B", #""2""#, group), ("env.C", #""3""#, .job),
      ("limits.openFiles", "9", .settings("defaults.process")), ("limits.fileSize", #""1k""#, .job),
      ("limits.output", #""1m""#, .settings("maxLimits.output")), ("rerun", "true", .builtIn),
    ]
    for (key, value, source) in expected {
      #expect(rows[key]?.0 == value, "\(key)")
      #expect(rows[key]?.1 == source, "\(key)")
    }
    #expect(rows["retry"]?.1 == .settings("defaults.process"))
    #expect(rows["env.EDITOR"]?.1 == .settings("env"))
  }

  @Test("each value names the highest that said it, and the ceiling that holds it, in a sandbox too")
  func sources() throws {
    try spool.put(
      "settings.json",
      #"{"defaults":{"sandbox":{"timeout":"9m","env":{"A":"d","B":"d"},"limits":{"openFiles":9},"priority":1}},"#
        + #""maxLimits":{"output":"4m"},"grace":"7s","env":["EDITOR"]}"#)
    try spool.put(
      "g.json",
      #"{"timeout":"8m","priority":2,"env":{"B":"g","C":"g"},"network":"host","limits":{"output":"3m"},"#
        + #""maxLimits":{"timeout":"2m"},"mounts":[{"host":"/srv/g","container":"/g","readOnly":false}]}"#, in: .groups)
    let group = EffectiveValue.Source.group(try GroupName(validating: "g"))
    let defaults = EffectiveValue.Source.settings("defaults.sandbox")
    let rows = try rows(
      #"{"run":"x","group":"g","env":{"C":"j"},"mounts":[{"host":"/srv/j","container":"/j"}],"secrets":["TOKEN"],"#
        + #""limits":{"output":"8m"}}"#)
    let expected: [(String, String, EffectiveValue.Source)] = [
      ("runtime", #""sandbox""#, .builtIn), ("timeout", #""2m""#, group), ("grace", #""7s""#, .settings("grace")),
      ("priority", "2", group), ("network", #""host""#, group), ("env.A", #""d""#, defaults), ("env.B", #""g""#, group),
      ("env.C", #""j""#, .job), ("env.TOKEN", #""(a secret)""#, .job),
      ("env.EDITOR", #""(the runner's own)""#, .settings("env")),
      ("limits.openFiles", "9", defaults), ("limits.output", #""4m""#, .settings("maxLimits.output")),
      ("mounts./g", #"{"host":"/srv/g","readOnly":true}"#, group),
      ("mounts./j", #"{"host":"/srv/j","readOnly":true}"#, .job),
    ]
    for (key, value, source) in expected {
      #expect(rows[key]?.0 == value, "\(key)")
      #expect(rows[key]?.1 == source, "\(key)")
    }
  }

  @Test("of a job with 'origin' the values are shown as they are held, and what the gate says is told")
  func origin() throws {
    try spool.put(
      "g.json", #"{"timeout":"8m","env":{"C":"g"},"limits":{"output":"3m"},"maxLimits":{"fileSize":"1m"}}"#, in: .groups
    )
    try spool.put("settings.json", #"{"env":["EDITOR"]}"#)
    let group = EffectiveValue.Source.group(try GroupName(validating: "g"))
    let text =
      #"{"run":"x","group":"g","origin":"ipc","env":{"C":"j"},"timeout":"1d","grace":"1d","priority":9,"#
      + #""limits":{"output":"8m","fileSize":"2m"}}"#
    let rows = try rows(text)
    let expected: [(String, String, EffectiveValue.Source)] = [
      ("timeout", #""8m""#, group), ("grace", #""10s""#, .builtIn), ("priority", "0", .builtIn),
      ("env.C", #""g""#, group),
      ("limits.output", #""3m""#, group), ("limits.fileSize", #""1m""#, group), ("origin", #""ipc""#, .job),
      ("network", #""none""#, .builtIn),
    ]
    for (key, value, source) in expected {
      #expect(rows[key]?.0 == value, "\(key)")
      #expect(rows[key]?.1 == source, "\(key)")
    }
    #expect(rows["env.EDITOR"] == nil)
    #expect(try spool.access.gateRefusal(of: Job.read(Array(text.utf8))) == nil)
    let more = Array(#"{"run":"x","group":"g","origin":"ipc","directory":"/"}"#.utf8)
    #expect(try spool.access.gateRefusal(of: Job.read(more))?.key == "directory")
  }

  @Test("mounts are judged as they would be at the start, the group's too")
  func mounts() throws {
    let home = try FileSystem.realPath(spool.path + "/..")
    let folder = try Folder(path: home)
    try FileSystem.makeFolders(path: home + "/bobbin")
    try FileSystem.makeFolders(path: home + "/srv/a")
    let list = try folder.folder("bobbin").create("mounts.json")
    try list.write(Array(#"{"roots":[{"path":"\#(home)/srv"}]}"#.utf8))
    try spool.put("g.json", #"{"mounts":[{"host":"\#(home)/srv","container":"/g"}]}"#, in: .groups)
    let text =
      #"{"run":"x","group":"g","mounts":[{"host":"\#(home)/srv/a","container":"/a"},{"host":"\#(spool.path)","container":"/s"}]}"#
    let verdicts = try spool.access.mountVerdicts(of: Job.read(Array(text.utf8))) {
      $0 == "XDG_CONFIG_HOME" ? home : nil
    }
    #expect(verdicts.map(\.mount.container) == ["/a", "/s", "/g"])
    #expect(verdicts.map(\.refusal?.code) == [nil, "mount-blocked", nil])
    #expect(verdicts.map(\.path) == [home + "/srv/a", nil, home + "/srv"])
    #expect(verdicts.map(\.isOfJob) == [true, true, false])
  }

  @Test("bad settings are an error with their place")
  func bad() throws {
    try spool.put("settings.json", "{\n  \"slot\": 1\n}")
    do throws(OperationError) {
      _ = try spool.access.effectiveSettings()
      Issue.record("accepted")
    } catch {
      guard case .settings(let refusal, "settings.json") = error else {
        Issue.record("another error: \(error)")
        return
      }
      #expect(refusal.line == 2)
    }
  }
}
