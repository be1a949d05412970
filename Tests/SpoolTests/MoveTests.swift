import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct MoveTests {
  private let stage: Stage
  private let mover: JobMover

  init() throws {
    stage = try Stage()
    mover = JobMover(folders: stage.folders, disk: KernelDisk())
  }

  private func isTaken(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return false
    } catch { return (error as? SystemError)?.isTaken == true }
  }

  @Test("a claim moves the file byte by byte, loses a race quietly, and never overwrites")
  func claim() throws {
    try stage.write("x.json", "bytes", in: .inbox)
    #expect(try mover.claim(Array("x.json".utf8), as: id("x~2")))
    #expect(try stage.text("x~2.json", in: .processing) == "bytes")
    #expect(try !mover.claim(Array("x.json".utf8), as: id("x")), "gone: the user was first")
    try stage.write("x.json", "other", in: .inbox)
    #expect(isTaken { _ = try mover.claim(Array("x.json".utf8), as: id("x~2")) })
    #expect(try stage.text("x.json", in: .inbox) == "other" && stage.text("x~2.json", in: .processing) == "bytes")
  }

  @Test(
    "settling shows the result before the job, takes the cancel request away, and can be repeated",
    arguments: [SpoolPlace.done, .errors])
  func settle(place: SpoolPlace) throws {
    for name in ["x.json", "x.run.json", "x.cancel"] { try stage.write(name, name, in: .processing) }
    try mover.settle(id("x"), in: place)
    #expect(try stage.names(place) == ["x.json", "x.result.json"] && stage.names(.processing) == [])
    #expect(try stage.text("x.result.json", in: place) == "x.run.json")
    try mover.settle(id("x"), in: place)
    #expect(try stage.names(place) == ["x.json", "x.result.json"])
  }

  @Test("a settling never overwrites a result or a job that stands there", arguments: ["x.result.json", "x.json"])
  func settleTaken(name: String) throws {
    for name in ["x.json", "x.run.json"] { try stage.write(name, "mine", in: .processing) }
    try stage.write(name, "theirs", in: .done)
    #expect(isTaken { try mover.settle(id("x"), in: .done) })
    #expect(try stage.text(name, in: .done) == "theirs")
    #expect(try stage.has("x.json", in: .processing))
    try mover.displace(name, in: .done)
    #expect(try stage.text(name + ".displaced-1", in: .done) == "theirs")
    try mover.settle(id("x"), in: .done)
    #expect(try stage.text("x.json", in: .done) == "mine" && stage.names(.processing) == [])
  }

  @Test(
    "a deferral moves the record, whose content time is the due time, then the job, and can be repeated at any point")
  func deferred() throws {
    let due = Timestamp(nanoseconds: 4_000_000_000_123_456_789)
    for name in ["x.json", "x.run.json"] { try stage.write(name, in: .processing) }
    try mover.deferUntil(due, id("x"))
    #expect(try stage.names(.deferred) == ["x.json", "x.run.json"])
    #expect(try stage.folders[.deferred].status("x.run.json")?.modified == due.nanoseconds)
    try stage.folders[.deferred].move("x.json", to: stage.folders[.processing], as: "x.json")
    try mover.deferUntil(due, id("x"))
    #expect(try stage.names(.deferred) == ["x.json", "x.run.json"])
  }

  @Test("a next attempt takes record and job; when the user took the job away the record stays")
  func resume() throws {
    for name in ["x.json", "x.run.json"] { try stage.write(name, in: .deferred) }
    #expect(try mover.resume(id("x")))
    #expect(try stage.names(.processing) == ["x.json", "x.run.json"])
    try stage.write("y.run.json", in: .deferred)
    #expect(try !mover.resume(id("y")))
    #expect(try stage.names(.deferred) == ["y.run.json"])
    #expect(try !mover.resume(id("z")))
  }

  @Test(
    "the sidecar of a retry becomes the record, with a new budget, before the job comes",
    arguments: [SpoolPlace.done, .errors])
  func adopt(place: SpoolPlace) throws {
    var record = JobRecord(id: id("x"), state: .finished(Outcome(.failed)))
    record.append(Attempt(number: 1, status: "failed"))
    try stage.write("x.result.json", String(decoding: record.encode(), as: UTF8.self), in: place)
    let again = record.retriedByHand(at: Timestamp(nanoseconds: 5_000_000_000))
    try mover.adoptSidecar(of: id("x"), from: place, as: again)
    #expect(try stage.names(place) == [] && stage.names(.processing) == ["x.run.json"])
    let read = try JobRecord.decode(Array(try stage.text("x.run.json", in: .processing).utf8))
    #expect(read.attempts.count == 1 && read.status == "running" && read.budgetStartedAt != nil)
  }

  @Test("a claim can be taken back unless a new drop has the name")
  func putBack() throws {
    try stage.write("x.json", "old", in: .processing)
    try stage.write("x.json", "new", in: .inbox)
    #expect(try !mover.putBack(id("x"), as: "x.json"))
    #expect(try stage.text("x.json", in: .inbox) == "new" && stage.text("x.json", in: .processing) == "old")
    try stage.folders[.inbox].remove("x.json")
    #expect(try mover.putBack(id("x"), as: "x.json"))
  }

  @Test(
    "a move into a folder that was deleted is an error, not a race that the user won",
    arguments: [SpoolPlace.processing, .done, .errors, .deferred, .inbox])
  func folderGone(place: SpoolPlace) throws {
    func isMissing(_ body: () throws -> Void) -> Bool {
      do {
        try body()
        return false
      } catch { return (error as? SystemError)?.isMissing == true }
    }
    let from: SpoolPlace = place == .processing ? .inbox : .processing
    for name in ["x.json", "x.run.json"] { try stage.write(name, name, in: from) }
    Command.shell("rm -r '\(stage.path)/\(place.rawValue)'")
    #expect(
      isMissing {
        switch place {
        case .processing: _ = try mover.claim(Array("x.json".utf8), as: id("x"))
        case .deferred: try mover.deferUntil(Timestamp(nanoseconds: 0), id("x"))
        case .inbox: _ = try mover.putBack(id("x"), as: "x.json")
        default: try mover.settle(id("x"), in: place)
        }
      })
    #expect(try stage.names(from) == ["x.json", "x.run.json"])
  }
}
