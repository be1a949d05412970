import Jobs
import Platform
import Spool
import SpoolTestSupport
import TestSupport
import Testing

@testable import Runner

/// The result of a job that a person moved to `errors`, on its way to the disk.
@Suite(.timeLimit(.minutes(60))) struct CancelledWorkTests {
  private let place: TemporaryFolder
  private let folders: SpoolFolders
  private let work: SettleWork

  init() throws {
    place = try TemporaryFolder()
    try SpoolFolders.make(path: place.path + "/spool")
    folders = try SpoolFolders(path: place.path + "/spool", makingMissing: true)
    let disk = KernelDisk()
    work = SettleWork(
      mover: JobMover(folders: folders, disk: disk), writer: RecordWriter(disk),
      record: JobRecord(id: JobID(unchecked: "x"), state: .finished(Outcome(.cancelled))),
      goal: .cancel(historyIn: .deferred), files: [], hasRecord: false)
    try folders[.errors].create("x.json").write([0x7B, 0x7D])
    try folders[.deferred].create("x.run.json").write([0x7B, 0x7D])
  }

  private func names(_ place: SpoolPlace) throws -> [String] {
    try folders[place].names().filter { !place.children.contains($0) }.sorted()
  }

  @Test("it is nowhere before it was synced, then beside the job, and the history goes; more often is no harm")
  func shown() throws {
    let written = try work.write()
    #expect(written.files.count == 1 && written.places == [.errors] && work.sealed == .errors)
    #expect(try !folders[.errors].has("x.result.json") && names(.processing).isEmpty)
    for _ in 1...2 { try work.show() }
    #expect(try names(.errors) == ["x.json", "x.result.json"] && names(.deferred).isEmpty)
    let result = try JobRecord.decode(folders[.errors].open("x.result.json").readAll(limit: 10_000))
    #expect(result.status == "cancelled")
  }

  @Test("each try writes a new file")
  func again() throws {
    let first = try work.write()
    let second = try work.write()
    #expect(try first.files[0].status().inode != second.files[0].status().inode)
    #expect(try names(.errors) == [".x.result.json.new", "x.json"])
  }

  @Test("a job that was taken back meanwhile gets none, and its history stays")
  func takenBack() throws {
    _ = try work.write()
    try folders[.errors].move("x.json", to: folders[.inbox], as: "x.json")
    for _ in 1...2 { try work.show() }
    #expect(try names(.errors).isEmpty && names(.deferred) == ["x.run.json"])
  }

  @Test("a job that is taken back just before its result shows has none, and its history stays")
  func takenBackLate() throws {
    let late = SettleWork(
      mover: work.mover, writer: RecordWriter(TakingDisk(folders)), record: work.record, goal: work.goal, files: [],
      hasRecord: false)
    _ = try late.write()
    for _ in 1...2 { try late.show() }
    #expect(try names(.errors).isEmpty && names(.inbox) == ["x.json"] && names(.deferred) == ["x.run.json"])
  }

  @Test("a job that ends where a person moved another of its name leaves that one under an id of its own")
  func namesake() throws {
    let ending = SettleWork(
      mover: work.mover, writer: work.writer,
      record: JobRecord(id: JobID(unchecked: "x"), state: .finished(Outcome(.failed))), goal: .settle(.errors),
      files: [], hasRecord: false)
    try folders[.processing].create("x.json").write(Array("ending".utf8))
    try folders[.errors].create("x~2.json").write([0x7B, 0x7D])
    _ = try ending.write()
    for _ in 1...2 { try ending.show() }
    #expect(try names(.errors) == ["x.json", "x.result.json", "x~2.json", "x~3.json"] && names(.processing).isEmpty)
    #expect(try folders[.errors].open("x.json").readAll(limit: 100) == Array("ending".utf8))
    #expect(try folders[.errors].open("x~3.json").readAll(limit: 100) == [0x7B, 0x7D])
  }

  @Test("a result that a person put there stays as it is")
  func taken() throws {
    _ = try work.write()
    try folders[.errors].create("x.result.json").write(Array("mine".utf8))
    try work.show()
    #expect(try folders[.errors].open("x.result.json").readAll(limit: 100) == Array("mine".utf8))
    #expect(try names(.errors) == ["x.json", "x.result.json"])
  }
}

/// A disk on which a person takes the job back at the moment when its result gets its name.
private final class TakingDisk: TestDisk {
  private let folders: SpoolFolders
  init(_ folders: SpoolFolders) { self.folders = folders }

  func move(_ name: String, from: Folder, to: Folder, as newName: String) throws(SystemError) {
    if newName == "x.result.json" { try folders[.errors].move("x.json", to: folders[.inbox], as: "x.json") }
    try real.move(name, from: from, to: to, as: newName)
  }
}
