import Testing

@testable import Jobs

@Suite("A task file is read key by key")
struct TaskReadingTests {
  /// Two zones exist.
  private static func read(_ text: String) throws(Refusal) -> ScheduledTask {
    try ScheduledTask.read(utf8(text)) {
      ["Europe/Berlin", "Asia/Tokyo"].contains($0) ? nil : "there is no zone \($0)"
    }
  }

  /// A task with `rest` beside its job.
  private static func task(_ rest: String) throws(Refusal) -> ScheduledTask {
    try read(#"{"job": {"run": "true"}, \#(rest)}"#)
  }

  private static let daily = #""schedule": "@daily", "#

  struct Row: CustomTestStringConvertible, Sendable {
    var text: String
    var holds: @Sendable (ScheduledTask) -> Bool
    var testDescription: String { text }

    init(_ text: String, _ holds: @escaping @Sendable (ScheduledTask) -> Bool) {
      self.text = text
      self.holds = holds
    }
  }

  static let rows: [Row] = [
    Row(#""schedule": "0 2 * * *""#, { $0.schedule.text == "0 2 * * *" }),
    Row(#""schedule": " 0  2 * * *\t""#, { if case .cron(_, _, nil) = $0.schedule { true } else { false } }),
    Row(#""schedule": "*/2 * * * * *""#, { $0.schedule.text == "*/2 * * * * *" }),
    Row(#""schedule": "@reboot""#, { $0.schedule == .reboot }),
    Row(#""schedule": {"cron": "@reboot"}"#, { $0.schedule == .reboot }),
    Row(
      #""schedule": {"cron": "@weekly", "timezone": "Europe/Berlin"}"#, { $0.schedule.text == "@weekly Europe/Berlin" }),
    Row(
      #""schedule": {"timezone": "Asia/Tokyo", "cron": "0 9 * * MON-FRI"}"#,
      { if case .cron(_, "0 9 * * MON-FRI", "Asia/Tokyo") = $0.schedule { true } else { false } }),
    Row(#""schedule": {"every": "15m"}"#, { $0.schedule == .every(.seconds(900), anchor: Timestamp(seconds: 0)) }),
    Row(#""schedule": {"every": 1}"#, { $0.schedule == .every(.seconds(1), anchor: Timestamp(seconds: 0)) }),
    Row(#""schedule": {"every": "1000ms"}"#, { $0.schedule == .every(.seconds(1), anchor: Timestamp(seconds: 0)) }),
    Row(
      #""schedule": {"every": "366d"}"#,
      { $0.schedule == .every(.seconds(366 * 86_400), anchor: Timestamp(seconds: 0)) }),
    Row(
      #""schedule": {"anchor": "2026-01-01T00:00:07+01:00", "every": "1h"}"#,
      { $0.schedule == .every(.seconds(3600), anchor: Timestamp(seconds: 1_767_222_007)) }),
    Row(#""schedule": {"at": "1970-01-01T01:00:00+01:00"}"#, { $0.schedule == .at(Timestamp(seconds: 0)) }),
    Row(#""schedule": {"at": "1970-01-01T00:00:05.000Z"}"#, { $0.schedule == .at(Timestamp(seconds: 5)) }),
    Row(daily + #""missed": "once""#, { $0.missed == .once }),
    Row(daily + #""missed": "skip""#, { $0.missed == .skip }),
    Row(daily + #""missed": "all""#, { $0.missed == .all }),
    Row(daily + #""overlap": "skip""#, { $0.overlap == .skip }),
    Row(daily + #""overlap": "queue""#, { $0.overlap == .queue }),
    Row(daily + #""overlap": "allow""#, { $0.overlap == .allow }),
    Row(daily + #""overlap": "replace""#, { $0.overlap == .replace }),
    Row(daily + #""jitter": "30s""#, { $0.jitter == .seconds(30) }),
    Row(daily + #""jitter": 0"#, { $0.jitter == .zero }),
    Row(daily + #""jitter": "1d""#, { $0.jitter == .seconds(86_400) }),
    Row(daily + #""jitter": "250ms""#, { $0.jitter == .milliseconds(250) }),
    Row(daily + #""until": "1970-01-01T00:00:05Z""#, { $0.until == Timestamp(seconds: 5) }),
    Row(daily + #""maxRuns": 1"#, { $0.maxRuns == 1 }),
    Row(daily + #""maxRuns": 1000000000"#, { $0.maxRuns == 1_000_000_000 }),
    Row(daily + #""description": "d""#, { $0.description == "d" }),
    Row(
      daily + #""x-mine": [1, {"any": null}]"#, { $0.description == nil && $0.missed == .once && $0.overlap == .skip }),
  ]

  @Test("every key is taken", arguments: rows)
  func takes(_ row: Row) throws { #expect(row.holds(try Self.task(row.text))) }

  @Test("what is not said has the defaults of the documentation")
  func defaults() throws {
    let task = try Self.task(#""schedule": "@daily""#)
    #expect(task.missed == .once && task.overlap == .skip && task.jitter == .zero)
    #expect(task.until == nil && task.maxRuns == nil && task.description == nil)
    #expect(task.job == Job(run: .shell("true")))
  }

  fileprivate typealias Refused = (text: String, code: RefusalCode, key: String)

  private static let refused: [Refused] = [
    (#""schedule": "61 * * * *""#, .outOfRange, "schedule"), (#""schedule": "*/0 * * * *""#, .outOfRange, "schedule"),
    (#""schedule": "5-1 * * * *""#, .badValue, "schedule"), (#""schedule": "0 0 31 2 *""#, .outOfRange, "schedule"),
    (#""schedule": "1,,2 * * * *""#, .badValue, "schedule"), (#""schedule": """#, .badValue, "schedule"),
    (#""schedule": "@dayly""#, .badValue, "schedule"), (#""schedule": "* * * *""#, .badValue, "schedule"),
    (#""schedule": 5"#, .wrongType, "schedule"), (#""schedule": null"#, .wrongType, "schedule"),
    (#""schedule": []"#, .wrongType, "schedule"), (#""schedule": ["0 2 * * *"]"#, .wrongType, "schedule"),
    (#""schedule": true"#, .wrongType, "schedule"), (#""schedule": {}"#, .missingKey, "schedule"),
    (#""schedule": {"timezone": "Asia/Tokyo"}"#, .missingKey, "schedule"),
    (#""schedule": {"anchor": "2026-01-01T00:00:00Z"}"#, .missingKey, "schedule"),
    (#""schedule": {"crom": "0 2 * * *"}"#, .unknownKey, "schedule.crom"),
    (#""schedule": {"x-mine": 1, "every": "1h"}"#, .unknownKey, "schedule.x-mine"),
    (#""schedule": {"cron": "61 * * * *"}"#, .outOfRange, "schedule.cron"),
    (#""schedule": {"cron": "*/0 * * * *", "timezone": "Asia/Tokyo"}"#, .outOfRange, "schedule.cron"),
    (#""schedule": {"cron": "5-1 * * * *"}"#, .badValue, "schedule.cron"),
    (#""schedule": {"cron": 5}"#, .wrongType, "schedule.cron"),
    (#""schedule": {"cron": []}"#, .wrongType, "schedule.cron"),
    (#""schedule": {"cron": {}}"#, .wrongType, "schedule.cron"),
    (#""schedule": {"cron": "@daily", "timezone": "Mars/Base"}"#, .badValue, "schedule.timezone"),
    (#""schedule": {"cron": "@daily", "timezone": "CET"}"#, .badValue, "schedule.timezone"),
    (#""schedule": {"cron": "@daily", "timezone": "../../etc/passwd"}"#, .badValue, "schedule.timezone"),
    (#""schedule": {"cron": "@daily", "timezone": ""}"#, .outOfRange, "schedule.timezone"),
    (#""schedule": {"cron": "@daily", "timezone": 1}"#, .wrongType, "schedule.timezone"),
    (#""schedule": {"every": "0s"}"#, .outOfRange, "schedule.every"),
    (#""schedule": {"every": 0}"#, .outOfRange, "schedule.every"),
    (#""schedule": {"every": -5}"#, .outOfRange, "schedule.every"),
    (#""schedule": {"every": "-5s"}"#, .badValue, "schedule.every"),
    (#""schedule": {"every": "3650d"}"#, .outOfRange, "schedule.every"),
    (#""schedule": {"every": "10y"}"#, .badValue, "schedule.every"),
    (#""schedule": {"every": "4000d"}"#, .badValue, "schedule.every"),
    (#""schedule": {"every": "367d"}"#, .outOfRange, "schedule.every"),
    (#""schedule": {"every": "500ms"}"#, .outOfRange, "schedule.every"),
    (#""schedule": {"every": "1.5s"}"#, .badValue, "schedule.every"),
    (#""schedule": {"every": 2.5}"#, .badValue, "schedule.every"),
    (#""schedule": {"every": "5m "}"#, .badValue, "schedule.every"),
    (#""schedule": {"every": ""}"#, .badValue, "schedule.every"),
    (#""schedule": {"every": []}"#, .wrongType, "schedule.every"),
    (#""schedule": {"every": null}"#, .wrongType, "schedule.every"),
    (#""schedule": {"every": 1e99}"#, .outOfRange, "schedule.every"),
    (#""schedule": {"at": "tomorrow"}"#, .badValue, "schedule.at"),
    (#""schedule": {"at": 5}"#, .wrongType, "schedule.at"),
    (#""schedule": {"at": "2026-12-01T09:00:00"}"#, .badValue, "schedule.at"),
    (#""schedule": {"at": "2026-12-01"}"#, .badValue, "schedule.at"),
    (#""schedule": {"at": "2026-02-30T09:00:00Z"}"#, .badValue, "schedule.at"),
    (#""schedule": {"at": "2026-12-01T09:00:00.5Z"}"#, .badValue, "schedule.at"),
    (#""schedule": {"at": "2500-01-01T00:00:00Z"}"#, .badValue, "schedule.at"),
    (#""schedule": {"every": "1h", "anchor": "2026-01-01T00:00:00.25Z"}"#, .badValue, "schedule.anchor"),
    (#""schedule": {"every": "1h", "anchor": 0}"#, .wrongType, "schedule.anchor"),
    // Two kinds, and what belongs to another kind.
    (#""schedule": {"cron": "@daily", "every": "1h"}"#, .conflictingKeys, "schedule.every"),
    (#""schedule": {"at": "2026-12-01T09:00:00Z", "cron": "@daily"}"#, .conflictingKeys, "schedule.at"),
    (#""schedule": {"at": "2026-12-01T09:00:00Z", "every": 5}"#, .conflictingKeys, "schedule.at"),
    (#""schedule": {"cron": "@daily", "anchor": "2026-01-01T00:00:00Z"}"#, .conflictingKeys, "schedule.anchor"),
    (#""schedule": {"at": "2026-12-01T09:00:00Z", "anchor": "x"}"#, .conflictingKeys, "schedule.anchor"),
    (#""schedule": {"every": "1h", "timezone": "Asia/Tokyo"}"#, .conflictingKeys, "schedule.timezone"),
    (#""schedule": {"at": "2026-12-01T09:00:00Z", "timezone": "Asia/Tokyo"}"#, .conflictingKeys, "schedule.timezone"),
    // The other keys.
    (daily + #""missed": "twice""#, .badValue, "missed"), (daily + #""missed": true"#, .wrongType, "missed"),
    (daily + #""missed": "Once""#, .badValue, "missed"), (daily + #""overlap": "wait""#, .badValue, "overlap"),
    (daily + #""overlap": null"#, .wrongType, "overlap"), (daily + #""jitter": "25h""#, .outOfRange, "jitter"),
    (daily + #""jitter": -1"#, .outOfRange, "jitter"), (daily + #""jitter": "soon""#, .badValue, "jitter"),
    (daily + #""jitter": {}"#, .wrongType, "jitter"), (daily + #""until": "never""#, .badValue, "until"),
    (daily + #""until": 1"#, .wrongType, "until"), (daily + #""maxRuns": 0"#, .outOfRange, "maxRuns"),
    (daily + #""maxRuns": -1"#, .outOfRange, "maxRuns"), (daily + #""maxRuns": 1000000001"#, .outOfRange, "maxRuns"),
    (daily + #""maxRuns": 1.5"#, .wrongType, "maxRuns"), (daily + #""maxRuns": "3""#, .wrongType, "maxRuns"),
    (daily + #""description": 1"#, .wrongType, "description"),
    // Keys that are not known, or stand in the wrong place.
    (daily + #""overlp": "skip""#, .unknownKey, "overlp"), (daily + #""cron": "@daily""#, .unknownKey, "cron"),
    (daily + #""timeout": "5m""#, .unknownKey, "timeout"), (daily + #""run": "true""#, .unknownKey, "run"),
    (daily + #""priority": 5"#, .unknownKey, "priority"), (daily + #""X-mine": 1"#, .unknownKey, "X-mine"),
  ]

  @Test("what a key cannot take is refused with its path", arguments: refused)
  fileprivate func refuses(item: Refused) throws {
    let refused = try #require(refusal { () throws(Refusal) in try Self.task(item.text) }, "\(item.text)")
    #expect(refused.code == item.code && refused.key == item.key, "\(item.text): \(refused)")
    #expect(refused.line == 1 && (refused.column ?? 0) > 1 && !refused.reason.isEmpty)
  }

  private static let wholes: [(text: String, code: RefusalCode, key: String?)] = [
    ("{}", .missingKey, nil), ("[]", .wrongType, nil), ("null", .wrongType, nil), (#""@daily""#, .wrongType, nil),
    (#"[{"schedule": "@daily"}]"#, .wrongType, nil), (#"{"schedule": "@daily"}"#, .missingKey, nil),
    (#"{"job": {"run": "true"}}"#, .missingKey, nil), (#"{"run": "true"}"#, .unknownKey, "run"),
    (#"{"schedule": "@daily", "job": {}}"#, .missingKey, "job"),
    (#"{"schedule": "@daily", "job": []}"#, .wrongType, "job"),
    (#"{"schedule": "@daily", "job": null}"#, .wrongType, "job"),
    (#"{"schedule": "@daily", "job": "true"}"#, .wrongType, "job"),
    (#"{"schedule": "@daily", "job": {"run": 1}}"#, .wrongType, "job.run"),
    (#"{"schedule": "@daily", "job": {"run": []}}"#, .outOfRange, "job.run"),
    (#"{"schedule": "@daily", "job": {"run": ["a", 1]}}"#, .wrongType, "job.run[1]"),
    (#"{"schedule": "@daily", "job": {"run": "a", "timeout": 0}}"#, .outOfRange, "job.timeout"),
    (#"{"schedule": "@daily", "job": {"run": "a", "timout": 5}}"#, .unknownKey, "job.timout"),
    (#"{"schedule": "@daily", "job": {"run": "a", "limits": {"memory": true}}}"#, .wrongType, "job.limits.memory"),
    (#"{"schedule": "@daily", "job": {"run": "a", "task": "t"}}"#, .conflictingKeys, "job.task"),
    (
      #"{"schedule": "@daily", "job": {"run": "a", "scheduledFor": "2026-01-01T00:00:00Z"}}"#, .conflictingKeys,
      "job.scheduledFor"
    ),
    (#"{"schedule": "@daily", "job": {"run": "a", "schedule": "@daily"}}"#, .unknownKey, "job.schedule"),
  ]

  @Test("a whole that is no task is refused, of the job inside with its path", arguments: wholes)
  func refusesWhole(text: String, code: RefusalCode, key: String?) throws {
    let refused = try #require(refusal { () throws(Refusal) in try Self.read(text) }, "\(text)")
    #expect(refused.code == code && refused.key == key, "\(text): \(refused)")
    #expect(refused.line == 1 && refused.column != nil)
  }

  @Test(
    "what is no JSON, or holds a key twice, is refused as a job is",
    arguments: [
      "", "{", #"{"schedule": "@daily", "job": {"run": "true"},}"#, #"{"schedule": "@daily", "schedule": "@daily"}"#,
      "// c\n{}", "\u{FEFF}{}",
    ])
  func refusesText(text: String) throws {
    let asTask = refusal { () throws(Refusal) in try Self.read(text) }
    #expect(asTask != nil && asTask?.code == refusal { () throws(Refusal) in try Job.read(utf8(text)) }?.code)
  }

  @Test("the place of what is wrong is its line and column")
  func place() throws {
    let text = """
      {
        "schedule": { "cron": "0 2 * * *",
                      "timezone": "Europe/Berlim" },
        "job": { "run": "true",
                 "retry": { "attempts": 0 } }
      }
      """
    let zone = try #require(refusal { () throws(Refusal) in try Self.read(text) })
    #expect(zone.key == "schedule.timezone" && zone.line == 3 && zone.column == 29)
    let mended = text.replacing("Berlim", with: "Berlin")
    let job = try #require(refusal { () throws(Refusal) in try Self.read(mended) })
    #expect(job.key == "job.retry.attempts" && job.line == 5 && job.column == 35)
  }

  @Test(
    "a key or word that is nearly right is answered with the one that was meant",
    arguments: [
      (daily + #""overlp": "skip""#, "overlap"), (daily + #""jiter": 1"#, "jitter"),
      (daily + #""missed": "onse""#, "once"),
      (#""schedule": {"evry": "1h"}"#, "every"), (#""schedule": {"time-zone": "UTC", "cron": "@daily"}"#, "timezone"),
      (daily + #""timeout": 5"#, "'job'"), (#""schedule": "@dayly""#, "@daily"),
    ])
  func hints(text: String, meant: String) throws {
    let refused = try #require(refusal { () throws(Refusal) in try Self.task(text) })
    #expect(refused.reason.contains(meant), "\(refused)")
  }

  @Test("the job of a time has the task's members as they stand, and which task and time it is for")
  func occurrence() throws {
    let task = try Self.read(
      #"{"schedule": "@daily", "job": {"x-note": [1.0, "é"], "run": ["a", "b"], "stdin": {"z": 1e3}, "priority": 5}}"#)
    let bytes = task.occurrence(of: "nightly", at: Timestamp(seconds: 1_000_000_000))
    let job = try Job.read(bytes)
    #expect(job.task == "nightly" && job.scheduledFor == Timestamp(seconds: 1_000_000_000))
    #expect(job.run == .arguments(["a", "b"]) && job.priority == 5)
    #expect(string(bytes).contains("x-note") && string(bytes).contains("1.0") && string(bytes).contains("1e3"))
  }

  // MARK: ids

  @Test(
    "the id of a time says which task and which second, and is read back",
    arguments: [
      "nightly", "a@b", "x-manual", "t@20250101T000000Z", "x~2", "é", "a b", String(repeating: "n", count: 120),
    ])
  func ids(name: String) throws {
    for second: Int64 in [0, 1, -1, 1_767_222_007, 4_102_444_800, 9_223_372_036, -9_223_372_036] {
      for isManual in [false, true] {
        let id = OccurrenceID.make(name, at: Timestamp(seconds: second), isManual: isManual)
        let read = try #require(OccurrenceID.read(id), "\(id.text)")
        #expect(read.task == name && read.time == Timestamp(seconds: second) && read.isManual == isManual)
        // A number that a copy got.
        #expect(OccurrenceID.read(id.numbered(3))?.task == name)
        #expect((try? JobID(stem: utf8(id.text))) == id, "a drop may have it")
      }
    }
    #expect(OccurrenceID.make("t", at: Timestamp(nanoseconds: 1_999_999_999)).text == "t@19700101T000001Z")
  }

  @Test(
    "what is no such id is not taken for one",
    arguments: [
      "nightly", "@20250101T000000Z", "t@", "t@20250101T000000", "t@20250101T000060Z", "t@20250230T000000Z",
      "t@20250101T240000Z", "t@20250101T000000Z-", "t@20250101T000000Z-manual-manual", "t@20250101t000000z",
      "t@2025010AT000000Z", "t@20250101 000000Z", "t@20250101T000000+", "t@99990101T000000Z", "t20250101T000000Z",
    ])
  func noIDs(text: String) { #expect(OccurrenceID.read(JobID(unchecked: text)) == nil) }

  @Test("a task's name is a job's, and short enough for a time behind it")
  func names() {
    func code(_ name: String) -> RefusalCode? {
      refusal { () throws(Refusal) in try TaskName.read(utf8(name)) }?.code
    }
    #expect(code(String(repeating: "n", count: 120)) == nil)
    #expect(code(String(repeating: "n", count: 121)) == .badName)
    for name in ["", ".a", "-a", "a/b", "a\u{1}", "a.run", "a.result", "a.files"] { #expect(code(name) == .badName) }
    #expect(refusal { () throws(Refusal) in try TaskName.read([0x61, 0xFF]) }?.code == .badName)
  }
}
