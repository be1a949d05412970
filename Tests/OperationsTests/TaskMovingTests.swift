import Jobs
import Operations
import Platform
import Spool
import Testing

@Suite struct TaskMovingTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  @Test("pause and resume rename a task's file and nothing else, and again is no fault")
  func pause() throws {
    try spool.putTask("x")
    try spool.putState("x")
    let inode = try spool.inode("x.json", in: .tasks)
    #expect(try spool.access.pauseTasks(["x"]) == [.moved(to: .pausedTasks, as: "x")])
    #expect(try spool.inode("x.json", in: .pausedTasks) == inode)
    #expect(try spool.names(.tasks).contains("x.state.json"))
    #expect(try spool.access.pauseTasks(["x"]) == [.already(.pausedTasks)])
    #expect(try spool.access.resumeTasks(["x", "y"]) == [.moved(to: .tasks, as: "x"), .unknown])
    #expect(try spool.inode("x.json", in: .tasks) == inode)
    #expect(try spool.access.resumeTasks(["x"]) == [.already(.tasks)])
  }

  @Test("nothing is overwritten by a pause or a resume")
  func taken() throws {
    try spool.putTask("x", #"{"every":"1h"}"#)
    try spool.putTask("x", #"{"every":"2h"}"#, in: .pausedTasks)
    #expect(try spool.access.pauseTasks(["x"]) == [.taken(.pausedTasks)])
    #expect(try spool.access.resumeTasks(["x"]) == [.taken(.tasks)])
    #expect(try spool.text("x.json", in: .tasks).contains("1h"))
    #expect(try spool.text("x.json", in: .pausedTasks).contains("2h"))
  }

  @Test("a removed task lies in done/tasks with its state, under a number where its name is taken")
  func remove() throws {
    for number in 1...3 {
      try spool.putTask("x", in: number == 2 ? .pausedTasks : .tasks)
      try spool.putState("x")
      try spool.put(TaskFile.good("x"), in: .tasks)
      let inode = try spool.inode("x.json", in: number == 2 ? .pausedTasks : .tasks)
      let id = JobID("x").numbered(number)
      #expect(try spool.access.removeTasks(["x"]) == [.moved(to: .doneTasks, as: id)])
      #expect(try spool.inode("\(id).json", in: .doneTasks) == inode)
      #expect(try spool.folders[.doneTasks].has("\(id).state.json"))
      #expect(try !spool.folders[.tasks].has(TaskFile.good("x")))
      #expect(try spool.names(.tasks).isEmpty)
    }
    #expect(try spool.access.removeTasks(["x", "y"]) == [.already(.doneTasks), .unknown])
    #expect(try spool.access.pauseTasks(["x"]) == [.elsewhere(.doneTasks)])
  }

  @Test("a runner that lives brings the state of a removed task there itself, but for a paused one")
  func removeBesideRunner() throws {
    for name in ["x", "p"] {
      try spool.putTask(name, in: name == "x" ? .tasks : .pausedTasks)
      try spool.putState(name)
    }
    let runner = try spool.runner()
    #expect(
      try spool.access.removeTasks(["x", "p"], patience: .zero)
        == [.moved(to: .doneTasks, as: "x"), .moved(to: .doneTasks, as: "p")])
    #expect(try spool.names(.tasks) == ["x.state.json"])
    #expect(try spool.names(.doneTasks) == ["p.json", "p.state.json", "x.json"])
    // As it does.
    #expect(try TaskFiles(folders: spool.folders, disk: KernelDisk()).finish("x") == "x")
    #expect(try spool.names(.doneTasks).suffix(2) == ["x.json", "x.state.json"])
    withExtendedLifetime(runner) {}
  }

  @Test("a removal waits until the runner has put the state aside, so that the next task of the name is a new one")
  func removeAwaitsRunner() throws {
    try spool.putTask("x")
    try spool.putState("x") { $0.counts.runs = 3 }
    let runner = try spool.runner()
    var looks = 0
    let outcomes = try spool.access.removeTasks(["x"], patience: .seconds(3600)) { _ in
      looks += 1
      // As a runner does, in its time.
      guard looks == 2 else { return }
      #expect(throws: Never.self) { try TaskFiles(folders: spool.folders, disk: KernelDisk()).finish("x") }
    }
    #expect(outcomes == [.moved(to: .doneTasks, as: "x")] && looks == 2)
    #expect(try spool.names(.tasks).isEmpty)
    withExtendedLifetime(runner) {}
  }

  @Test("a state that lies in done/tasks alone keeps its name")
  func removeBesideState() throws {
    try spool.putState("x", in: .doneTasks)
    try spool.putTask("x")
    #expect(try spool.access.removeTasks(["x"]) == [.moved(to: .doneTasks, as: "x~2")])
  }

  @Test("of two files of one name both are removed")
  func removeBoth() throws {
    try spool.putTask("x")
    try spool.putTask("x", in: .pausedTasks)
    #expect(try spool.access.removeTasks(["x"]) == [.moved(to: .doneTasks, as: "x")])
    #expect(try spool.names(.doneTasks) == ["x.json", "x~2.json"])
  }

  @Test("a spool that has no folder for it gets one")
  func oldSpool() throws {
    for place in [SpoolPlace.pausedTasks, .doneTasks] {
      try spool.folders[place == .pausedTasks ? .tasks : .done].removeFolder(place == .pausedTasks ? "paused" : "tasks")
    }
    let access = try SpoolAccess(path: spool.path)
    try spool.putTask("x")
    #expect(try access.pauseTasks(["x"]) == [.moved(to: .pausedTasks, as: "x")])
    #expect(try access.removeTasks(["x"]) == [.moved(to: .doneTasks, as: "x")])
    #expect(try access.task("x", zones: HandMadeSpool.zones)?.place == .doneTasks)
  }

  @Test("run publishes the task's job under a name of its own, paused or not")
  func run() throws {
    try spool.put(
      "x.json", #"{"schedule":{"every":"1h"},"job":{"run":["a","b"],"x-mine":1,"env":{"A":"B"}}}"#, in: .pausedTasks)
    var submission = try Submission(spool.access)
    let first = try spool.access.runTask("x", zones: HandMadeSpool.zones, &submission)
    #expect(first == .published("x@20961002T070640Z-manual"))
    let second = try spool.access.runTask("x", zones: HandMadeSpool.zones, &submission)
    #expect(second == .published("x@20961002T070640Z-manual~2"))
    let text = try spool.text("x@20961002T070640Z-manual.json", in: .inbox)
    let job = try Job.read(Array(text.utf8))
    #expect(job.run == .arguments(["a", "b"]))
    #expect(job.task == "x")
    #expect(job.scheduledFor == HandMadeSpool.now)
    #expect(text.contains("x-mine"))
    let detail = try #require(try spool.access.detail(of: "x@20961002T070640Z-manual"))
    #expect(detail.occurrence?.task == "x")
    #expect(detail.occurrence?.isManual == true)
  }

  @Test("a bad file is not run, also where an earlier version is in force")
  func runBad() throws {
    try spool.putTask("x", #""61 * * * *""#)
    try spool.put(TaskFile.good("x"), #"{"schedule":{"every":"1h"},"job":{"run":"true"}}"#, in: .tasks)
    var submission = try Submission(spool.access)
    guard case .bad(let refusal, .tasks) = try spool.access.runTask("x", zones: HandMadeSpool.zones, &submission) else {
      Issue.record("it was run")
      return
    }
    #expect(refusal.line == 1)
    #expect(try spool.access.runTask("y", zones: HandMadeSpool.zones, &submission) == .unknown)
    #expect(try spool.names(.inbox).isEmpty)
  }

  @Test("a job that only looks like a task's is not told as one")
  func looksAlike() throws {
    try spool.put("x@20961002T070640Z.json", in: .inbox)
    #expect(try #require(try spool.access.detail(of: "x@20961002T070640Z")).occurrence == nil)
    try spool.put("x@20961002T070641Z.json", "{", in: .inbox)
    #expect(try #require(try spool.access.detail(of: "x@20961002T070641Z")).occurrence?.task == "x")
  }
}
