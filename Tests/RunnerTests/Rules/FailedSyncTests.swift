import Jobs
import Platform
import Spool
import SpoolTestSupport
import TestSupport
import Testing

@testable import Runner

/// The kernel's disk, of which the first syncs fail: it notes which inodes each sync was for. A sync of all is for
/// whatever has the names that a job's end depends on.
private final class FailingDisk: TestDisk {
  struct Sync: Equatable {
    let inodes: Set<UInt64>
    let failed: Bool
  }

  private let folders: SpoolFolders
  private let names: [(SpoolPlace, String)]
  private let failures: Int
  /// Keeps every file of a sync open, so that no inode is used again.
  private let held = Locked<[Descriptor]>([])
  let syncs = Locked<[Sync]>([])
  /// Jobs of the batch under way that wrote all theirs: of others a sync of all promises nothing.
  let written = Locked<Set<String>>([])

  init(_ folders: SpoolFolders, failures: Int, names: [(SpoolPlace, String)]) {
    (self.folders, self.failures, self.names) = (folders, failures, names)
  }

  private func note(_ inodes: [UInt64]) throws(SystemError) {
    let failed = syncs.withLock { syncs in
      syncs.append(Sync(inodes: Set(inodes), failed: syncs.count < failures))
      return syncs.count <= failures
    }
    if failed { throw SystemError(call: "sync", code: SystemError.inputOutput) }
  }

  func sync(_ file: Descriptor) throws(SystemError) {
    held.withLock { $0.append(file) }
    try note([file.status().inode])
  }
  func syncEntries(of folder: Folder) throws(SystemError) { try note([]) }
  func syncAll(_ folder: Folder) throws(SystemError) {
    var inodes: [UInt64] = []
    let ids = written.withLock { $0 }
    for (place, shown) in names where ids.contains(String(shown.prefix { $0 != "." })) {
      // What is to replace it, where it lies beside it.
      let name = try folders[place].has(".\(shown).new") ? ".\(shown).new" : shown
      guard try folders[place].has(name) else { continue }
      let file = try folders[place].open(name)
      held.withLock { $0.append(file) }
      inodes.append(try file.status().inode)
    }
    try note(inodes)
  }
}

/// DESIGN §3: "After a failed sync the bytes are written to a new file; the same descriptor is never synced twice."
@Suite(.timeLimit(.minutes(60))) struct FailedSyncTests {
  private static let text = #"{"run": "yes | head -c 100000"}"#

  @Test(
    "no file is synced again after its sync failed, and what shows in the end is whole",
    arguments: [1, 4], 1...6)
  func neverTwice(jobs: Int, failures: Int) throws {
    let place = try TemporaryFolder()
    try SpoolFolders.make(path: place.path + "/spool")
    let folders = try SpoolFolders(path: place.path + "/spool", makingMissing: true)
    let ids = (1...jobs).map { JobID(unchecked: "x\($0)") }
    let names = ids.flatMap { id in
      [(SpoolPlace.processing, id.text + ".json"), (.processing, id.text + ".run.json"), (.jobLogs, id.text + ".out")]
    }
    let disk = FailingDisk(folders, failures: failures, names: names)
    let output = [UInt8](repeating: 0x79, count: 100_000)
    let works = try ids.map { id in
      try folders[.processing].create(JobFile.job(id.text)).write(Array(Self.text.utf8))
      let file = try #require(
        try DropReader(maxBytes: 1000).readClaimed(JobFile.job(id.text), in: folders[.processing]).file)
      let log = try folders[.jobLogs].create(id.text + ".out")
      try log.write(output)
      var checksum = Checksum()
      output.withUnsafeBytes { checksum.add($0) }
      return SettleWork(
        mover: JobMover(folders: folders, disk: disk), writer: RecordWriter(disk),
        record: JobRecord(id: id, state: .finished(Outcome(.succeeded))), goal: .settle(.done),
        files: [
          LastingFile(file, name: JobFile.job(id.text), in: .processing),
          LastingFile(log, name: id.text + ".out", in: .jobLogs, checksum: checksum),
        ], hasRecord: false)
    }
    var left = Set(ids.indices)
    for attempt in 0...failures where !left.isEmpty {
      disk.written.withLock { $0 = [] }
      let commit = try GroupCommit(disk: disk, folders: folders, isDurable: true, notify: {})
      commit.submit(
        left.sorted().map { index in
          let work = works[index]
          return GroupCommit.Item(
            ticket: index,
            write: { () throws(SystemError) in
              let written = try (attempt == 0 ? work : work.again()).write()
              disk.written.withLock { _ = $0.insert(work.record.id.text) }
              return written
            }, show: work.show)
        })
      commit.finish()
      for case (let ticket, .shown) in commit.takeOutcomes() { left.remove(ticket) }
    }
    #expect(left == [])
    let syncs = disk.syncs.withLock { $0 }
    #expect(syncs.count { $0.failed } == failures)
    for (index, sync) in syncs.enumerated() where sync.failed {
      for later in syncs[(index + 1)...] { #expect(later.inodes.isDisjoint(with: sync.inodes)) }
    }
    for id in ids {
      #expect(try folders[.done].open(JobFile.job(id.text)).readAll(limit: 1000) == Array(Self.text.utf8))
      #expect(try folders[.jobLogs].open(id.text + ".out").readAll(limit: 200_000) == output)
      #expect(
        try JobRecord.decode(folders[.done].open(JobFile.result(id.text)).readAll(limit: 10_000)).status == "succeeded")
    }
    for place in [SpoolPlace.processing, .jobLogs] {
      #expect(try folders[place].names().filter { $0.hasSuffix(".new") } == [])
    }
  }
}

extension SettleWork {
  /// The same once its record is there.
  fileprivate func again() -> SettleWork {
    SettleWork(mover: mover, writer: writer, record: record, goal: goal, files: files, hasRecord: true)
  }
}
