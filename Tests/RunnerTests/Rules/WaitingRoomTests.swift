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
      room = WaitingRoom(
        after: AfterBook(
          folders: core.folders, writer: core.writer, disk: core.disk, started: 0, timeout: { 3_600_000_000_000 }),
        keyFiles: KeyFiles(folders: core.folders, writer: core.writer))
    }

    func admit(_ name: String, after: [String] = [], inode: UInt64 = 0) {
      var terms: WaitingRoom.Terms?
      if !after.isEmpty { terms = WaitingRoom.Terms(after: After(jobs: after.map { JobID(unchecked: $0) })) }
      room.admit(
        WaitingJob(
          name: JobID(unchecked: name), origin: .inbox, lane: .ungrouped, priority: 0, arrival: 0, inode: inode,
          due: .min),
        terms: terms, now: now)
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
}
