import Jobs
@testable import Operations
import Platform
import Spool
import Testing

@Suite struct LookingTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  private func waiting(_ id: String) throws -> Waiting? {
    try spool.entries(.inbox).entries.first { $0.name == id }?.waiting
  }

  @Test("ls and why say the same of each thing that a job can wait for")
  func reasons() throws {
    let g = try GroupName(validating: "g")
    try spool.put("settings.json", #"{"slots":2, // two"# + "\n" + #""minFree":0}"#)
    try spool.put("running.json", #"{"run":"true","group":"g","key":"k"}"#, in: .processing)
    try spool.put("p.paused", "because\n", in: .groups)
    try spool.put("bad.json", #"{"slotss":1}"#, in: .groups)
    try spool.putEnded("ended")
    let later = try #require(Timestamp(rfc3339: "2100-01-01T00:00:00Z"))
    let jobs: [(String, String, Waiting)] = [
      ("later", #"{"run":"a","notBefore":"2100-01-01T00:00:00Z"}"#, .notBefore(later)),
      ("after", #"{"run":"a","after":["running","ended"]}"#, .after(["running"])),
      ("after-any", #"{"run":"a","after":{"jobs":["running","ended"],"need":"any"}}"#, .nothing),
      ("after-none", #"{"run":"a","after":"nowhere"}"#, .afterMissing(["nowhere"])),
      ("keyed", #"{"run":"a","group":"g","key":"k"}"#, .key(heldBy: "running")),
      ("other-key", #"{"run":"a","key":"k"}"#, .nothing),
      ("lane", #"{"run":"a","group":"g"}"#, .group(g, runs: ["running"])),
      ("paused", #"{"run":"a","group":"p"}"#, .groupPaused(try GroupName(validating: "p"), "because")),
      ("free", #"{"run":"a"}"#, .nothing),
      ("half", #"{"run":"#, .beingWritten),
    ]
    for (id, text, _) in jobs { try spool.put(id + ".json", text, in: .inbox) }
    for (id, _, expected) in jobs {
      #expect(try waiting(id) == expected, "\(id)")
      #expect(try spool.access.detail(of: JobID(unchecked: id))?.waiting == expected, "\(id)")
    }
    try spool.put("settings-bad.json", #"{"run":"a","group":"bad"}"#, in: .inbox)
    guard case .groupSettings(_, let refusal)? = try waiting("settings-bad") else {
      Issue.record("not told that the group's settings are bad")
      return
    }
    #expect(refusal.code == .unknownKey)
  }

  @Test("of two with one key the first in the queue has it")
  func keys() throws {
    try spool.put("settings.json", #"{"minFree":0}"#)
    try spool.put("a.json", #"{"run":"a","key":"k"}"#, in: .inbox)
    try spool.put("b.json", #"{"run":"a","key":"k","priority":1}"#, in: .inbox)
    #expect(try waiting("a") == .key(heldBy: "b"))
    #expect(try waiting("b") == .nothing)
  }

  @Test("a full pause, full slots and a full disk are told in that order")
  func whole() throws {
    try spool.put("settings.json", #"{"slots":1,"minFree":"9999t"}"#)
    try spool.put("r.json", in: .processing)
    try spool.put("a.json", in: .inbox)
    _ = try spool.access.pause(nil, reason: "moving house")
    #expect(try waiting("a") == .spoolPaused("moving house"))
    _ = try spool.access.resume(nil)
    guard case .disk? = try waiting("a") else {
      Issue.record("not told that the disk is full")
      return
    }
    try spool.put("settings.json", #"{"slots":1,"minFree":0}"#)
    #expect(try waiting("a") == .slot)
  }

  @Test(
    "names that no job can have are told with their refusal, wherever they come from",
    arguments: [
      "-a.json", "x.result.json", "a\nb.json", "x.run.json", "\(String(repeating: "n", count: 240)).json",
    ])
  func hostile(name: String) throws {
    try spool.put(name, in: .inbox)
    let listing = try spool.entries(.inbox)
    #expect(listing.entries.count == 1)
    guard case .willBeRefused(let refusal)? = listing.entries.first?.waiting else {
      Issue.record("accepted")
      return
    }
    #expect(refusal.code == .badName)
    #expect(listing.ignored.isEmpty)
  }

  @Test("what can never be a job is told at once: a folder, a link, a pipe's place")
  func notFiles() throws {
    try spool.folders[.inbox].makeFolder("folder.json")
    let listing = try spool.entries(.inbox)
    guard case .willBeRefused(let refusal)? = listing.entries.first?.waiting else {
      Issue.record("accepted")
      return
    }
    #expect(refusal.code == .notAFile)
    #expect(try spool.access.detail(of: "folder")?.bytes == nil)
  }

  @Test("what is ignored is counted by its reason and named")
  func ignored() throws {
    for name in [".hidden.json", "a.txt", "b.json~", ".gitkeep", "c"] { try spool.put(name, in: .inbox) }
    try spool.put(".runs", in: .processing)
    let listing = try spool.entries(.inbox)
    #expect(listing.entries.isEmpty)
    #expect(listing.ignored.map(\.reason) == [.hidden, .notJSON])
    #expect(listing.ignored.map(\.count) == [1, 3])
    #expect(try spool.entries(.processing).ignored.isEmpty)
    let status = try spool.access.status()
    #expect(status.states.first { $0.place == .inbox }?.ignored.map(\.count) == [1, 3])
  }

  @Test("the queue's order: priority, then the groups in turn")
  func order() throws {
    for (id, text) in [
      ("a1", #"{"run":"x","group":"a"}"#), ("a2", #"{"run":"x","group":"a"}"#), ("b1", #"{"run":"x","group":"b"}"#),
      ("top", #"{"run":"x","priority":9}"#),
    ] { try spool.put(id + ".json", text, in: .inbox) }
    let order = try spool.entries(.inbox).entries.map(\.name)
    #expect(order.first == "top")
    #expect(order.firstIndex(of: "b1") ?? 9 < order.firstIndex(of: "a2") ?? 0)
  }

  @Test("a limit shows the newest that ended and the first that wait, and counts the rest")
  func limits() throws {
    for number in 1...5 {
      try spool.putEnded("d\(number)")
      try spool.put("w\(number).json", in: .inbox)
    }
    let done = try spool.entries(.done) { $0.limit = 2 }
    #expect(done.entries.count == 2)
    #expect(done.more == 3)
    let inbox = try spool.entries(.inbox) { $0.limit = 2 }
    #expect(inbox.entries.count == 2)
    #expect(inbox.more == 3)
    #expect(try spool.entries(.done) { $0.limit = nil }.entries.count == 5)
    #expect(try spool.entries(.done) { $0.limit = 0 }.more == 5)
  }

  @Test("a deferred job tells when it is due, which attempt comes and why")
  func deferred() throws {
    try spool.putDeferred("a", due: 4_000_000_060)
    try spool.putDeferred("b", due: 3_999_999_000)
    let entries = try spool.entries(.deferred).entries
    let due = Timestamp(seconds: 4_000_000_060)
    #expect(
      entries.first { $0.name == "a" }?.waiting
        == .nextAttempt(due: due, attempt: 2, of: 5, code: nil, reason: "exit 3"))
    #expect(
      entries.first { $0.name == "b" }?.waiting
        == .nextAttempt(due: nil, attempt: 2, of: 5, code: nil, reason: "exit 3"))
  }

  @Test("a job in errors without a result is told as being cancelled")
  func withoutResult() throws {
    try spool.put("a.json", in: .errors)
    #expect(try spool.entries(.errors).entries.first?.waiting == .cancelledResult)
  }

  @Test("a runner is known by its lock alone")
  func presence() throws {
    try spool.put("runner.json", #"{"pid":7,"host":"h","startedAt":"2026-11-20T11:00:00.000Z"}"#, in: .state)
    #expect(try spool.access.runnerPresence() == RunnerPresence(isAlive: false))
    let runner = try spool.runner()
    let presence = try spool.access.runnerPresence()
    #expect(presence.isAlive)
    #expect(presence.pid == 7)
    #expect(presence.startedAt == Timestamp(rfc3339: "2026-11-20T11:00:00Z"))
    withExtendedLifetime(runner) {}
  }

  @Test("near ids are those of the same stem, else those with a slip of the finger")
  func near() throws {
    try spool.putEnded("report~2")
    try spool.put("backup.json", in: .inbox)
    #expect(try spool.access.near("report") == ["report~2"])
    #expect(try spool.access.near("bakcup") == ["backup"])
    #expect(try spool.access.near("zzz") == [])
  }

  @Test("bad settings are told by status and change nothing else")
  func badSettings() throws {
    try spool.put("settings.json", #"{"slots":0}"#)
    try spool.put("g.json", "{", in: .groups)
    let status = try spool.access.status()
    #expect(status.settingsRefusal?.code == .outOfRange)
    #expect(status.groupRefusals["g.json"]?.code == .badJSON)
  }

  @Test("a folder that somebody removed reads like an empty one")
  func missingFolder() throws {
    try spool.folders.root.removeFolder("held")
    #expect(try spool.entries(.held).entries.isEmpty)
    #expect(try spool.access.status().states.count == 6)
  }
}
