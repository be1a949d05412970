import Jobs
import Platform
import TestSupport
import Testing

@testable import Spool

/// What is under way, by slot, as the next runner reads it.
@Suite(.timeLimit(.minutes(60))) struct RunTableTests {
  private let stage: Stage
  init() throws { stage = try Stage() }

  @Test("the runs that a killed runner leaves are read back, the ended ones are not")
  func runTable() throws {
    let folder = try stage.folders[.processing]
    let long = String(repeating: "é", count: 100)
    let table = try RunTable(folder: folder, slots: 4)
    let null = try FileSystem.openNull()
    var pids: [Int32] = []
    let before = Clock.continuous()
    for (slot, name) in ["a", long, "c"].enumerated() {
      let birth = try #require(table.begin(slot: slot, id: id(name), attempt: slot + 1))
      let program = Program(paths: ["/bin/true", "/usr/bin/true"], arguments: ["true"], environment: [])
      pids.append(try program.start(input: null, output: null, error: null, birth: birth))
    }
    for pid in pids { _ = Children.wait(for: pid) }
    _ = table.begin(slot: 3, id: id("never-born"), attempt: 1)
    table.end(slot: 0)
    let contents = try #require(try RunTable.read(folder: folder))
    #expect(contents.origin == .here && contents.runs.allSatisfy { $0.origin == .here })
    #expect(contents.runs.map(\.id) == [id(long), id("c")] && contents.runs.map(\.attempt) == [2, 3])
    for (run, expected) in zip(contents.runs, pids.dropFirst()) {
      guard case .begun(expected, let time) = run.state else {
        Issue.record("\(run) is not of \(expected)")
        continue
      }
      #expect(time >= before && time <= Clock.continuous())
    }
    // A new table is another file: what the old runner's children still note goes nowhere.
    let next = try RunTable(folder: folder, slots: 4)
    #expect(try RunTable.read(folder: folder)?.runs == [])
    withExtendedLifetime((table, next)) {}
  }

  @Test("a table goes on in another folder when its own was deleted")
  func tableContinues() throws {
    let old = try RunTable(folder: try stage.folders[.processing], slots: 100)
    let null = try FileSystem.openNull()
    for (slot, name) in ["a", "b"].enumerated() {
      let birth = try #require(old.begin(slot: slot, id: id(name), attempt: 1))
      let program = Program(paths: ["/bin/true", "/usr/bin/true"], arguments: ["true"], environment: [])
      _ = Children.wait(for: try program.start(input: null, output: null, error: null, birth: birth))
    }
    Command.shell("rm -rf '\(stage.path)/processing'")
    try stage.folders.reopen(.processing)
    let next = try RunTable(continuing: old, in: stage.folders[.processing])
    next.end(slot: 0)
    let contents = try #require(try RunTable.read(folder: stage.folders[.processing]))
    #expect(contents.runs.map(\.id) == [id("b")] && contents.origin == .here && next.slots == 100)
  }

  @Test(
    "a table that is torn, foreign or not there is read as none",
    arguments: ["", "x", String(repeating: "y", count: 5000)])
  func badTable(text: String) throws {
    #expect(try RunTable.read(folder: try stage.folders[.processing]) == nil)
    try stage.write(".runs", text, in: .processing)
    #expect(try RunTable.read(folder: try stage.folders[.processing]) == nil)
  }

  @Test(
    "an entry whose process is none is passed over: cut to 32 bits it would be the machine's own session, 0",
    arguments: [1 << 34, 1 << 33 | 5, -1, Int64.min, 1 << 31] as [Int64])
  func badProcess(pid: Int64) throws {
    let folder = try stage.folders[.processing]
    let table = try RunTable(folder: folder, slots: 1)
    _ = table.begin(slot: 0, id: id("a"), attempt: 1)
    var bytes = try folder.open(".runs").readAll(limit: 1 << 20)
    // The first entry lies behind 256 bytes, and begins with its process.
    for (place, isGood) in [(pid, false), (77, true)] {
      bytes.withUnsafeMutableBytes { $0.storeBytes(of: place, toByteOffset: 256, as: Int64.self) }
      #expect(RunTable.contents(of: bytes)?.runs.map(\.state) == (isGood ? [.begun(pid: 77, before: 0)] : []))
    }
  }

  @Test("a new table has what is carried over until it is forgotten, or its job begins anew, also in another folder")
  func carries() throws {
    let there = RunTable.Origin(machine: "there", boot: "then")
    let long = String(repeating: "é", count: 100)
    let runs = [
      RunTable.Earlier(id: id("a"), attempt: 3, .begun(pid: 77, before: 5), origin: .here),
      RunTable.Earlier(id: id("c"), attempt: 1, .begun(pid: 78, before: 6), origin: there),
      RunTable.Earlier(id: id("e"), attempt: 2, .ended, origin: .here),
      RunTable.Earlier(id: id("f"), attempt: 2, .stopped, origin: there),
      RunTable.Earlier(id: id(long), attempt: .max, .claimed, origin: there),
      RunTable.Earlier(id: id("d"), attempt: 1, .claimed, origin: RunTable.Origin(machine: Machine.id, boot: "")),
    ]
    func contents() throws -> RunTable.Contents {
      try #require(try RunTable.read(folder: stage.folders[.processing]))
    }
    let table = try RunTable(folder: stage.folders[.processing], slots: 1, carrying: runs)
    #expect(try contents().origin == .here && contents().runs == runs)
    #expect(try contents().origin(of: id("c")) == there && contents().origin(of: id("nobody")) == .here)
    table.forget(id("a"))
    #expect(try contents().runs == Array(runs.dropFirst()))
    Command.shell("rm -rf '\(stage.path)/processing'")
    try stage.folders.reopen(.processing)
    let next = try RunTable(continuing: table, in: stage.folders[.processing])
    #expect(try contents().runs == Array(runs.dropFirst()))
    #expect(next.begin(slot: 0, id: id("c"), attempt: 2) != nil)
    #expect(try contents().runs == Array(runs[2...]), "what begins has a note of its own soon")
    #expect(next.begin(slot: next.slots, id: id("x"), attempt: 1) == nil, "no slot is where something was carried to")
  }

  @Test("however much is carried over, the table can be read again, and who ran is in it")
  func carriesMany() throws {
    let runs = (1...9000).map { number in
      RunTable.Earlier(id: id("j\(number)"), attempt: 1, number == 9000 ? .ended : .claimed, origin: .here)
    }
    let table = try RunTable(folder: stage.folders[.processing], slots: 1024, carrying: runs)
    let contents = try #require(try RunTable.read(folder: stage.folders[.processing]))
    #expect(contents.runs.count == 4096 && contents.run(of: id("j9000"))?.state == .ended)
    withExtendedLifetime(table) {}
  }

  @Test("that a run ended is told until its result is on the disk, in a later runner's table too")
  func ended() throws {
    func states() throws -> [String: RunTable.State] {
      let runs = try #require(try RunTable.read(folder: stage.folders[.processing])).runs
      return Dictionary(uniqueKeysWithValues: runs.map { ("\($0.id.text) \($0.attempt)", $0.state) })
    }
    let table = try RunTable(folder: stage.folders[.processing], slots: 1)
    // The slot is another's at once.
    for (attempt, name) in ["a", "b", "c"].enumerated() {
      _ = table.begin(slot: 0, id: id(name), attempt: attempt + 1)
      table.end(slot: 0, of: id(name))
    }
    _ = table.begin(slot: 0, id: id("d"), attempt: 1)
    #expect(try states() == ["a 1": .ended, "b 2": .ended, "c 3": .ended])
    table.forget(id("a"))
    #expect(table.begin(slot: 1, id: id("c"), attempt: 4) != nil)
    #expect(try states() == ["b 2": .ended])
    table.stop()
    #expect(try states() == ["b 2": .stopped])
    let known = try #require(try RunTable.read(folder: stage.folders[.processing])).runs
    let next = try RunTable(folder: stage.folders[.processing], slots: 1, carrying: known)
    _ = next.begin(slot: 0, id: id("e"), attempt: 5)
    next.end(slot: 0, of: id("e"))
    #expect(try states() == ["b 2": .stopped, "e 5": .ended])
    next.forget(id("b"))
    #expect(try states() == ["e 5": .ended])
  }

  @Test(
    "a run that ends when too many results are on their way ends all the same, and a place that is free again is taken")
  func manyEnded() throws {
    let table = try RunTable(folder: stage.folders[.processing], slots: 1)
    let places = table.slots + RunTable.mostResults
    func told() throws -> Set<String> {
      Set(try #require(try RunTable.read(folder: stage.folders[.processing])).runs.map(\.id.text))
    }
    func run(_ name: String) {
      _ = table.begin(slot: 0, id: id(name), attempt: 1)
      table.end(slot: 0, of: id(name))
    }
    for number in 1...places + 2 { run("j\(number)") }
    #expect(try told() == Set((1...places).map { "j\($0)" }))
    for number in [1, 7] { table.forget(id("j\(number)")) }
    for name in ["x", "y", "z"] { run(name) }
    #expect(try told() == Set((1...places).map { "j\($0)" } + ["x", "y"]).subtracting(["j1", "j7"]))
    table.end(slot: table.slots, of: id("beyond"))
    #expect(try told().count == places)
  }

  @Test("a slot beyond the table has no place and harms nothing")
  func beyond() throws {
    let table = try RunTable(folder: try stage.folders[.processing], slots: 1)
    #expect(table.begin(slot: table.slots, id: id("x"), attempt: 1) == nil)
  }
}
