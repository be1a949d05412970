import Jobs
import Operations
import Platform
import Spool
import Testing

@Suite struct CleaningTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }
  private static let now = 4_000_000_000 as Int64

  @discardableResult
  private func clean(_ request: CleanRequest = CleanRequest()) throws -> [String] {
    let plan = try spool.access.planCleaning(request)
    let cleaner = try Cleaner(spool.access)
    var removed: [String] = []
    for item in plan.items where try cleaner.remove(item) { removed.append(item.id.text) }
    return removed
  }

  @Test("nothing is removed unless somebody said so")
  func noRule() throws {
    try spool.putEnded("a", ended: 1)
    #expect(try spool.access.planCleaning(CleanRequest()).hasNoRule)
    #expect(try clean().isEmpty)
    try spool.put("settings.json", #"{"retention":{"done":{"age":"#)
    #expect(throws: OperationError.self) { try clean(CleanRequest(keep: 0)) }
    #expect(try spool.names(.done).count == 2)
  }

  @Test("age and count, each by folder")
  func rules() throws {
    try spool.put("settings.json", #"{"retention":{"done":{"age":"1h"},"errors":{"count":1}}}"#)
    try spool.putEnded("old", ended: Self.now - 3601)
    try spool.putEnded("young", ended: Self.now - 3599)
    try spool.putEnded("e1", .failed, exitCode: 1, ended: Self.now - 30)
    try spool.putEnded("e2", .failed, exitCode: 1, ended: Self.now - 20)
    try spool.putEnded("e3", .failed, exitCode: 1, ended: Self.now - 90_000)
    let plan = try spool.access.planCleaning(CleanRequest())
    #expect(plan.items.map(\.id.text) == ["old", "e3", "e1"])
    #expect(plan.items.map(\.cause) == [.age, .count, .count])
    #expect(try clean() == ["old", "e3", "e1"])
    #expect(try spool.names(.done) == ["young.json", "young.result.json"])
    #expect(try spool.names(.errors) == ["e2.json", "e2.result.json"])
  }

  @Test("options stand in place of the settings")
  func options() throws {
    try spool.put("settings.json", #"{"retention":{"done":{"age":"1h"}}}"#)
    try spool.putEnded("a", ended: Self.now - 7200)
    try spool.putEnded("b", ended: Self.now - 10)
    #expect(try clean(CleanRequest(olderThan: .seconds(9000))).isEmpty)
    #expect(try clean(CleanRequest(keep: 1)) == ["a"])
  }

  @Test("a family goes whole: key, logs of all attempts, files, result, job; what others own stays")
  func family() throws {
    try spool.putEnded("x", ended: 1)
    var record = try spool.record("x.result.json", in: .done)
    record.append(Attempt(number: 2, status: "succeeded"))
    record.append(Attempt(number: 3, status: "succeeded"))
    try spool.put("x.result.json", String(decoding: record.encode(), as: UTF8.self), in: .done)
    try spool.folders[.done].setModified("x.result.json", to: 0)
    try spool.folders[.done].makeFolder("x.files")
    try spool.folders[.done].folder("x.files").makeFolder("deep")
    for name in ["x.out", "x.err", "x.2.out", "x.3.out", "x.3.err", "xy.out", "x~2.out"] {
      try spool.put(name, "", in: .jobLogs)
    }
    // A running job whose first log has the name of x's third.
    try spool.put("x.3.json", in: .processing)
    try spool.put("mine.json", #"{"key":"k","id":"x","work":"w"}"#, in: .keys)
    try spool.put("other.json", #"{"key":"l","id":"y","work":"w"}"#, in: .keys)
    #expect(try clean(CleanRequest(keep: 0)) == ["x"])
    #expect(try spool.names(.done).isEmpty)
    #expect(try spool.names(.jobLogs) == ["x.3.err", "x.3.out", "xy.out", "x~2.out"])
    #expect(try spool.names(.keys) == ["other.json"])
    #expect(try spool.names(.processing) == ["x.3.json"])
  }

  @Test("what waits, runs, is being retried or settled is never touched")
  func unfinished() throws {
    try spool.put("inbox.json", in: .inbox)
    try spool.put("running.json", in: .processing)
    try spool.putDeferred("deferred", due: 1)
    try spool.put("cancelling.json", in: .errors)
    try spool.putEnded("retried", .failed, exitCode: 1, ended: 1)
    try spool.folders[.errors].move("retried.json", to: spool.folders[.inbox], as: "retried.json")
    try spool.put("settling.json", in: .processing)
    try spool.put("settling.result.json", #"{"id":"settling","status":"succeeded"}"#, in: .done)
    #expect(try clean(CleanRequest(keep: 0)).isEmpty)
    #expect(try spool.names(.errors) == ["cancelling.json", "retried.result.json"])
    #expect(try spool.names(.done) == ["settling.result.json"])
  }

  @Test("what a job that has not started waits for keeps its result", arguments: [SpoolPlace.inbox, .held])
  func awaited(place: SpoolPlace) throws {
    for id in ["parent", "parent~2", "noted~3", "stem", "other"] { try spool.putEnded(id, ended: 1) }
    try spool.put("child.json", #"{"run":"true","after":["noted","parent~2","stem"]}"#, in: place)
    try spool.put(".child.after.json", #"{"inode":"1","after":{"noted":"noted~3"}}"#, in: place)
    // Of a job that has been claimed.
    try spool.put(".gone.after.json", #"{"inode":"1","after":{"other":"other"}}"#, in: place)
    #expect(try clean(CleanRequest(keep: 0)) == ["other", "parent"])
  }

  @Test("a job that another one names between plan and removal keeps its result")
  func awaitedMeanwhile() throws {
    try spool.putEnded("parent", ended: 1)
    let plan = try spool.access.planCleaning(CleanRequest(keep: 0))
    try spool.put("child.json", #"{"run":"true","after":["parent"]}"#, in: .inbox)
    let cleaner = try Cleaner(spool.access)
    #expect(try plan.items.map { try cleaner.remove($0) } == [false])
  }

  @Test("a job that somebody retries between plan and removal keeps everything")
  func race() throws {
    try spool.putEnded("a", .failed, exitCode: 1, ended: 1)
    try spool.put("a.out", "text", in: .jobLogs)
    let plan = try spool.access.planCleaning(CleanRequest(keep: 0))
    try spool.folders[.errors].move("a.json", to: spool.folders[.inbox], as: "a.json")
    let cleaner = try Cleaner(spool.access)
    #expect(try plan.items.map { try cleaner.remove($0) } == [false])
    #expect(try spool.names(.errors) == ["a.result.json"])
    #expect(try spool.names(.jobLogs) == ["a.out"])
  }

  @Test("a clean that dies at any step leaves the job where it is, or nothing", arguments: 1...6)
  func failing(step: Int) throws {
    try spool.putEnded("a", ended: 1)
    try spool.put("a.out", "text", in: .jobLogs)
    let plan = try #require(FaultPlan("EIO@\(step)"))
    let disk = FaultyDisk(plan)
    let access = try SpoolAccess(path: spool.path, disk: disk, now: { HandMadeSpool.now })
    let items = try access.planCleaning(CleanRequest(keep: 0)).items
    #expect(items.count == 1)
    for item in items { _ = try? Cleaner(access).remove(item) }  // failing is what is asked for
    #expect(disk.stepsTaken == min(step, 5), "or nothing is tested")
    let left = try spool.names(.done)
    #expect(left.isEmpty || left.contains("a.json"), "\(left)")
  }

  @Test("logs alone go by their own rule, of jobs that have ended or are gone")
  func logs() throws {
    try spool.put("settings.json", #"{"retention":{"logs":{"count":0}}}"#)
    try spool.putEnded("a")
    try spool.put("running.json", in: .processing)
    for name in ["a.out", "a.2.err", "running.out", "gone.out", "gone.2.out", "note.txt"] {
      try spool.put(name, "", in: .jobLogs)
    }
    #expect(Set(try clean()) == ["a", "gone"])
    #expect(try spool.names(.jobLogs) == ["note.txt", "running.out"])
    #expect(try spool.names(.done) == ["a.json", "a.result.json"])
  }
}
