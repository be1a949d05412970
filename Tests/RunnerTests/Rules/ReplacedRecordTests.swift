import Jobs
import Platform
import Spool
import SpoolTestSupport
import TestSupport
import Testing

@testable import Runner

/// The kernel's disk, which notes names that were taken from whole files by files that were not synced.
private final class WatchedDisk: TestDisk {
  private struct Seen {
    var synced: Set<UInt64> = []
    var early: [String] = []
    /// Folders with a replacement that is not on the disk.
    var open: Set<String> = []
    /// What was moved out of such a folder.
    var shown: [String] = []
    /// Keeps the inodes from being used again.
    var held: [Descriptor] = []
  }

  private let seen = Locked(Seen())

  var early: [String] { seen.withLock { $0.early } }
  var shownEarly: [String] { seen.withLock { $0.shown } }

  func create(_ name: String, in folder: Folder) throws(SystemError) -> Descriptor {
    let file = try real.create(name, in: folder)
    seen.withLock { $0.held.append(file) }
    return file
  }
  func sync(_ file: Descriptor) throws(SystemError) {
    let inode = try file.status().inode
    seen.withLock { _ = $0.synced.insert(inode) }
  }
  func syncEntries(of folder: Folder) throws(SystemError) { seen.withLock { _ = $0.open.remove(folder.path) } }
  func syncAll(_ folder: Folder) throws(SystemError) {
    seen.withLock { seen in
      seen.open = []
      for file in seen.held { if let status = try? file.status() { seen.synced.insert(status.inode) } }
    }
  }
  func move(_ name: String, from: Folder, to: Folder, as newName: String) throws(SystemError) {
    seen.withLock { if $0.open.contains(from.path) { $0.shown.append(name) } }
    try real.move(name, from: from, to: to, as: newName)
  }
  func replace(_ name: String, with other: String, in folder: Folder) throws(SystemError) {
    let inode = try folder.status(other)?.inode ?? 0
    seen.withLock { seen in
      if !seen.synced.contains(inode) { seen.early.append(name) }
      seen.open.insert(folder.path)
    }
    try real.replace(name, with: other, in: folder)
  }
}

/// A power loss may leave a name with nothing in it if it was given to a file before the file's bytes were on the disk: a
/// record that tells of attempts, or that a job must not run again, would be gone with it.
@Suite(.timeLimit(.minutes(60))) struct ReplacedRecordTests {
  private let folders: SpoolFolders
  private let place: TemporaryFolder
  private let disk = WatchedDisk()

  init() throws {
    place = try TemporaryFolder()
    try SpoolFolders.make(path: place.path + "/spool")
    folders = try SpoolFolders(path: place.path + "/spool", makingMissing: true)
  }

  private func carryOut(_ items: [GroupCommit.Item], isDurable: Bool) throws -> Int {
    let commit = try GroupCommit(disk: disk, folders: folders, isDurable: isDurable, notify: {})
    commit.submit(items)
    commit.finish()
    return commit.takeOutcomes().count { if case .shown = $0.outcome { true } else { false } }
  }

  @Test(
    "a record takes the place of an earlier one when its bytes are on the disk, and shows when the place is",
    arguments: [1, 8], [SettleWork.Goal.settle(.done), .deferUntil(Timestamp(seconds: 0)), .running])
  func job(jobs: Int, goal: SettleWork.Goal) throws {
    let writer = RecordWriter(disk)
    let items = try (1...jobs).map { number in
      let id = JobID(unchecked: "x\(number)")
      try folders[.processing].create(JobFile.job(id.text)).write(Array("{}".utf8))
      try writer.writeDurably(JobRecord(id: id).encode(), as: JobFile.record(id.text), in: folders[.processing])
      let work = SettleWork(
        mover: JobMover(folders: folders, disk: disk), writer: writer,
        record: JobRecord(id: id, state: .finished(Outcome(.succeeded))), goal: goal, files: [], hasRecord: true)
      return GroupCommit.Item(ticket: number, write: work.write, show: work.show)
    }
    #expect(try carryOut(items, isDurable: true) == jobs)
    #expect(disk.early == [] && disk.shownEarly == [])
    #expect(try folders[.processing].names().filter { $0.hasSuffix(".new") } == [])
    if case .settle = goal {
      for number in 1...jobs {
        let bytes = try folders[.done].open(JobFile.result("x\(number)")).readAll(limit: 10_000)
        #expect(try JobRecord.decode(bytes).status == "succeeded")
      }
    }
  }

  @Test("so does the record of a message", arguments: [1, 8])
  func message(messages: Int) throws {
    let files = MessageFiles(folders: folders, disk: disk)
    for attempt in 1...2 {
      let items = (1...messages).map { number in
        var record = MessageRecord(id: "m\(number)")
        record.attemptsUsed = attempt
        return files.begin(record, of: JobID(unchecked: "m\(number)"), nil, ticket: number)
      }
      #expect(try carryOut(items, isDurable: true) == messages)
    }
    #expect(disk.early == [] && disk.shownEarly == [])
    for number in 1...messages {
      #expect(try files.record(of: JobID(unchecked: "m\(number)"), in: .sending)?.get().attemptsUsed == 2)
    }
  }

  @Test("without syncs the record takes its place all the same")
  func relaxed() throws {
    let files = MessageFiles(folders: folders, disk: disk)
    let item = files.begin(MessageRecord(id: "m"), of: JobID(unchecked: "m"), nil, ticket: 1)
    #expect(try carryOut([item], isDurable: false) == 1)
    #expect(try folders[.sending].names() == ["m.run.json"])
  }
}
