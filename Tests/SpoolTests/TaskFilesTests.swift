import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct TaskFilesTests {
  private let stage: Stage
  private let files: TaskFiles
  private let homes: JobHomes

  init() throws {
    stage = try Stage()
    files = TaskFiles(folders: stage.folders, disk: KernelDisk())
    homes = JobHomes(stage.folders)
  }

  @Test(
    "a job is found in whatever folder it lies, and what came of it where only that is left",
    arguments: [
      ("x.json", SpoolPlace.inbox), ("x.json", .held), ("x.json", .processing), ("x.json", .deferred),
      ("x.json", .done),
      ("x.json", .errors), ("x.result.json", .done), ("x.result.json", .errors),
    ])
  func home(name: String, place: SpoolPlace) throws {
    #expect(try homes.home(of: id("x")) == nil)
    try stage.write(name, in: place)
    #expect(try homes.home(of: id("x")) == place)
    for other in ["y", "x~2", "X"] { #expect(try homes.home(of: id(other)) == nil) }
  }

  @Test(
    "a record without its job is no home: a claim or a deferral was cut short",
    arguments: [
      SpoolPlace.processing, .deferred,
    ])
  func recordAlone(place: SpoolPlace) throws {
    try stage.write("x.run.json", in: place)
    #expect(try homes.home(of: id("x")) == nil)
  }

  @Test("of two homes the one that comes first on a job's way is told: a retry waits beside its old result")
  func order() throws {
    let way: [SpoolPlace] = [.inbox, .held, .processing, .deferred, .done, .errors]
    for (index, first) in way.enumerated() {
      for second in way[(index + 1)...] {
        for place in [first, second] { try stage.write("x.json", in: place) }
        #expect(try homes.home(of: id("x")) == first, "\(first) and \(second)")
        for place in [first, second] { try stage.folders[place].remove("x.json") }
      }
    }
    try stage.write("x.result.json", in: .errors)
    try stage.write("x.json", in: .inbox)
    #expect(try homes.home(of: id("x")) == .inbox)
  }

  @Test("a result is read, and one that a person wrote is told from none")
  func result() throws {
    #expect(try homes.result(of: id("x"), in: .done) == nil)
    var record = JobRecord(id: id("x"))
    record.state = .finished(Outcome(.succeeded))
    try stage.write("x.result.json", String(decoding: record.encode(), as: UTF8.self), in: .done)
    guard case .success(let read)? = try homes.result(of: id("x"), in: .done) else {
      Issue.record("not read")
      return
    }
    #expect(read.status == "succeeded")
    try stage.write("y.result.json", "mine", in: .done)
    guard case .failure? = try homes.result(of: id("y"), in: .done) else {
      Issue.record("taken for a result")
      return
    }
  }

  @Test("a state is read through no link, and a folder is none")
  func state() throws {
    try stage.write("elsewhere", #"{"task": "t", "handledUntil": "2025-01-01T00:00:00Z"}"#, in: .state)
    #expect(symlink(in: .tasks, "t.state.json", to: "../state/elsewhere"))
    #expect(try files.state(of: "t") == nil)
    try stage.folders[.tasks].makeFolder("u.state.json")
    #expect(try files.state(of: "u") == nil)
    try stage.write("v.state.json", "{", in: .tasks)
    guard case .failure? = try files.state(of: "v") else {
      Issue.record("read")
      return
    }
    try files.displaceState(of: "v")
    #expect(try files.state(of: "v") == nil && stage.text("v.state.json.displaced-1", in: .tasks) == "{")
  }

  private func symlink(in place: SpoolPlace, _ name: String, to target: String) -> Bool {
    Command.shell("ln -s '\(target)' '\(stage.path)/\(place.rawValue)/\(name)'").isSuccess
  }

  // MARK: the end

  private func make(_ names: [String], in place: SpoolPlace) throws {
    for name in names { try stage.write(name, name, in: place) }
  }

  @Test(
    "a task's end moves it and its state, under the first number that is free for both, and drops our copy",
    arguments: [
      ([], "t"), (["t.json"], "t~2"), (["t.state.json"], "t~2"), (["t.json", "t~2.state.json"], "t~3"),
      (["T.json"], "t"),
    ])
  func finish(taken: [String], name: String) throws {
    try make(["t.json", "t.state.json", ".t.good.json"], in: .tasks)
    for other in taken { try stage.write(other, "theirs", in: .doneTasks) }
    #expect(try files.finish("t") == name)
    #expect(try stage.text(name + ".json", in: .doneTasks) == "t.json")
    #expect(try stage.text(name + ".state.json", in: .doneTasks) == "t.state.json")
    for other in taken { #expect(try stage.text(other, in: .doneTasks) == "theirs") }
    #expect(try stage.names(.tasks) == [])
  }

  @Test("cut short after any of its steps it comes to the same end when it is done again", arguments: 1...3)
  func finishAgain(step: Int) throws {
    try make(["t.json", "t.state.json", ".t.good.json"], in: .tasks)
    let failing = TaskFiles(folders: stage.folders, disk: FaultyDisk(try #require(FaultPlan("EIO@\(step)"))))
    #expect(throws: SystemError.self) { try failing.finish("t") }
    #expect(try files.finish("t") == "t")
    #expect(try stage.names(.doneTasks) == ["t.json", "t.state.json"] && stage.names(.tasks) == [])
  }

  @Test("of a task that was found gone the state alone goes, also when the name has come again")
  func finishState() throws {
    try make(["t.json", "t.state.json"], in: .tasks)
    try files.finishState(of: "t")
    #expect(try stage.names(.doneTasks) == ["t.state.json"] && stage.names(.tasks) == ["t.json"])
    try files.finishState(of: "t")
    #expect(try stage.names(.doneTasks) == ["t.state.json"])
  }

  @Test("names of states, hidden names and others are no tasks")
  func stems() {
    func stem(_ name: String) -> String? {
      TaskFile.stem(of: Array(name.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(stem("t.json") == "t" && stem("a.b.json") == "a.b" && stem("t.state.x.json") == "t.state.x")
    for name in ["t.state.json", ".t.json", ".json", "t.JSON", "t.json~", "json", "", ".t.good.json", "t.json.new"] {
      #expect(stem(name) == nil, "\(name)")
    }
    #expect(TaskFile.stateStem(of: "t.state.json") == "t" && TaskFile.stateStem(of: "a.b.state.json") == "a.b")
    for name in [".state.json", "t.json", ".t.state.json", "t.state.json.displaced-1"] {
      #expect(TaskFile.stateStem(of: name) == nil, "\(name)")
    }
  }
}
