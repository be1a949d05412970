import Platform
import TestSupport
import Testing

@testable import Torture

/// The short form of `bobbin-torture power`.
@Suite(.timeLimit(.minutes(60))) struct PowerTests {
  private let place: TemporaryFolder
  init() throws { place = try TemporaryFolder() }

  @Test(
    "after a power cut at any moment what was seen in done is there, and nothing that was accepted is lost",
    .enabled(if: Need.strace, "\(Need.straceSays)"), arguments: [1, 2, 3] as [UInt64])
  func cuts(seed: UInt64) throws {
    var options = TortureOptions()
    options.perCut = 8
    options.recoveries = 1
    options.size = 8
    let report = try Campaign(options).search(seed, in: place.folder)
    #expect(report.isClean, "\(report.text)")
    #expect(report.states > 500 && report.recovered > 50, "\(report.text)")
  }

  /// A disk with an empty spool, whose folders have these inodes.
  private static func spool(_ folders: [(Inode, String)]) -> Volume {
    let spool = 1
    var volume = Volume()
    volume.apply(.make(spool, .folder, mode: 0o700, at: Slot("spool", in: Volume.root)))
    for (inode, name) in folders { volume.apply(.make(inode, .folder, mode: 0o700, at: Slot(name, in: spool))) }
    return volume
  }

  /// A spool as a bad runner would leave it: it shows a result that is not on the disk, and forgets to sync a job.
  @Test("a runner that shows a result before it is on the disk is found out", arguments: Rules.allCases)
  func unsynced(rules: Rules) throws {
    let history = History(seed: 1, ground: "/g", size: 1)
    let drop = try #require(history.drops.first)
    let (inbox, processing, done) = (2, 3, 4)
    var start = Self.spool([(inbox, "inbox"), (processing, "processing"), (done, "done")])
    start.apply(.make(10, .file, mode: 0o600, at: Slot("x.json", in: inbox)))
    start.apply(.write(10, at: 0, drop.bytes))
    func settle(_ syncs: [Sync]) -> [Event] {
      let result = Array(#"{"id": "x", "status": "succeeded"}"#.utf8)
      let changes: [Change] = [
        .rename(10, from: Slot("x.json", in: inbox), to: Slot("x.json", in: processing)),
        .make(11, .file, mode: 0o600, at: Slot("x.run.json", in: processing)), .write(11, at: 0, result),
      ]
      let show: [Change] = [
        .rename(11, from: Slot("x.run.json", in: processing), to: Slot("x.result.json", in: done)),
        .rename(10, from: Slot("x.json", in: processing), to: Slot("x.json", in: done)),
      ]
      return changes.map { .change($0) } + syncs.map { .sync($0, began: 3) } + show.map { .change($0) }
    }
    func find(_ syncs: [Sync]) throws -> PowerReport {
      let search = PowerSearch(history, size: 1, bobbin: nil, place: nil)
      try search.search(Recording(start: start, events: settle(syncs)), rules, perCut: 500, recoveriesPerCut: 0)
      #expect(search.report.exhausted == search.report.cuts)
      return search.report
    }
    let good: [Sync] = [.file(11, isFull: false), .entries(processing)]
    #expect(try find(good).isClean)
    #expect(try find([.everything]).isClean)
    #expect(try find([]).findings.keys.contains(.resultLost))
    // The name without the bytes, the bytes without the name.
    #expect(try !find([good[1]]).isClean)
    // ext4's journal brings the name along, for the file was made after the folder changed.
    #expect(try find([good[0]]).isClean == (rules == .ext4))
  }

  /// The root of a spool with these files: paths and texts.
  private static func tree(_ files: [(String, String)]) -> Volume {
    let places = ["inbox", "processing", "done", "errors"]
    var volume = Volume()
    for (index, name) in places.enumerated() {
      volume.apply(.make(index + 1, .folder, mode: 0o700, at: Slot(name, in: Volume.root)))
    }
    for (index, (path, text)) in files.enumerated() {
      let parts = path.split(separator: "/").map(String.init)
      volume.apply(
        .make(10 + index, .file, mode: 0o600, at: Slot(parts[1], in: (places.firstIndex(of: parts[0]) ?? 0) + 1)))
      volume.apply(.write(10 + index, at: 0, Array(text.utf8)))
    }
    return volume
  }

  /// A record that came to the disk by luck, before anybody synced it and without the claim before it: nobody saw it.
  @Test("a finished record of a job that is in the inbox binds nobody, under whatever number", arguments: ["x", "x~2"])
  func unclaimed(id: String) {
    func record(_ status: String, attempts: Int) -> String {
      let dropped = id == "x" ? "" : #", "droppedAs": "x""#
      let list = Array(repeating: "{}", count: attempts).joined(separator: ", ")
      return #"{"id": "\#(id)", "status": "\#(status)", "attempts": [\#(list)]\#(dropped)}"#
    }
    let job = #"{"run": "exit 1"}"#
    let lucky = Self.tree([("inbox/x.json", job), ("processing/\(id).run.json", record("failed", attempts: 1))])
    let again = Self.tree([("errors/\(id).json", job), ("errors/\(id).result.json", record("failed", attempts: 2))])
    let log = Array(#"{"code": "job-started", "job": "\#(id)"}"#.utf8)
    #expect(RecoveryCheck(state: lucky, spool: Volume.root).findings(after: again, log: log).isEmpty)
    // In `processing` it is the job's end.
    let ended = Self.tree([
      ("processing/\(id).json", job), ("processing/\(id).run.json", record("failed", attempts: 1)),
    ])
    let codes = RecoveryCheck(state: ended, spool: Volume.root).findings(after: again, log: log).map(\.code)
    #expect(Set(codes) == [.resultLost, .ranAgain])
  }

  @Test("a record that nobody saw may get the end of its line in the recovery, a result that shows may not")
  func lastByte() {
    let (job, record) = (#"{"run": "true"}"#, #"{"id": "x", "status": "succeeded", "attempts": [{}]}"#)
    let after = Self.tree([("done/x.json", job), ("done/x.result.json", record + "\n")])
    func findings(_ files: [(String, String)]) -> [Finding.Code] {
      RecoveryCheck(state: Self.tree(files), spool: Volume.root).findings(after: after, log: []).map(\.code)
    }
    #expect(findings([("processing/x.json", job), ("processing/x.run.json", record)]) == [])
    #expect(findings([("done/x.json", job), ("done/x.result.json", record)]) == [.resultLost])
    let other = #"{"id": "x", "status": "succeeded", "attempts": [{}], "value": 1}"#
    #expect(findings([("processing/x.json", job), ("processing/x.run.json", other)]) == [.resultLost])
  }

  @Test("a task's state that is on the disk before the job that it tells of is found out", arguments: Rules.allCases)
  func unsyncedTime(rules: Rules) throws {
    let (inbox, tasks) = (2, 3)
    let start = Self.spool([(inbox, "inbox"), (tasks, "tasks")])
    let state = Array(#"{"task": "t", "occurrences": [{"id": "t@20260101T000000Z"}, {"skipped": "missed"}]}"#.utf8)
    let job: [Change] = [
      .make(10, .file, mode: 0o600, at: Slot("t@20260101T000000Z.json", in: inbox)),
      .write(10, at: 0, Array(#"{"run": "true"}"#.utf8)),
    ]
    let told: [Change] = [
      .make(11, .file, mode: 0o600, at: Slot("t.state.json", in: tasks)), .write(11, at: 0, state),
    ]
    func find(_ syncs: [Sync]) throws -> PowerReport {
      let search = PowerSearch(History(seed: 1, ground: "/g", size: 1), size: 1, bobbin: nil, place: nil)
      let events: [Event] = job.map { .change($0) } + syncs.map { .sync($0, began: 2) } + told.map { .change($0) }
      try search.search(Recording(start: start, events: events), rules, perCut: 500, recoveriesPerCut: 0)
      return search.report
    }
    #expect(try find([.file(10, isFull: false), .entries(inbox)]).isClean)
    // ext4 brings the names of both in their order.
    #expect(try find([.file(10, isFull: false)]).isClean == (rules == .ext4))
  }
}
