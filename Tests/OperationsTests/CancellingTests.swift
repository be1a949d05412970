import Jobs
import Operations
import Platform
import Spool
import SpoolTestSupport
import Testing

@Suite struct CancellingTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  @Test("without a runner a waiting job is settled as cancelled", arguments: [SpoolPlace.inbox, .held])
  func waiting(place: SpoolPlace) throws {
    try spool.put("a.json", #"{"run":"true","group":"g","key":"k"}"#, in: place)
    #expect(try spool.access.cancel(["a"]) == [.cancelled(as: "a")])
    #expect(try spool.names(place).isEmpty)
    #expect(try spool.names(.processing).isEmpty)
    #expect(try spool.names(.errors) == ["a.json", "a.result.json"])
    let record = try spool.record("a.result.json", in: .errors)
    #expect(record.outcome?.status == .cancelled)
    #expect(record.group?.text == "g")
    #expect(record.jobKey == "k")
    #expect(record.finishedAt == HandMadeSpool.now)
  }

  @Test("without a runner a deferred job keeps its attempts in its result")
  func deferred() throws {
    try spool.putDeferred("a", due: 4_100_000_000)
    #expect(try spool.access.cancel(["a"]) == [.cancelled(as: "a")])
    #expect(try spool.names(.deferred).isEmpty)
    let record = try spool.record("a.result.json", in: .errors)
    #expect(record.outcome?.status == .cancelled)
    #expect(record.attempts.map(\.exitCode) == [3])
  }

  @Test("a cancelled retry keeps its one history", arguments: [FinalStatus.failed, .succeeded])
  func retried(status: FinalStatus) throws {
    try spool.putEnded("a", status, exitCode: 3)
    let home = status.isSuccess ? SpoolPlace.done : .errors
    try spool.folders[home].move("a.json", to: spool.folders[.inbox], as: "a.json")
    #expect(try spool.access.cancel(["a"]) == [.cancelled(as: "a")])
    #expect(try spool.names(.errors) == ["a.json", "a.result.json"])
    #expect(try spool.names(.done).isEmpty)
    let record = try spool.record("a.result.json", in: .errors)
    #expect(record.outcome?.status == .cancelled)
    #expect(record.attempts.count == 1)
  }

  @Test("a drop under a name that is held is cancelled under a number", arguments: [true, false])
  func numbered(hasRunner: Bool) throws {
    try spool.putEnded("a")
    try spool.put("a.json", #"{"run":"new"}"#, in: .inbox)
    let runner = hasRunner ? try spool.runner() : nil
    let outcome = try spool.access.cancel(["a"])
    withExtendedLifetime(runner) {}
    #expect(outcome == [hasRunner ? .moved(to: .errors, as: "a~2") : .cancelled(as: "a~2")])
    #expect(try spool.text("a~2.json", in: .errors) == #"{"run":"new"}"#)
    #expect(try spool.names(.done) == ["a.json", "a.result.json"])
    if !hasRunner { #expect(try spool.record("a~2.result.json", in: .errors).droppedAs == "a") }
  }

  @Test("beside a runner the job is only moved: the result is the runner's to write")
  func withRunner() throws {
    let runner = try spool.runner()
    try spool.put("a.json", in: .inbox)
    try spool.putDeferred("b", due: 4_100_000_000)
    #expect(
      try spool.access.cancel(["a", "b"]) == [.moved(to: .errors, as: "a"), .moved(to: .errors, as: "b")])
    #expect(try spool.names(.errors) == ["a.json", "b.json"])
    #expect(try spool.names(.deferred) == ["b.run.json"])
    #expect(try spool.access.cancel(["a"]) == [.already(.errors)])
    withExtendedLifetime(runner) {}
  }

  @Test("a running job is asked to end, once")
  func running() throws {
    try spool.put("a.json", in: .processing)
    #expect(try spool.access.cancel(["a"]) == [.requested])
    #expect(try spool.names(.processing) == ["a.cancel", "a.json"])
    #expect(try spool.access.cancel(["a"]) == [.requestedBefore])
  }

  @Test("what has ended stays as it is")
  func ended() throws {
    try spool.putEnded("a")
    try spool.putEnded("b", .failed, exitCode: 1)
    #expect(try spool.access.cancel(["a", "b", "c"]) == [.elsewhere(.done), .elsewhere(.errors), .unknown])
  }

  @Test("a request that comes as the job leaves does not stay behind")
  func leaving() throws {
    let disk = LeavingDisk(spool.path)
    let access = try SpoolAccess(path: spool.path, disk: disk)
    try spool.put("a.json", in: .processing)
    try spool.put("a.result.json", #"{"id":"a","status":"succeeded"}"#, in: .state)
    #expect(try access.cancel(["a"]) == [.elsewhere(.done)])
    #expect(try spool.names(.processing).isEmpty)
  }

  @Test("a cancel that dies at any step leaves one whole job with one home", arguments: 1...8)
  func failing(step: Int) throws {
    try spool.putDeferred("a", due: 4_100_000_000)
    let plan = try #require(FaultPlan("EIO@\(step)"))
    let disk = FaultyDisk(plan)
    let before = try spool.text("a.json", in: .deferred)
    // Failing is what is asked for.
    let said = try? SpoolAccess(path: spool.path, disk: disk).cancel(["a"])
    #expect(said == nil && disk.stepsTaken >= step)
    let homes = try SpoolPlace.jobStates.filter { try spool.folders[$0].has("a.json") }
    #expect(homes.count == 1)
    #expect(try homes.map { try spool.text("a.json", in: $0) } == [before])
    // Whoever asks again is served from where it is; what lies in `processing` is the next runner's to finish.
    let again: MoveOutcome =
      switch homes[0] {
      case .deferred: .cancelled(as: "a")
      case .processing: .requested
      default: .elsewhere(.errors)
      }
    #expect(try spool.access.cancel(["a"]) == [again])
  }
}

/// A disk on which a running job settles just before its cancel request is made.
private final class LeavingDisk: TestDisk {
  private let path: String
  init(_ path: String) { self.path = path }

  func create(_ name: String, in folder: Folder) throws(SystemError) -> Descriptor {
    let root = try Folder(path: path)
    let (state, done) = (try root.folder("state"), try root.folder("done"))
    if try state.has("a.result.json") {
      try state.move("a.result.json", to: done, as: "a.result.json")
      try folder.move("a.json", to: done, as: "a.json")
    }
    return try real.create(name, in: folder)
  }
}
