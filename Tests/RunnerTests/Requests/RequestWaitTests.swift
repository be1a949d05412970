import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite("Whoever waits for a job is told its end, whichever runner sees it", .timeLimit(.minutes(60)))
struct RequestWaitTests {
  private static let waited = #"{"type": "job", "job": {"run": "true"}, "wait": true}"#

  private func notes(_ stage: RequestStage) throws -> [String] {
    try stage.folder("ipc/g/answers").names().filter { $0.hasPrefix(".") }
  }

  @Test("of a job that ended while no runner ran, and of one that a person took away")
  func ended() throws {
    let stage = try RequestStage()
    for id in ["x", "y", "z"] { try stage.ask("jobs/\(id)", Self.waited) }
    try stage.spool.drain()
    #expect(try notes(stage).count == 3 && stage.answer("x.result") == nil)
    // A runner that died between the end and the telling of it.
    var record = JobRecord(id: JobID(unchecked: "g.x"))
    record.group = try GroupName(validating: "g")
    record.state = .finished(Outcome(.succeeded))
    try stage.spool.replace("done/g.x.result.json", String(decoding: record.encode(), as: UTF8.self))
    stage.spool.shell("mv inbox/g.x.json done/; mv inbox/g.y.json errors/")
    try stage.spool.drain()
    #expect(stage.answer("x.result")?["status"] == "succeeded" && stage.answer("x.result")?.isOK == true)
    #expect(stage.answer("y.result")?["status"] == "cancelled" && stage.answer("y.result")?.isOK == false)
    #expect(try notes(stage) == [".wait.z"] && stage.answer("z.result") == nil)
    #expect(stage.answer("x.result")?["id"] == "x" && stage.answer("x.result")?["job"] == "g.x")
  }

  /// What a person's job left behind: its result, and in its file.
  @Test(
    "of a job that is not the group's nothing is told, though it is called so and its result is all there is",
    arguments: ["", #""group": "h""#, #""group": "g""#], ["done", "errors"])
  func anothers(_ group: String, place: String) throws {
    let stage = try RequestStage(groups: ["g": [:], "h": [:]])
    var record = JobRecord(id: JobID(unchecked: "g.x"))
    if !group.isEmpty { record.group = try GroupName(validating: group.contains("h") ? "h" : "g") }
    record.state = .finished(Outcome(.succeeded, reason: "a person's secret"))
    let text = String(decoding: record.encode(), as: UTF8.self)
    try stage.spool.replace("\(place)/g.x.result.json", text)
    try stage.ask("jobs/x", Self.waited)
    try stage.spool.drain()
    try stage.expect("x", "id-reused")
    #expect(stage.answer("x.result") == nil)
    #expect(try notes(stage) == [] && stage.names("inbox") == [])
    #expect(try stage.spool.text("\(place)/g.x.result.json") == text)
  }

  @Test("a job that was asked for is told under its group alone, also where a person's took its name before its end")
  func replacedResult() throws {
    let stage = try RequestStage(groups: ["g": [:], "h": [:], "main": [:]])
    for group in ["g", "main"] {
      try stage.ask("jobs/x", Self.waited.replacing("true\"}", with: "true\", \"group\": \"g\"}"), by: group)
    }
    try stage.spool.drain()
    var record = JobRecord(id: JobID(unchecked: "g.x"))
    record.group = try GroupName(validating: "h")
    record.state = .finished(Outcome(.succeeded))
    try stage.spool.replace("done/g.x.result.json", String(decoding: record.encode(), as: UTF8.self))
    record = JobRecord(id: JobID(unchecked: "main.x"))
    record.group = try GroupName(validating: "g")
    record.state = .finished(Outcome(.succeeded))
    try stage.spool.replace("done/main.x.result.json", String(decoding: record.encode(), as: UTF8.self))
    stage.spool.shell("rm inbox/*.json")
    try stage.spool.drain()
    #expect(stage.answer("x.result") == nil && stage.spool.logged("result-not-theirs") == 1)
    #expect(stage.answer("x.result", to: "main")?.isOK == true)
    #expect(try notes(stage) == [])
  }

  @Test("asked again after its end it is told again, and nothing is left waiting")
  func again() throws {
    let stage = try RequestStage()
    try stage.ask("jobs/x", Self.waited)
    try stage.spool.drain()
    stage.spool.shell("mv inbox/g.x.json errors/")
    try stage.spool.drain()
    stage.spool.shell("rm ipc/g/answers/*")
    try stage.ask("jobs/x", Self.waited)
    try stage.spool.drain()
    try stage.expect("x", nil)
    #expect(stage.answer("x.result")?["status"] == "cancelled")
    #expect(try notes(stage) == [])
  }

  @Test(
    "a job that is refused at its claim, because the group's settings changed, is told as refused; a retry by mv again")
  func refusedAtClaim() throws {
    let stage = try RequestStage(groups: ["g": ["mounts": #"[{"host": "/srv/g", "container": "/g"}]"#]])
    try stage.ask(
      "jobs/x",
      #"{"type": "job", "wait": true, "job": {"run": "true", "mounts": [{"host": "/srv/g", "container": "/g"}]}}"#)
    try stage.spool.drain()
    try stage.spool.write(group: "g", [:])
    stage.spool.shell("rm paused")
    try stage.spool.drain()
    let told = stage.answer("x.result")
    #expect(told?["status"] == "refused" && told?.code == "not-permitted", "\(told?.text ?? stage.story)")
    #expect(try notes(stage) == [])
    stage.spool.shell("mv errors/g.x.json inbox/")
    try stage.spool.drain()
    let result = try stage.spool.result("g.x")
    #expect(result.status == "refused" && result.code == "not-permitted" && result.outcome?.key == "mounts")
  }

  @Test("of several each is told by its own name, and the note goes with the last")
  func several() throws {
    let stage = try RequestStage()
    try stage.ask(
      "jobs/f", #"{"type": "jobs", "wait": true, "jobs": {"a": {"run": "true"}, "b": {"run": "true", "after": ["a"]}}}"#
    )
    try stage.spool.drain()
    stage.spool.shell("mv inbox/g.f.a.json errors/")
    try stage.spool.drain()
    #expect(stage.answer("f.a.result")?["job"] == "g.f.a" && stage.answer("f.b.result") == nil)
    #expect(try notes(stage) == [".wait.f"])
    stage.spool.shell("rm paused")
    try stage.spool.drain()
    #expect(stage.answer("f.b.result")?["status"] == "dependency-failed", "\(stage.story)")
    #expect(try notes(stage) == [])
  }

  #if DEBUG
    @Test("what the disk does not take is told later by the same runner", arguments: 1...6)
    func diskFull(step: Int) throws {
      let stage = try RequestStage()
      try stage.ask("jobs/x", Self.waited)
      try stage.spool.drain()
      var record = JobRecord(id: JobID(unchecked: "g.x"))
      record.group = try GroupName(validating: "g")
      record.state = .finished(Outcome(.succeeded))
      try stage.spool.replace("done/g.x.result.json", String(decoding: record.encode(), as: UTF8.self))
      stage.spool.shell("mv inbox/g.x.json done/")
      #expect(try stage.spool.drain(fault: "EIO@\(step)", end: .exited(0)), "there is no step \(step)")
      // But for what a runner needs to start.
      if stage.spool.logged("runner-started") == 1 { try stage.spool.drain() }
      #expect(stage.answer("x.result")?["status"] == "succeeded", "\(step)\n\(stage.story)")
      #expect(try notes(stage) == [])
    }
  #endif
}
