import Jobs
import Platform
import Scheduling
import Spool
import Testing

@testable import Runner

/// Who may start and who ends without a run, while others come, go and change.
@Suite(.timeLimit(.minutes(60))) struct WaitingRoomTests {
  /// A waiting room on an empty spool. What is admitted came long ago: whoever waits for a name that is missing has done so
  /// for longer than `afterTimeout`.
  private struct Stage {
    let spool: TestSpool
    let room: WaitingRoom
    let now: Int64

    init() throws {
      spool = try TestSpool()
      let core = try Core(RunnerOptions(spool: spool.path))
      now = core.wall
      room = WaitingRoom(core, started: 0, timeout: 3_600_000_000_000)
    }

    func admit(
      _ name: String, in origin: WaitingJob.Origin = .inbox, after: [String] = [], key: String? = nil,
      inode: UInt64 = 0,
      due: Int64 = .min
    ) {
      var terms = WaitingRoom.Terms()
      if !after.isEmpty { terms.after = After(jobs: after.map { JobID(unchecked: $0) }) }
      terms.key = key.map { KeyTable.Key(group: nil, key: $0) }
      room.admit(
        WaitingJob(
          name: JobID(unchecked: name), origin: origin, lane: .ungrouped, priority: 0, arrival: 0, inode: inode,
          due: due),
        terms: after.isEmpty && key == nil ? nil : terms, now: now)
    }

    func handle(_ name: String) throws -> Handle { try #require(room.handle(inbox: JobID(unchecked: name))) }
  }

  @Test("a job that is refused for waiting for itself never starts, however long its refusal waits")
  func circle() throws {
    let stage = try Stage()
    stage.admit("x", after: ["x"])
    #expect(!stage.room.canStart && stage.room.next() == nil)
    let verdict = try #require(stage.room.nextVerdict())
    #expect(verdict.outcome.code == "dependency-cycle")
    // The disk refuses the claim: it is as before.
    stage.room.putBack(verdict.handle, verdict.outcome, now: stage.now)
    stage.room.timePassed(now: .max)
    #expect(stage.room.hasVerdict && !stage.room.canStart)
  }

  @Test("what was found of a job goes with it, and does not meet the next one that gets its number")
  func freed() throws {
    let stage = try Stage()
    stage.admit("x", after: ["x"])
    let handle = try stage.handle("x")
    stage.room.leave(handle)
    stage.admit("y")
    #expect(try stage.handle("y") == handle && !stage.room.hasVerdict && stage.room.next() == handle)
  }

  @Test("who was found to wait for nobody waits all the same when the job comes before that is told")
  func cameAfterAll() throws {
    let stage = try Stage()
    stage.admit("x", after: ["a"])
    #expect(stage.room.hasVerdict)
    stage.admit("a")
    #expect(!stage.room.hasVerdict)
    #expect(try stage.room.next() == stage.handle("a") && !stage.room.canStart)
  }

  @Test("those that wait for a job wait for the one that replaces it, however long they have waited")
  func replaced() throws {
    let stage = try Stage()
    stage.admit("a", inode: 1)
    stage.admit("x", after: ["a"])
    stage.admit("a", inode: 2)
    #expect(!stage.room.hasVerdict)
    #expect(try stage.room.next() == stage.handle("a") && !stage.room.canStart)
  }

  @Test("a job that goes is missed no sooner than afterTimeout from then, and waited for when it is back")
  func away() throws {
    let stage = try Stage()
    stage.admit("a")
    stage.admit("x", after: ["a"])
    stage.room.leave(try stage.handle("a"))
    #expect(!stage.room.hasVerdict && !stage.room.canStart)
    stage.admit("a")
    #expect(try stage.room.next() == stage.handle("a"))
    stage.room.forget(try stage.handle("a"))
    stage.room.timePassed(now: .max)
    #expect(stage.room.hasVerdict)
  }

  @Test("a job that a listing saw in 'deferred' before its put-off was told waits there once")
  func seenBeforeTold() throws {
    let stage = try Stage()
    stage.admit("x")
    let handle = try #require(stage.room.next())
    stage.room.claimed(handle, as: JobID(unchecked: "x"), now: stage.now)
    stage.admit("x", in: .deferred)
    stage.room.readmit(handle, id: JobID(unchecked: "x"), due: .min, now: stage.now)
    #expect(stage.room.next() == handle && stage.room.next() == nil)
  }

  @Test("a job that keeps its place and finds its key with another one waits for it when it goes on")
  func keyGoneMeanwhile() throws {
    let stage = try Stage()
    stage.admit("b", key: "k")
    var terms = WaitingRoom.Terms()
    terms.key = KeyTable.Key(group: nil, key: "k")
    let id = JobID(unchecked: "a")
    let waiting = WaitingJob(
      name: id, origin: .deferred, lane: .ungrouped, priority: 0, arrival: 0, inode: 0, due: .min)
    let place = stage.room.holdPlace(waiting, terms: terms)
    #expect(try stage.room.next() == stage.handle("b"))
    stage.room.readmit(place, id: id, due: .min, now: stage.now)
    #expect(!stage.room.canStart && stage.room.next() == nil)
    stage.room.settled(try stage.handle("b"), id: JobID(unchecked: "b"), succeeded: false, now: stage.now)
    #expect(stage.room.next() == place)
  }

  @Test("a deferred job whose key is held by one that is to start later does not become due by itself")
  func keyHeld() throws {
    let stage = try Stage()
    stage.admit("later", key: "k", due: .max)
    stage.admit("x", in: .deferred, key: "k")
    #expect(!stage.room.hasRetryAhead)
    stage.room.leave(try stage.handle("later"))
    #expect(stage.room.hasRetryAhead)
  }
}
