import Platform
import TestSupport
import Testing

@testable import Torture

/// The short form of `bobbin-torture cuts`.
@Suite("Power cuts", .timeLimit(.minutes(60))) struct CutTests {
  private let place: TemporaryFolder
  init() throws { place = try TemporaryFolder() }

  @Test(
    "what was seen in done and what was accepted is on the disk at any moment, and the next boot brings all to its end",
    .enabled(if: Need.clones, "\(Need.clonesSays)"))
  func cuts() throws {
    let search = CutSearch(
      try CutOptions(["--cuts", "8", "--per-life", "4", "--size", "60", "--folder", place.path]))
    let told = Locked("")
    let isClean = try search.run { text in told.withLock { $0 += text } }
    let text = told.withLock { $0 }
    #expect(isClean, "\(text)")
    #expect(text.contains("8 cuts of"), "\(text)")
  }

  /// A spool, what was seen in it, and what is left of it.
  ///
  /// - Parameters:
  ///   - live: what happens before it is looked at; - left: and after; - again: what ran after the cut.
  private func findings(_ live: String = ":", left: String, again: [String] = []) throws -> Set<Finding.Code> {
    let drops = Self.history.drops
    let script = """
      cd '\(place.path)' && mkdir -p notes spool && cd spool
      mkdir -p inbox held processing deferred done errors keys tasks
      """
    #expect(Command.shell(script).isSuccess)
    let spool = try Folder(path: place.path + "/spool")
    let notes = try Folder(path: place.path + "/notes")
    for drop in [drops[0], Self.once] {
      try spool.folder("done").create(drop.stem + ".json").write(drop.bytes)
      try spool.folder("done").create(drop.stem + ".result.json").write(Array(#"{"status": "succeeded"}"#.utf8))
    }
    _ = try notes.append("told").write(Array("accepted \(drops[0].number)\naccepted \(drops[0].number)".utf8))
    _ = try notes.append("ran").write(Array("\(Self.once.number) 1\n".utf8))
    #expect(Command.shell("cd '\(spool.path)'; \(live)").isSuccess)
    var witness = Witness(spool: spool.path, notes: notes)
    try witness.look()
    #expect(witness.account.accepted == [drops[0].number])
    #expect(Command.shell("cd '\(spool.path)'; \(left)").isSuccess)
    let state = try Volume(reading: spool, path: "") { _ in false }
    let check = WitnessCheck(witness.account, touched: try witness.touched(), history: Self.history)
    return Set((check.findings(in: state) + check.findings(in: state, after: state, ran: again)).map(\.code))
  }

  private static let history = History(seed: 1, ground: "/g", size: 60, notes: "/n")
  /// A drop that is not to be run again, and the only one of its name.
  private static let once: History.Drop = {
    let drops = history.drops
    return drops.dropFirst().first { drop in
      Content(drop.bytes).facts.rerun == false && drops.count { $0.stem == drop.stem } == 1
    } ?? drops[1]
  }()

  @Test("a witness has nothing to say of a disk that has all that was seen") func whole() throws {
    #expect(try findings(left: ":", again: ["\(Self.once.number) 2"]) == [])
  }

  @Test(
    "a witness finds what is lost, torn, doubled, left or forgotten",
    arguments: [
      ("rm done/FIRST.result.json", .resultLost), ("echo '{' > done/FIRST.result.json", .torn),
      ("rm done/FIRST.json", .jobLost), ("cp done/FIRST.json errors/", .twoHomes),
      ("mv done/FIRST.json inbox/", .notRecovered), (": > done/FIRST.json", .jobLost),
      ("mv done/ONCE.json inbox/; rm done/ONCE.result.json", .historyLost),
    ] as [(String, Finding.Code)])
  func found(left: String, code: Finding.Code) throws {
    let first = Self.history.drops[0].stem
    let line = left.split(separator: "FIRST", omittingEmptySubsequences: false).joined(separator: first)
      .split(separator: "ONCE", omittingEmptySubsequences: false).joined(separator: Self.once.stem)
    #expect(try findings(left: line).contains(code))
  }

  @Test("a witness finds a job that is not to be run again and was") func ranAgain() throws {
    #expect(try findings(left: ":", again: ["\(Self.once.number) 1"]) == [.ranAgain])
  }

  @Test("what is known of a place in errors is the job that lies there now, not one that was moved there before it")
  func namesake() throws {
    let spool = try TemporaryFolder("spool")
    let notes = try TemporaryFolder("notes")
    for place in ["inbox", "processing", "done", "errors"] { try spool.folder.makeFolder(place) }
    var witness = Witness(spool: spool.path, notes: notes.folder)
    let (ended, moved) = (Self.history.drops[1].bytes, Self.history.drops[2].bytes)
    try spool.folder.folder("errors").create("t.json").write(moved)
    try witness.look()
    let settled = Command.shell(
      "cd '\(spool.path)/errors'; mv t.json t~2.json; echo '{\"status\": \"failed\"}' > t.result.json")
    #expect(settled.isSuccess)
    try spool.folder.folder("errors").create("t.json").write(ended)
    try witness.look()
    // Nobody had synced the bytes of the one that was moved.
    #expect(Command.shell(": > '\(spool.path)/errors/t~2.json'").isSuccess)
    func lost() throws -> [Finding.Code] {
      let state = try Volume(reading: spool.folder, path: "") { _ in false }
      return WitnessCheck(witness.account, touched: [], history: Self.history).findings(in: state).map(\.code)
    }
    #expect(try lost() == [])
    #expect(Command.shell(": > '\(spool.path)/errors/t.json'").isSuccess)
    #expect(try lost() == [.jobLost])
  }

  @Test("what a person took back from errors is nobody's loss") func touched() throws {
    let live = """
      echo '{"x": 1}' > errors/t.json; echo '{"status": "failed"}' > errors/t.result.json
      printf '\\ntouched t\\n' >> ../notes/told
      """
    #expect(try findings(live, left: "rm errors/t.result.json; mv errors/t.json held/") == [])
  }
}
