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
    #expect(try rows().values.allSatisfy { $0.1 == .builtIn })
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
