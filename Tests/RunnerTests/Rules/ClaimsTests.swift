import Jobs
import Platform
import Scheduling
import Spool
import TestSupport
import Testing

@testable import Runner

/// What is looked at ahead of a free slot counts only as long as nothing changed.
@Suite(.timeLimit(.minutes(60))) struct ClaimsTests {
  /// The part of a runner that claims, on a spool with one job that waits.
  private struct Stage {
    let spool: TestSpool
    let room: WaitingRoom
    let claims: Claims
    let handle: Handle

    init(_ json: String) throws {
      spool = try TestSpool()
      try spool.drop("x", json)
      let core = try Core(RunnerOptions(spool: spool.path))
      room = WaitingRoom(core, started: core.wall, timeout: 1 << 40)
      let settler = try Settler(core, notify: {}, ended: { _, _ in }, deferred: { _, _, _ in })
      claims = Claims(core, room: room, lanes: Lanes(folders: core.folders, log: core.log), settler: settler)
      let status = try #require(try spool.folder(.inbox).status("x.json"))
      room.admit(
        WaitingJob(
          name: JobID(unchecked: "x"), origin: .inbox, lane: .ungrouped, priority: 0, arrival: status.changed,
          inode: status.inode, due: .min),
        terms: nil, now: core.wall)
      handle = try #require(room.next())
    }

    func command(_ claimed: Claimed?) throws -> Job.Command { try #require(claimed).content.get().run }
  }

  private static let json = #"{"run":["a"]}"#

  @Test("what was looked at ahead is what is claimed")
  func unchanged() throws {
    let stage = try Stage(Self.json)
    let ready = try #require(stage.claims.prepare(stage.handle))
    #expect(ready.job.run == .arguments(["a"]))
    #expect(stage.spool.has("inbox/x.json"), "looking ahead moves nothing")
    let claimed = try #require(stage.claims.claim(stage.handle))
    #expect(try claimed.content.get().run == .arguments(["a"]) && claimed.id.text == "x" && claimed.file != nil)
    #expect(claimed.ahead === ready)
    #expect(stage.spool.has("processing/x.json") && !stage.spool.has("inbox/x.json"))
  }

  @Test(
    "a drop that was replaced or written to since it was looked at is looked at anew, and is not claimed as it is",
    arguments: ["mv .new inbox/x.json", "cat .new > inbox/x.json"], [true, false])
  func other(line: String, isAhead: Bool) throws {
    let stage = try Stage(Self.json)
    if isAhead { _ = try #require(stage.claims.prepare(stage.handle)) }
    var names: [[UInt8]] = []
    stage.claims.lookAgain = { names.append($0) }
    stage.spool.shell(#"printf '{"run":["b"]}' > .new && \#(line)"#)
    #expect(stage.claims.claim(stage.handle) == nil)
    #expect(names == [Array("x.json".utf8)] && stage.room[stage.handle] == nil)
    #expect(stage.spool.has("inbox/x.json") && !stage.spool.has("processing/x.json"))
  }

  @Test("a file that was taken away in between is no job")
  func gone() throws {
    let stage = try Stage(Self.json)
    _ = try #require(stage.claims.prepare(stage.handle))
    stage.spool.shell("mv inbox/x.json held/")
    #expect(stage.claims.claim(stage.handle) == nil)
    #expect(stage.room[stage.handle] == nil)
  }

  @Test("an id that is held is not looked at ahead, and its number is not used up")
  func held() throws {
    let stage = try Stage(Self.json)
    stage.spool.shell("cp inbox/x.json done/x.json")
    #expect(stage.claims.prepare(stage.handle) == nil)
    #expect(try #require(stage.claims.claim(stage.handle)).id.text == "x~2")
  }

  @Test("a job of that name in processing is seen by the claim itself, and what was looked at ahead gets a number")
  func heldInProcessing() throws {
    let stage = try Stage(Self.json)
    _ = try #require(stage.claims.prepare(stage.handle))
    stage.spool.shell(#"printf '{"run":["other"]}' > processing/x.json"#)
    let claimed = try #require(stage.claims.claim(stage.handle))
    #expect(try claimed.id.text == "x~2" && stage.command(claimed) == .arguments(["a"]))
    #expect(try stage.spool.text("processing/x.json") == #"{"run":["other"]}"#, "the other is as it was")
  }

  @Test("a job whose record came to processing before it is not looked at ahead: it has a history")
  func halfClaimed() throws {
    let stage = try Stage(Self.json)
    let id = JobID(unchecked: "x")
    var record = JobRecord(id: id)
    record.attemptsUsed = 7
    try stage.spool.replace("errors/x.result.json", String(decoding: record.encode(), as: UTF8.self))
    try stage.claims.adoptSidecar(of: id, from: .errors, as: record)
    // The disk refused the other half: its claim is tried again.
    #expect(stage.spool.has("processing/x.run.json") && stage.claims.prepare(stage.handle) == nil)
    let claimed = try #require(stage.claims.claim(stage.handle))
    #expect(claimed.id == id && claimed.hasRecord && claimed.ahead == nil)
  }

  @Test("once an id was asked for, what was seen free before counts no longer")
  func asked() throws {
    let stage = try Stage(Self.json)
    _ = try #require(stage.claims.prepare(stage.handle))
    // As a refused file would that takes the id meanwhile.
    #expect(try stage.claims.choose(for: JobID(unchecked: "x")).id.text == "x")
    stage.spool.shell("cp inbox/x.json errors/x.json")
    #expect(try #require(stage.claims.claim(stage.handle)).id.text == "x~2")
  }

  @Test("what ends without a run is not claimed by what was read for one")
  func verdict() throws {
    let stage = try Stage(Self.json)
    _ = try #require(stage.claims.prepare(stage.handle))
    let claimed = stage.claims.claim(stage.handle, for: Outcome(.expired, code: "expired", reason: "too late"))
    #expect(claimed != nil && stage.spool.has("processing/x.json"))
  }
}
