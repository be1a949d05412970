import Platform
import Spool
import TestSupport
import Testing

@testable import Runner

@Suite(.timeLimit(.minutes(60))) struct ScratchTests {
  private let place: TemporaryFolder
  private let folders: SpoolFolders

  init() throws {
    place = try TemporaryFolder()
    try SpoolFolders.make(path: place.path + "/spool")
    folders = try SpoolFolders(path: place.path + "/spool", makingMissing: true)
  }

  private func shell(_ line: String) { Command.shell("cd '\(place.path)/spool' && " + line) }

  @Test("a place that was left empty is used again")
  func again() throws {
    let pool = try ScratchPool(Disposal(folders: folders), path: { "/spool" }, isClean: true)
    let first = try pool.take(.process)
    #expect(!pool.giveBack(first, keeping: nil).areMoved)
    #expect(try pool.take(.process) === first && first.resultPath.hasPrefix("/spool/processing/.scratch/"))
  }

  @Test("a place that a sandbox had is never used again, however empty it was left")
  func neverAgain() throws {
    let worker = try busyWorker()
    let pool = try ScratchPool(Disposal(folders: folders, worker: worker), path: { "/spool" }, isClean: true)
    for kind in [ScratchPool.Kind.sandbox(user: nil), .process] {
      let first = try pool.take(kind)
      #expect(!pool.giveBack(first, keeping: nil).areMoved)
      let next = try pool.take(kind)
      #expect((next === first) == (kind == .process) && (next.name == first.name) == (kind == .process))
    }
    free(worker)
    #expect(try folders[.processing].folder(".scratch").names().count == 2)
  }

  @Test("a place whose folder many names have made large is not used again", arguments: ["work", "."])
  func large(folder: String) throws {
    let pool = try ScratchPool(Disposal(folders: folders), path: { "/spool" }, isClean: true)
    let first = try pool.take(.process)
    // 1,000 names of 200 letters: 200 KB and more, which ext4 keeps when they are gone.
    let long = String(repeating: "n", count: 200)
    shell(
      "cd processing/.scratch/\(first.name)/\(folder) && seq 1000 | sed s/^/\(long)/ | xargs touch && find . -name 'n*' -delete"
    )
    let size = try (folder == "work" ? first.work : first.outer).descriptor.status().size
    #expect(!pool.giveBack(first, keeping: nil).areMoved)
    #expect(try (pool.take(.process) === first) == (size <= 65_536))
  }

  @Test(
    "places that a person deleted are not used again", arguments: [".scratch/*", ".scratch", "../processing"])
  func deleted(what: String) throws {
    let pool = try ScratchPool(Disposal(folders: folders), path: { "/spool" }, isClean: true)
    let places = try (1...3).map { _ in try pool.take(.process) }
    for place in places { pool.giveBack(place, keeping: nil) }
    shell("cd processing && rm -rf \(what)")
    // What the next scan does; of the two others nobody hears.
    if what.hasSuffix("processing") { try folders.reopen(.processing) }
    for _ in 1...4 {
      let next = try pool.take(.process)
      #expect(!places.contains { $0 === next })
      try next.work.create("file").write([1])
      let lasting = try folders[.processing].folder(".scratch").folder(next.name).folder("work")
      #expect(try lasting.has("file"))
    }
  }

  @Test(
    "a tree that a job left is removed off the loop, and its place is not used again",
    arguments: [
      ("mkdir -p work/a/b; touch work/f", false), ("mkdir -p result/a; touch result/a/b", false),
      ("touch result after.json", true),
    ])
  func offTheLoop(line: String, isUsedAgain: Bool) throws {
    let worker = try busyWorker()
    let pool = try ScratchPool(Disposal(folders: folders, worker: worker), path: { "/spool" }, isClean: true)
    let scratch = try pool.take(.process)
    shell("cd processing/.scratch/\(scratch.name) && " + line)
    scratch.usedBeside = true
    #expect(!pool.giveBack(scratch, keeping: nil).areMoved)
    let all = try folders[.processing].folder(".scratch")
    #expect(try all.has(scratch.name))
    #expect(try (pool.take(.process) === scratch) == isUsedAgain)
    free(worker)
    #expect(try all.has(scratch.name) == isUsedAgain)
    if isUsedAgain { #expect(try scratch.outer.names() == ["work"]) }
  }

  @Test("what an earlier runner left is removed off the loop, also under the names of this one")
  func leftBehind() throws {
    shell("mkdir -p processing/.scratch/\(Machine.processID)-1/work/a processing/.scratch/gone-7-8/b")
    let worker = try busyWorker()
    let pool = try ScratchPool(Disposal(folders: folders, worker: worker), path: { "/spool" }, isClean: true)
    let scratch = try pool.take(.process)
    #expect(try Tree.isEmpty(scratch.work) && scratch.name != "\(Machine.processID)-1")
    free(worker)
    #expect(try folders[.processing].folder(".scratch").names() == [scratch.name])
  }

  @Test("a tree beside a job is out of the way at once, and gone later")
  func clear() throws {
    shell("mkdir -p processing/x.files/a/b")
    let worker = try busyWorker()
    let disposal = Disposal(folders: folders, worker: worker)
    for _ in 1...2 { try disposal.clear("x.files", from: folders[.processing]) }
    #expect(try !folders[.processing].has("x.files"))
    #expect(try folders[.processing].folder(".scratch").names().count == 1)
    free(worker)
    #expect(try folders[.processing].folder(".scratch").names() == [])
  }

  @Test(
    "what a job made before it mounted something on its own folder is kept, and what it mounted is left alone",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func mountedOver() throws {
    let disposal = try Disposal(folders: folders)
    let pool = try ScratchPool(disposal, path: { "/spool" }, isClean: true)
    let scratch = try pool.take(.process)
    let work = "\(place.path)/spool/processing/.scratch/\(scratch.name)/work"
    try scratch.work.create("made").write([1])
    let mount = try MountedFolder(size: "64k", at: work)
    try Folder(path: mount.path).create("theirs").write([2])
    let left = try pool.giveBack(scratch, keeping: (folders[.processing], "x.files"))
    #expect(left.areMoved && left.stuck == nil)
    #expect(try folders[.processing].folder("x.files").names() == ["made"])
    disposal.finish()
    _ = try ScratchPool(Disposal(folders: folders), path: { "/spool" }, isClean: true)
    #expect(try Folder(path: mount.path).names() == ["theirs"])
  }

  @Test(
    "files that cannot be moved stay, also at the next start, and it is said where",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func stuck() throws {
    let other = try MountedFolder(size: "64k")
    let disposal = try Disposal(folders: folders)
    let pool = try ScratchPool(disposal, path: { place.path + "/spool" }, isClean: true)
    let scratch = try pool.take(.process)
    try scratch.work.create("made").write([1])
    let left = try pool.giveBack(scratch, keeping: (Folder(path: other.path), "x.files"))
    let (path, error) = try #require(left.stuck)
    #expect(!left.areMoved && error.isCrossDevice)
    disposal.finish()
    let next = try Disposal(folders: folders)
    _ = try ScratchPool(next, path: { "/spool" }, isClean: true)
    next.finish()
    #expect(try Folder(path: path + "work").names() == ["made"])
  }

  /// A worker that does nothing until it is freed: opening a FIFO waits for its writer.
  private func busyWorker() throws -> Worker {
    let fifo = place.path + "/fifo"
    Command.shell("mkfifo '\(fifo)'")
    let worker = try Worker(name: "busy")
    worker.submit { _ = try? FileSystem.openForReading(path: fifo) }
    return worker
  }

  private func free(_ worker: Worker) {
    Command.shell("echo > '\(place.path)/fifo'")
    worker.finish()
  }
}
