import Platform
import Spool
import TestSupport
import Testing

@testable import Runner

@Suite(.timeLimit(.minutes(20))) struct ScratchTests {
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
    let pool = try ScratchPool(folders: folders, path: { "/spool" }, isClean: true)
    let first = try pool.take()
    #expect(!pool.giveBack(first, keeping: nil))
    #expect(try pool.take() === first && first.resultPath.hasPrefix("/spool/processing/.scratch/"))
  }

  @Test(
    "places that a person deleted are not used again", arguments: [".scratch/*", ".scratch", "../processing"])
  func deleted(what: String) throws {
    let pool = try ScratchPool(folders: folders, path: { "/spool" }, isClean: true)
    let places = try (1...3).map { _ in try pool.take() }
    for place in places { _ = pool.giveBack(place, keeping: nil) }
    shell("cd processing && rm -rf \(what)")
    // What the next scan does; of the two others nobody hears.
    if what.hasSuffix("processing") { try folders.reopen(.processing) }
    for _ in 1...4 {
      let next = try pool.take()
      #expect(!places.contains { $0 === next })
      try next.work.create("file").write([1])
      let lasting = try folders[.processing].folder(".scratch").folder(next.name).folder("work")
      #expect(lasting.has("file"))
    }
  }
}
