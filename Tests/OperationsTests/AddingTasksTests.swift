import Jobs
@testable import Operations
import Platform
import Spool
import Testing

@Suite struct AddingTasksTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  private static let bytes = Array("{ \"schedule\": \"@daily\", \"job\": { \"run\": \"true\" } }\n".utf8)

  @Test("a task is added byte for byte, and nothing else is left in the folder")
  func add() throws {
    #expect(try spool.access.addTask(name: "a", bytes: Self.bytes))
    #expect(try spool.names(.tasks) == ["a.json"])
    #expect(try spool.text("a.json", in: .tasks) == String(decoding: Self.bytes, as: UTF8.self))
  }

  @Test("a name that is taken is told, and what has it stays", arguments: [false, true])
  func taken(isPaused: Bool) throws {
    let place = try spool.folders[isPaused ? .pausedTasks : .tasks]
    try place.create("a.json").write(Array("x".utf8))
    #expect(try !spool.access.addTask(name: "a", bytes: Self.bytes))
    #expect(try place.open("a.json").readAll(limit: 10) == Array("x".utf8))
    #expect(try spool.names(.tasks) == (isPaused ? [] : ["a.json"]))
    #expect(try spool.access.addTask(name: "b", bytes: Self.bytes))
  }

  @Test("a name that no task can have is an error", arguments: ["", ".a", "-a", "a/b", "../a", "a.state", "a\u{0}b"])
  func badName(name: String) throws {
    #expect(throws: OperationError.self) { try spool.access.addTask(name: name, bytes: Self.bytes) }
    #expect(try spool.names(.tasks).isEmpty)
  }

  @Test("a folder of tasks that somebody removed is made anew")
  func removedFolder() throws {
    try spool.folders[.tasks].removeFolder("paused")
    try spool.folders.root.removeFolder("tasks")
    #expect(try SpoolAccess(path: spool.path).addTask(name: "a", bytes: Self.bytes))
    try spool.folders.root.folder("tasks").remove("a.json")
    try spool.folders.root.removeFolder("tasks")
    // Also one that was open already.
    #expect(try spool.access.addTask(name: "a", bytes: Self.bytes))
    #expect(try spool.folders.root.folder("tasks").names() == ["a.json"])
  }

  @Test("a disk that fails at any step adds all or nothing", arguments: ["ENOSPC", "EIO"], 1...5)
  func failing(code: String, step: Int) throws {
    let plan = try #require(FaultPlan("\(code)@\(step)"))
    let access = try SpoolAccess(path: spool.path, disk: FaultyDisk(plan))
    let isAdded = try? access.addTask(name: "a", bytes: Self.bytes)  // failing is what is asked for
    #expect(isAdded == nil)
    let names = try spool.names(.tasks)
    #expect(names.isEmpty || names == ["a.json"], "\(names)")
    if names == ["a.json"] { #expect(try spool.text("a.json", in: .tasks).utf8.count == Self.bytes.count) }
  }

  @Test("of many that add the same name one is the first")
  func race() async throws {
    let path = spool.path
    let won = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask { (try? SpoolAccess(path: path).addTask(name: "a", bytes: Self.bytes)) ?? false }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(won == 1)
    #expect(try spool.names(.tasks) == ["a.json"])
  }
}
