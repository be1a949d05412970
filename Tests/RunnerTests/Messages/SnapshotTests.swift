import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What groups are told of their jobs and tasks.
@Suite(.timeLimit(.minutes(60))) struct SnapshotTests {
  /// Ids and states, or names and whether there is a next time.
  private static func list(_ stage: MessageStage, _ file: String, _ keys: [String]) -> [String] {
    guard let text = try? stage.spool.text("ipc/" + file), let root = try? JSONReader.read(Array(text.utf8)),
      case .array(let elements) = root.value
    else { return ["none"] }
    return elements.map { element in keys.map { MessageStage.text(element, $0) }.joined(separator: " ") }
  }

  private static func jobs(_ stage: MessageStage, _ group: String) -> [String] {
    list(stage, group + "/jobs.json", ["id", "state"])
  }

  @Test("a group is told of its jobs as they come, wait, run and end; main is told of all")
  func jobs() throws {
    let stage = try MessageStage()
    for group in ["g", "h", "main"] {
      stage.makeIPC(group)
      try stage.group(group, agent: nil)
    }
    let wait = "until test -e \(stage.spool.place.path)/go; do sleep 0.02; done"
    let runner = try stage.spool.start()
    #expect(eventually { Self.jobs(stage, "g").isEmpty && Self.jobs(stage, "main").isEmpty })
    try stage.spool.drop("g1", #"{"run": "\#(wait)", "group": "g"}"#)
    #expect(eventually { Self.jobs(stage, "g") == ["g1 running"] })
    try stage.spool.drop("g2", #"{"run": "true", "group": "g"}"#)
    try stage.spool.drop("h1", #"{"run": "\#(wait)", "group": "h"}"#)
    try stage.spool.drop("none", #"{"run": "true"}"#)
    #expect(eventually { Self.jobs(stage, "g") == ["g1 running", "g2 waiting"] })
    #expect(eventually { Self.jobs(stage, "h") == ["h1 running"] })
    #expect(eventually { Self.jobs(stage, "main") == ["g1 running", "g2 waiting", "h1 running"] })
    try stage.spool.place.write("go", "")
    for group in ["g", "h", "main"] { #expect(eventually { Self.jobs(stage, group).isEmpty }) }
    #expect(Command.shell("stat -c %a '\(stage.spool.path)/ipc/g/jobs.json'").text == "644\n")
    runner.kill()
  }

  @Test("a job that took another id, waits for its next attempt, or was there before the runner is told of too")
  func others() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group("g", agent: nil)
    try stage.spool.drop("x", #"{"run": "true", "group": "g"}"#)
    try stage.spool.drain()
    let runner = try stage.spool.start()
    try stage.spool.drop(
      "x",
      #"{"run": "until test -e \#(stage.spool.place.path)/go; do sleep 0.02; done; exit 75", "group": "g", "retry": {"attempts": 2, "delay": "1h"}}"#
    )
    #expect(eventually { Self.jobs(stage, "g") == ["x~2 running"] }, "\(Self.jobs(stage, "g"))")
    try stage.spool.place.write("go", "")
    #expect(eventually { Self.jobs(stage, "g") == ["x~2 deferred"] }, "\(Self.jobs(stage, "g"))")
    runner.kill()
    stage.spool.shell("rm ipc/g/jobs.json")
    let next = try stage.spool.start()
    #expect(eventually { Self.jobs(stage, "g") == ["x~2 deferred"] }, "\(Self.jobs(stage, "g"))")
    stage.spool.shell("mv deferred/x~2.json errors/")
    #expect(eventually { Self.jobs(stage, "g").isEmpty })
    next.kill()
  }

  @Test("a group is told of its tasks as they come, change and go; main is told of all")
  func tasks() throws {
    func tasks(_ group: String) -> [String] { Self.list(stage, group + "/tasks.json", ["name", "status"]) }
    let stage = try MessageStage()
    for group in ["g", "main"] {
      stage.makeIPC(group)
      try stage.group(group, agent: nil)
    }
    let runner = try stage.spool.start()
    #expect(eventually { tasks("g").isEmpty && tasks("main").isEmpty })
    try stage.spool.replace(
      "tasks/g.t.json", #"{"schedule": {"every": "1d"}, "job": {"run": "true", "group": "g"}}"#)
    try stage.spool.replace("tasks/t.json", #"{"schedule": {"every": "1d"}, "job": {"run": "true"}}"#)
    #expect(eventually { tasks("g").map { $0.prefix { $0 != " " } } == ["g.t"] }, "\(tasks("g"))\n\(stage.spool.log)")
    #expect(eventually { tasks("main").count == 2 })
    let before = tasks("g")
    stage.spool.shell("mv tasks/g.t.json tasks/paused/")
    #expect(eventually { tasks("g") != before }, "\(tasks("g"))")
    stage.spool.shell("rm tasks/paused/g.t.json tasks/t.json")
    #expect(eventually { tasks("g").isEmpty && tasks("main").isEmpty })
    runner.kill()
  }

  @Test("main is told of all groups and whose chats are whose, as settings change")
  func groups() throws {
    let stage = try MessageStage(["ann": "g", "*": "h"])
    for group in ["main", "g"] { stage.makeIPC(group) }
    try stage.group("main", agent: nil)
    try stage.group("g", agent: nil, #""trigger": "@bob""#)
    let runner = try stage.spool.start()
    func groups() -> String { (try? stage.spool.text("ipc/main/groups.json")) ?? "" }
    #expect(eventually { groups().contains("talk:ann") }, "\(groups())")
    #expect(groups().contains("@bob") && groups().contains("talk:*") && !stage.spool.has("ipc/g/groups.json"))
    try stage.group("new", agent: nil, #""description": "a new one""#)
    #expect(eventually { groups().contains("a new one") })
    runner.kill()
  }

  @Test("a group with very many jobs keeps the runner from nothing")
  func many() throws {
    let stage = try MessageStage()
    stage.makeIPC("g")
    try stage.group("g", agent: nil)
    try stage.spool.replace("groups/g.paused", "")
    stage.spool.shell(
      "mkdir jobs && cd jobs && yes '{\"run\": \"true\", \"group\": \"g\"}' | head -n 20000 | split -l 1 -a 5 -d --additional-suffix=.json - n && find . -name 'n*' -print0 | xargs -0 mv -t ../inbox && cd .. && rmdir jobs"
    )
    let runner = try stage.spool.start()
    #expect(eventually(within: 60) { Self.jobs(stage, "g").count == 20_000 })
    try stage.spool.drop("x", #"{"run": "true"}"#)
    #expect(try stage.spool.ended("x").isSuccess)
    runner.kill()
  }
}
