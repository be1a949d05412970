import Jobs
import Platform
import SpoolTestSupport
import TestSupport
import Testing

@testable import Spool

/// The kernel's disk, of which chosen syncs fail; it remembers every descriptor and every folder that was synced.
private final class SyncingDisk: TestDisk {
  let failing: Set<Int>
  let synced = Locked<[Int32]>([])
  let folders = Locked<[UInt64]>([])

  init(failing: Set<Int>) { self.failing = failing }

  private func step(_ number: Int32, _ folder: Folder? = nil) throws(SystemError) {
    if let inode = try folder?.descriptor.status().inode { folders.withLock { $0.append(inode) } }
    let count = synced.withLock { list in
      list.append(number)
      return list.count
    }
    if failing.contains(count) { throw SystemError(call: "sync", code: SystemError.inputOutput) }
  }

  func sync(_ file: Descriptor) throws(SystemError) { try step(file.number) }
  func syncEntries(of folder: Folder) throws(SystemError) { try step(-1, folder) }
  func syncAll(_ folder: Folder) throws(SystemError) { try step(-2, folder) }
}

@Suite(.timeLimit(.minutes(60))) struct DiskTests {
  private let stage: Stage
  init() throws { stage = try Stage() }

  /// Commits so many items in one batch and answers what was shown and what not, by ticket.
  private func commit(_ count: Int, failing: Set<Int>, writeFails: Int? = nil) throws -> (
    outcomes: [Int: String], shown: [Int], disk: SyncingDisk
  ) {
    let disk = SyncingDisk(failing: failing)
    let shown = Locked<[Int]>([])
    let commit = try GroupCommit(
      disk: disk, folders: stage.folders, isDurable: true, notify: {})
    let folder = try stage.folders[.processing]
    commit.submit(
      (0..<count).map { ticket in
        GroupCommit.Item(
          ticket: ticket,
          write: { () throws(SystemError) in
            if ticket == writeFails { throw SystemError(call: "write", code: SystemError.noSpace) }
            return .init(files: [try folder.create("f\(ticket)-\(UInt32.random(in: 0 ... .max))")])
          }, show: { () throws(SystemError) in shown.withLock { $0.append(ticket) } })
      })
    commit.finish()
    var outcomes: [Int: String] = [:]
    for (ticket, outcome) in commit.takeOutcomes() {
      outcomes[ticket] =
        switch outcome {
        case .shown: "shown"
        case .notWritten: "not written"
        case .notSynced: "not synced"
        case .notShown: "not shown"
        }
    }
    return (outcomes, shown.withLock { $0.sorted() }, disk)
  }

  @Test("what was synced is shown, alone or with many", arguments: [1, 3, 4, 100])
  func shown(count: Int) throws {
    let (outcomes, shown, _) = try commit(count, failing: [])
    #expect(shown == Array(0..<count) && Set(outcomes.values) == ["shown"])
  }

  @Test("when the sync of a few fails, nothing of the file it failed for is shown")
  func single() throws {
    let (outcomes, shown, disk) = try commit(3, failing: [2])
    #expect(outcomes == [0: "shown", 1: "not synced", 2: "shown"] && shown == [0, 2])
    let files = disk.synced.withLock { $0.filter { $0 >= 0 } }
    #expect(Set(files).count == files.count, "no descriptor is synced twice")
  }

  @Test("a file of two items whose sync failed for the one is not synced for the other")
  func shared() throws {
    let disk = SyncingDisk(failing: [1])
    let commit = try GroupCommit(disk: disk, folders: stage.folders, isDurable: true, notify: {})
    let file = try stage.folders[.processing].create("f")
    commit.submit(
      (0..<2).map { ticket in
        GroupCommit.Item(ticket: ticket, write: { () throws(SystemError) in .init(files: [file]) }, show: {})
      })
    commit.finish()
    let failed = commit.takeOutcomes().count { if case .notSynced = $0.outcome { true } else { false } }
    #expect(failed == 2 && disk.synced.withLock { $0.count { $0 == file.number } } == 1)
  }

  @Test("when the folder's sync fails, nothing of the batch is shown")
  func folder() throws {
    let (outcomes, shown, _) = try commit(2, failing: [3])
    #expect(Set(outcomes.values) == ["not synced"] && outcomes.count == 2 && shown == [])
  }

  @Test("when the shared sync of many fails, nothing of the batch is shown")
  func together() throws {
    let (outcomes, shown, disk) = try commit(50, failing: [1])
    #expect(Set(outcomes.values) == ["not synced"] && outcomes.count == 50 && shown == [])
    #expect(disk.synced.withLock { $0 } == [-2])
  }

  @Test("one that cannot be written holds up no other")
  func unwritten() throws {
    let (outcomes, shown, _) = try commit(5, failing: [], writeFails: 3)
    #expect(outcomes[3] == "not written" && shown == [0, 1, 2, 4])
  }

  @Test(
    "a folder that was deleted and made again is synced as it is now", arguments: [SpoolPlace.processing, .inbox],
    [1, 9])
  func replaced(place: SpoolPlace, count: Int) throws {
    let disk = SyncingDisk(failing: [])
    let commit = try GroupCommit(disk: disk, folders: stage.folders, isDurable: true, notify: {})
    let items = (0..<count).map { ticket in
      GroupCommit.Item(
        ticket: ticket, write: { () throws(SystemError) in .init(files: [try FileSystem.openNull()]) }, show: {})
    }
    let old = try stage.folders[place].descriptor.status().inode
    Command.shell("cd '\(stage.path)' && mv \(place.rawValue) old && mkdir \(place.rawValue)")
    try stage.folders.reopen(place)
    commit.submit(items)
    commit.finish()
    let synced = disk.folders.withLock { $0 }
    let new = try stage.folders[place].descriptor.status().inode
    #expect(!synced.contains(old) && (synced.contains(new) || count > 3))
    // syncfs(2) tells an opener of no error before it: it goes through the one folder that is never opened anew.
    if count > 3 { #expect(try synced == [stage.folders.root.descriptor.status().inode]) }
  }

  /// One whose syncs of everything take long, those that are said, by a clock that nothing else moves.
  private final class SlowDisk: TestDisk {
    let isSlow: [Bool]
    let together = Locked(0)
    let time = Locked<Int64>(0)

    init(_ isSlow: [Bool]) { self.isSlow = isSlow }

    func syncAll(_ folder: Folder) {
      let number = together.withLock { count in
        count += 1
        return count - 1
      }
      pass(number < isSlow.count && isSlow[number] ? 251_000_000 : 250_000_000)
    }

    func pass(_ nanoseconds: Int64) { time.withLock { $0 += nanoseconds } }
  }

  #if DEBUG
    @Test(
      "syncs of everything that take long twice in a row are given up for a minute, one alone is not",
      arguments: [([true, false, true, false], 4), ([false, true, true, false], 3)])
    func slow(isSlow: [Bool], together: Int) throws {
      let disk = SlowDisk(isSlow + [false])
      let commit = GroupCommit(inline: disk, folders: stage.folders, isDurable: true) { disk.time.withLock { $0 } }
      func submit() {
        commit.submit(
          (0..<4).map { ticket in
            GroupCommit.Item(
              ticket: ticket, write: { () throws(SystemError) in .init(files: [try FileSystem.openNull()]) }, show: {})
          })
      }
      for _ in isSlow { submit() }
      #expect(disk.together.withLock { $0 } == together)
      disk.pass(59_999_000_000)
      if together < isSlow.count { submit() }
      #expect(disk.together.withLock { $0 } == together)
      disk.pass(1_000_000)
      submit()
      #expect(disk.together.withLock { $0 } == together + 1)
    }
  #endif

  // MARK: records

  #if DEBUG
    @Test("a record that cannot be written whole leaves nothing, and the old one stays", arguments: 1...4)
    func torn(step: Int) throws {
      let folder = try stage.folders[.processing]
      try stage.write("x.run.json", "old", in: .processing)
      let writer = RecordWriter(FaultyDisk(try #require(FaultPlan("ENOSPC@\(step)"))))
      #expect { try writer.writeDurably(Array("new and longer".utf8), as: "x.run.json", in: folder) } throws: {
        ($0 as? SystemError)?.isFull == true
      }
      let text = try stage.text("x.run.json", in: .processing)
      #expect(text == "old" || (step == 4 && text == "new and longer"))
      #expect(try stage.names(.processing) == ["x.run.json"])
    }

    @Test(
      "a new record on a full disk leaves nothing", arguments: ["ENOSPC:create@1", "ENOSPC:write@1", "EIO:write@1"])
    func newTorn(plan: String) throws {
      let writer = RecordWriter(FaultyDisk(try #require(FaultPlan(plan))))
      #expect(throws: SystemError.self) {
        _ = try writer.writeNew(Array("record".utf8), as: "x.run.json", in: try stage.folders[.processing])
      }
      #expect(try stage.names(.processing) == [])
    }

    @Test(
      "a fault plan is read as written, and nothing else is one",
      arguments: [
        ("kill@3", true), ("EIO@1-9", true), ("ENOSPC:write@2", true), ("EIO@0", false), ("EIO@5-2", false),
        ("EIO", false),
        ("ENONSENSE@1", false), ("", false), ("kill@", false),
      ])
    func plans(text: String, isPlan: Bool) { #expect((FaultPlan(text) != nil) == isPlan) }
  #endif

  @Test("a new record never replaces one that is there")
  func newTaken() throws {
    try stage.write("x.run.json", "old", in: .processing)
    let writer = RecordWriter(KernelDisk())
    #expect { _ = try writer.writeNew([1], as: "x.run.json", in: try stage.folders[.processing]) } throws: {
      ($0 as? SystemError)?.isTaken == true
    }
    #expect(try stage.text("x.run.json", in: .processing) == "old")
  }

  @Test("a temporary that a crash left is no hindrance")
  func leftTemporary() throws {
    try stage.write(".x.run.json.new", "torn", in: .processing)
    try RecordWriter(KernelDisk()).writeDurably(
      Array("whole".utf8), as: "x.run.json", in: try stage.folders[.processing])
    #expect(try stage.names(.processing) == ["x.run.json"] && stage.text("x.run.json", in: .processing) == "whole")
  }
}
