import Jobs
import Platform
import Spool
import Testing

@testable import Runner

/// The state file: what a later runner, and a person, can rely on.
@Suite(.timeLimit(.minutes(60))) struct TaskStateFileTests {
  private static let hourly = #"{"schedule": {"every": "1h"}, "job": {"run": "true"}}"#
  private static let id = "t@20250301T010000Z"

  /// One job was made, and the runner is down.
  private func stage(_ json: String = hourly) throws -> TaskStage {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", json)
    stage.start()
    stage.go(by: .seconds(3600))
    stage.stop()
    return stage
  }

  private func write(_ text: String, _ stage: TaskStage) throws {
    try stage.folders[.tasks].remove("t.state.json")
    try stage.folders[.tasks].create("t.state.json").write(Array(text.utf8))
  }

  private func text(_ stage: TaskStage) throws -> String {
    String(decoding: try stage.folders[.tasks].open("t.state.json").readAll(limit: 1 << 20), as: UTF8.self)
  }

  @Test(
    "a state that cannot be read is set aside, and the task goes on",
    arguments: [
      "", "{", "[]", #"{"task": "t"}"#, #"{"handledUntil": "2025-03-01T00:00:00Z"}"#,
      #"{"task": "t", "handledUntil": "yesterday"}"#,
      #"{"task": "t", "handledUntil": "2025-03-01T00:00:00Z", "active": ["../x"]}"#,
      #"{"task": "t", "handledUntil": "2025-03-01T00:00:00Z", "status": "odd"}"#,
    ])
  func unreadable(text: String) throws {
    let stage = try stage()
    try write(text, stage)
    stage.start()
    #expect(try stage.folders[.tasks].open("t.state.json.displaced-1").readAll(limit: 1000) == Array(text.utf8))
    #expect(try stage.state("t").status == .scheduled)
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t").count == 2)
    stage.stop()
    try write(text, stage)
    stage.start()
    #expect(try stage.has("t.state.json.displaced-2", in: .tasks))
  }

  @Test("a state that a person broke or removed under a live runner is written again", arguments: ["{", nil])
  func brokenLive(text: String?) throws {
    let stage = try stage()
    stage.start()
    if let text { try write(text, stage) } else { try stage.folders[.tasks].remove("t.state.json") }
    stage.go(by: .seconds(3600))
    let state = try stage.state("t")
    #expect(state.counts.runs == 2 && state.status == .scheduled && state.next != nil)
  }

  @Test("a folder in the place of the state is set aside")
  func folder() throws {
    let stage = try stage()
    try stage.folders[.tasks].remove("t.state.json")
    try stage.folders[.tasks].makeFolder("t.state.json")
    stage.start()
    stage.go(by: .seconds(3600))
    #expect(try stage.state("t").status == .scheduled && stage.ids(of: "t").count == 2)
  }

  @Test("keys of a later version are passed over")
  func laterVersion() throws {
    let stage = try stage()
    let later = try text(stage).replacing(#""task":"#, with: #""later": {"a": [1, null]}, "task":"#)
      .replacing(#""runs":"#, with: #""later": 1, "runs":"#).replacing(#""inode":"#, with: #""device": "7", "inode":"#)
      .replacing(#""scheduled":"#, with: #""later": [], "scheduled":"#)
    try write(later, stage)
    stage.start()
    #expect(try !stage.has("t.state.json.displaced-1", in: .tasks))
    #expect(try stage.state("t").counts.runs == 1)
    stage.go(by: .seconds(3600))
    #expect(try stage.state("t").counts.runs == 2 && stage.ids(of: "t").count == 2)
  }

  @Test(
    "a state at the ends of time stops nobody",
    arguments: [
      "1677-09-21T00:12:44Z", "1700-01-01T00:00:00Z", "2262-04-11T23:47:16Z", "2262-04-11T23:47:16.854775807Z",
    ])
  func endsOfTime(time: String) throws {
    let stage = try stage(#"{"schedule": {"every": "1h"}, "job": {"run": "true"}, "overlap": "queue"}"#)
    try write(
      #"{"task": "t", "handledUntil": "\#(time)", "queued": ["\#(time)"], "repeatedUntil": "\#(time)", "counts": {"runs": 4611686018427387903}}"#,
      stage)
    stage.start()
    stage.go(by: .seconds(2 * 3600))
    #expect(try stage.ids(of: "t").contains("t@20250301T030000Z"))
  }

  @Test("a state that both was renamed for another task counts for that one")
  func renamed() throws {
    let stage = try stage()
    for (old, new) in [("t.json", "u.json"), ("t.state.json", "u.state.json"), (".t.good.json", ".u.good.json")] {
      try stage.folders[.tasks].move(old, to: stage.folders[.tasks], as: new)
    }
    stage.start()
    #expect(try stage.state("u").task == "u" && stage.state("u").counts.runs == 1)
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "u") == ["u@20250301T020000Z"])
  }

  @Test("the last twenty occurrences are kept, the newest first")
  func twenty() throws {
    let stage = try stage()
    stage.start()
    stage.go(by: .seconds(30 * 3600))
    let state = try stage.state("t")
    #expect(state.occurrences.count == 20 && state.counts.runs == 31)
    #expect(state.occurrences.first?.scheduled.secondsText() == "2025-03-02T07:00:00Z")
    #expect(state.occurrences.map(\.scheduled) == state.occurrences.map(\.scheduled).sorted(by: >))
  }

  // MARK: the second guard

  /// Every place in which a job, or what came of it, can lie.
  private static let homes: [(place: SpoolPlace, files: [String])] = [
    (.inbox, [".json"]), (.held, [".json"]), (.processing, [".json"]), (.processing, [".json", ".run.json"]),
    (.deferred, [".json", ".run.json"]), (.done, [".json", ".result.json"]), (.done, [".result.json"]),
    (.done, [".json"]), (.errors, [".json", ".result.json"]), (.errors, [".result.json"]), (.errors, [".json"]),
  ]

  /// A time that the files of a test are older than, by a year: so the task is older than its time.
  private static var nextYear: Int64 { (Clock.wall() / 1_000_000_000 + 365 * 86_400) / 3600 * 3600 }

  @Test("a time whose job lies anywhere gets no second one, although the state is gone", arguments: homes.indices)
  func secondGuard(index: Int) throws {
    let (place, files) = Self.homes[index]
    let stage = try TaskStage(at: Timestamp(seconds: Self.nextYear + 30).secondsText())
    stage.runsJobs = false
    try stage.put("t", Self.hourly)
    let id = OccurrenceID.make("t", at: Timestamp(seconds: Self.nextYear)).text
    for file in files {
      let isJob = file == ".json"
      let bytes = isJob ? Array(#"{"run": "true", "task": "t"}"#.utf8) : stage.record(id).encode()
      try stage.folders[place].create(id + file).write(bytes)
    }
    stage.start()
    stage.go(by: .seconds(30))
    for other in SpoolPlace.jobStates where other != place {
      #expect(try !stage.folders[other].has(id + ".json"), "a second one in \(other.rawValue)")
    }
    let state = try stage.state("t")
    #expect(state.occurrences.contains { $0.id?.text == id })
    #expect(state.counts.runs == 1)
    // One in errors/ without a result gets it from the runner.
    let hasEnded = place == .done || files.contains(".result.json")
    #expect(state.progress.active.map(\.text) == (hasEnded ? [] : [id]))
  }

  @Test("a task whose jobs would all be too big is bad from the start, and one whose job fits unindented runs")
  func tooBig() throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    stage.settings.maxJobBytes = ByteCount(1000)
    func task(_ stdin: String) -> String {
      #"{"schedule":{"every":"1h"},"job":{"run":"cat","stdin":\#(stdin)}}"#
    }
    try stage.put("a", task("[\(Array(repeating: "0", count: 400).joined(separator: ","))]"))
    let most = 1000 - task("\"\"").utf8.count
    try stage.put("b", task("\"\(String(repeating: "x", count: most))\""))
    stage.start()
    #expect(try stage.state("b").problem?.code == .tooBig && stage.state("b").status == .bad)
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "a").count == 1 && stage.ids(of: "b").isEmpty)
    let status = try stage.folders[.done].status("a@20250301T010000Z.json")
    #expect((status?.size ?? .max) <= 1000)
  }
}
