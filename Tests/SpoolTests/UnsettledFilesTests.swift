import Platform
import Spool
import Testing

@Suite("Files that are not whole") struct UnsettledFilesTests {
  private let stage: Stage
  private let name = Array("x.json".utf8)
  init() throws { stage = try Stage() }

  private func status(_ text: String) throws -> FileStatus {
    if try stage.has("x.json", in: .inbox) { try stage.folders[.inbox].remove("x.json") }
    try stage.write("x.json", text, in: .inbox)
    return try #require(try stage.folders[.inbox].status("x.json"))
  }

  @Test("one is quiet when it was seen unchanged for so long, counted anew after each change")
  func quiet() throws {
    var files = UnsettledFiles()
    let first = try status("{")
    #expect(!files.isQuiet(name, first, for: 0, now: 100) && files.nextLook(quiet: 50) == nil)
    files.wait(for: name, first, isHeldOpen: false, now: 100)
    files.wait(for: name, first, isHeldOpen: false, now: 140)
    #expect(files.nextLook(quiet: 50) == 150)
    #expect(!files.isQuiet(name, first, for: 50, now: 149) && files.unchanged(for: 50, now: 149).isEmpty)
    #expect(files.isQuiet(name, first, for: 50, now: 150) && files.unchanged(for: 50, now: 150) == [name])
    let second = try status("{ }")
    #expect(!files.isQuiet(name, second, for: 50, now: 150))
    files.wait(for: name, second, isHeldOpen: false, now: 150)
    #expect(files.nextLook(quiet: 50) == 200)
    files.forget(name)
    #expect(!files.contains(name) && !files.hasSettling)
  }

  @Test("one that somebody holds open does not settle by itself")
  func heldOpen() throws {
    var files = UnsettledFiles()
    let first = try status("{")
    files.wait(for: name, first, isHeldOpen: true, now: 100)
    #expect(files.heldOpen == [name] && !files.hasSettling && files.contains(name))
    #expect(files.nextLook(quiet: 50) == nil && files.unchanged(for: 50, now: 900).isEmpty)
    // Let go of as it was, it has been quiet all along.
    files.wait(for: name, first, isHeldOpen: false, now: 200)
    #expect(files.heldOpen.isEmpty && files.isQuiet(name, first, for: 50, now: 200))
  }
}
