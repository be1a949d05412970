import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite("What a container asks for is done once, answered and filed away", .timeLimit(.minutes(60)))
struct RequestActionTests {
  @Test("each kind of request makes its file, gets its answer and goes to done/ipc; a bad one to errors/ipc")
  func kinds() throws {
    let stage = try RequestStage()
    stage.spool.shell("echo report > groups/g/a.txt; mkdir groups/g/d; echo more > groups/g/d/a.txt")
    try stage.ask(
      "messages/m", #"{"type": "message", "to": "ops:a", "text": "hi", "files": ["a.txt", "d/a.txt"], "id": "mail"}"#)
    try stage.ask("jobs/j", RequestStage.job)
    try stage.ask(
      "jobs/f", #"{"type": "jobs", "jobs": {"a": {"run": "true"}, "b": {"run": "true", "after": ["a"]}}, "wait": true}"#
    )
    try stage.ask("tasks/s", RequestStage.schedule("nightly"))
    try stage.ask("jobs/bad", "{\"type\": \"job\",\n\"job\": {\"runn\": 1}}")
    try stage.ask("jobs/beyond", #"{"type": "job", "job": {"run": "true", "group": "h"}}"#)
    try stage.spool.drain()
    for (id, made) in [("mail", "g.mail"), ("j", "g.j"), ("s", "g.nightly")] {
      try stage.expect(id, nil)
      let answer = stage.answer(id)
      let told = ["message", "job", "task"].compactMap { answer?[$0] }
      #expect(told == [made], "\(answer?.text ?? "")")
    }
    try stage.expect("f", nil)
    try stage.expect("bad", "unknown-key")
    #expect(stage.answer("bad")?["key"] == "job.runn" && stage.answer("bad")?.text.contains("\"line\": 2") == true)
    try stage.expect("beyond", "not-permitted")
    #expect(try stage.names("inbox") == ["g.f.a.json", "g.f.b.json", "g.j.json"])
    #expect(try stage.names("tasks") == ["g.nightly.json", "g.nightly.state.json"])
    #expect(try stage.names("outbox") == ["g.mail.files", "g.mail.json"])
    #expect(try stage.spool.text("outbox/g.mail.files/1-a.txt") == "report\n")
    #expect(try stage.spool.text("outbox/g.mail.files/2-a.txt") == "more\n")
    let message = RequestStage.Answer(try stage.spool.text("outbox/g.mail.json"))
    #expect(message["to"] == "ops:a" && message["group"] == "g" && message["origin"] == "ipc")
    #expect(try stage.names("done/ipc/g") == ["f.json", "j.json", "mail.json", "s.json"])
    #expect(
      try stage.names("errors/ipc/g") == ["bad.json", "bad.result.json", "beyond.json", "beyond.result.json"])
    #expect(try stage.spool.text("errors/ipc/g/bad.json") == "{\"type\": \"job\",\n\"job\": {\"runn\": 1}}")
    #expect(stage.audit.map { $0["request"] }.sorted { ($0 ?? "") < ($1 ?? "") } == ["bad", "beyond"])
    #expect(stage.audit.allSatisfy { $0["verdict"] == "refused" && $0["group"] == "g" && $0["kind"] == "jobs" })
    try stage.expectNothingUnderWay()
    let job = try Job.read(Array(stage.spool.text("inbox/g.j.json").utf8))
    #expect(job.origin == "ipc" && job.group?.text == "g")
  }

  @Test("a group's tasks are made, changed, put aside, brought back and removed")
  func tasks() throws {
    let stage = try RequestStage()
    func step(_ id: String, _ json: String, _ code: String? = nil) throws {
      try stage.ask("tasks/\(id)", json)
      try stage.spool.drain()
      try stage.expect(id, code)
    }
    func name(_ type: String) -> String { #"{"type": "\#(type)", "name": "n"}"# }
    try step("1", name("pause"), "no-such-task")
    try step("2", RequestStage.schedule("n"))
    try step("3", RequestStage.schedule("n", run: "false"), "task-exists")
    try step("4", RequestStage.schedule("n", "update", run: "false"))
    #expect(try stage.spool.text("tasks/g.n.json").contains("false"))
    try step("5", name("pause"))
    #expect(stage.spool.has("tasks/paused/g.n.json") && !stage.spool.has("tasks/g.n.json"))
    try step("6", name("pause"))
    try step("7", RequestStage.schedule("n", "update", run: "echo"))
    #expect(try stage.spool.text("tasks/paused/g.n.json").contains("echo"))
    try step("8", name("resume"))
    #expect(stage.spool.has("tasks/g.n.json") && !stage.spool.has("tasks/paused/g.n.json"))
    try step("9", name("pause"))
    try step("10", name("cancel"))
    #expect(stage.spool.has("done/tasks/g.n.json") && !stage.spool.has("tasks/paused/g.n.json"))
    try step("11", name("cancel"), "no-such-task")
    try step("12", RequestStage.schedule("n", "update"), "no-such-task")
    try stage.expectNothingUnderWay()
  }

  @Test("a task's job is run when it is asked for, once, paused or not, and its result is told to who waits")
  func runsTask() throws {
    let stage = try RequestStage(groups: ["g": [:], "h": [:], "main": [:]], paused: false)
    try stage.spool.replace("tasks/main.chats.json", #"{"schedule": "@yearly", "job": {"run": "echo mine"}}"#)
    try stage.ask("tasks/s", RequestStage.schedule("n"))
    try stage.spool.drain()
    try stage.ask("tasks/p", #"{"type": "pause", "name": "n"}"#)
    try stage.spool.drain()
    let run = #"{"type": "run", "name": "n", "wait": true}"#
    try stage.ask("tasks/r1", run)
    try stage.ask("tasks/other", #"{"type": "run", "name": "n", "group": "g"}"#, by: "h")
    try stage.ask("tasks/none", #"{"type": "run", "name": "none"}"#)
    try stage.spool.drain()
    try stage.ask("tasks/r1", run)
    try stage.ask("tasks/r2", #"{"type": "run", "name": "chats", "wait": true}"#, by: "main")
    try stage.spool.replace("tasks/g.mine.json", #"{"schedule": "@yearly", "job": {"run": "echo mine"}}"#)
    try stage.ask("tasks/mine", #"{"type": "run", "name": "mine"}"#)
    try stage.spool.drain()
    try stage.expect("r1", nil)
    try stage.expect("other", "not-permitted", to: "h")
    try stage.expect("none", "no-such-task")
    try stage.expect("mine", "not-permitted")
    #expect(
      stage.answer("r1")?["job"] == "g.r1" && stage.answer("r1.result")?["status"] == "succeeded", "\(stage.story)")
    #expect(stage.answer("r2.result", to: "main")?.text.contains("mine") == true, "\(stage.story)")
    let job = try Job.read(Array(stage.spool.text("done/g.r1.json").utf8))
    #expect(job.origin == "ipc" && job.task == "g.n" && job.scheduledFor == nil)
    #expect(try stage.names("done").filter { $0.hasPrefix("g.r1") } == ["g.r1.json", "g.r1.result.json"])
  }

  @Test("of a task that lies in two places nothing is chosen, and the runner does not turn for it")
  func twoTasks() throws {
    let stage = try RequestStage()
    try stage.ask("tasks/s", RequestStage.schedule("n"))
    try stage.spool.drain()
    stage.spool.shell("cp tasks/g.n.json tasks/paused/")
    for type in ["pause", "resume"] { try stage.ask("tasks/\(type)", #"{"type": "\#(type)", "name": "n"}"#) }
    try stage.spool.drain()
    for type in ["pause", "resume"] { try stage.expect(type, "task-exists") }
    #expect(stage.spool.has("tasks/g.n.json") && stage.spool.has("tasks/paused/g.n.json"))
  }

  @Test("the same id with the same bytes is answered again and does nothing twice")
  func repeated() throws {
    let stage = try RequestStage()
    stage.spool.shell("echo 1 > groups/g/f")
    let message = #"{"type": "message", "to": "ops:a", "text": "hi", "files": ["f"]}"#
    try stage.ask("jobs/j", RequestStage.job)
    try stage.ask("messages/m", message)
    try stage.ask("tasks/s", RequestStage.schedule("n"))
    try stage.spool.drain()
    let job = try stage.folder("inbox").status("g.j.json")
    // What is there no more is not made again either.
    stage.spool.shell("mkdir sent; mv outbox/* sent; mv tasks/g.* sent; rm groups/g/f ipc/g/answers/*")
    try stage.ask("jobs/j", RequestStage.job)
    try stage.ask("messages/m", message)
    try stage.ask("tasks/s", RequestStage.schedule("n"))
    try stage.spool.drain()
    for id in ["j", "m", "s"] { try stage.expect(id, nil) }
    #expect(try stage.folder("inbox").status("g.j.json")?.inode == job?.inode)
    #expect(try stage.names("inbox") == ["g.j.json"] && stage.names("outbox") == [] && stage.names("tasks") == [])
    #expect(try stage.names("done/ipc/g") == ["j.json", "j~2.json", "m.json", "m~2.json", "s.json", "s~2.json"])
  }

  @Test("the same id with other content is refused, whatever kind the first was of")
  func reused() throws {
    let stage = try RequestStage()
    try stage.ask("jobs/x", RequestStage.job)
    try stage.spool.drain()
    let before = try stage.spool.text("inbox/g.x.json")
    for (index, (kind, json)) in [
      ("jobs", #"{"type": "job", "job": {"run": "false"}}"#), ("messages", RequestStage.message),
      ("tasks", RequestStage.schedule("n")), ("jobs", RequestStage.job + " "),
    ].enumerated() {
      stage.spool.shell("rm ipc/g/answers/x.json")
      try stage.ask("\(kind)/\(index == 0 ? "x" : "other")", index == 0 ? json : #"{"id": "x", \#(json.dropFirst())"#)
      try stage.spool.drain()
      try stage.expect("x", "id-reused")
    }
    #expect(try stage.spool.text("inbox/g.x.json") == before)
    #expect(try stage.names("outbox") == [] && stage.names("tasks") == [] && stage.names("inbox") == ["g.x.json"])
    #expect(try stage.names("errors/ipc/g").count == 8)
  }

  @Test("of many requests with one id at a time one is carried out, whole, and the others are told")
  func together() throws {
    let stage = try RequestStage()
    for number in 1...20 {
      try stage.ask("jobs/r\(number)", #"{"type": "job", "id": "x", "job": {"run": "echo \#(number)"}}"#)
    }
    try stage.spool.drain()
    let done = try stage.names("done/ipc/g")
    #expect(done == ["x.json"])
    #expect(try stage.names("errors/ipc/g").count == 38, "\(stage.story)")
    guard
      case .job(let asked) = try Request.read(
        Array(stage.spool.text("done/ipc/g/x.json").utf8), kind: .jobs, zoneProblem: { _ in nil }
      ).action
    else { return }
    #expect(try Job.read(Array(stage.spool.text("inbox/g.x.json").utf8)).run == asked.run)
    try stage.expectNothingUnderWay()
  }

  @Test("a job of a person's that has the name keeps it", arguments: ["inbox", "held", "done", "errors", "deferred"])
  func taken(place: String) throws {
    let stage = try RequestStage()
    let own = #"{"run": "echo mine", "notBefore": "2099-01-01T00:00:00Z"}"#
    try stage.spool.replace("\(place)/g.x.json", own)
    try stage.ask("jobs/x", #"{"type": "job", "job": {"run": "true"}, "wait": true}"#)
    try stage.ask("jobs/f", #"{"type": "jobs", "id": "g", "jobs": {"a": {"run": "true"}, "b": {"run": "true"}}}"#)
    try stage.spool.replace("\(place)/g.g.b.json", own)
    try stage.spool.drain()
    try stage.expect("x", "id-reused")
    try stage.expect("g", "id-reused")
    #expect(try stage.spool.text("\(place)/g.x.json") == own && stage.spool.text("\(place)/g.g.b.json") == own)
    #expect(!stage.spool.has("inbox/g.g.a.json"), "of several all are made, or none")
    #expect(try stage.folder("ipc/g/answers").names().filter { $0.hasPrefix(".") } == [], "nothing is waited for")
  }

  @Test("what a person made is not the group's for being called so")
  func persons() throws {
    let stage = try RequestStage()
    let task = #"{"schedule": "@yearly", "job": {"run": "echo mine"}}"#
    let job = #"{"run": "echo mine", "notBefore": "2099-01-01T00:00:00Z"}"#
    try stage.spool.replace("tasks/g.backup.json", task)
    try stage.spool.replace("tasks/paused/g.old.json", task)
    try stage.spool.drop("g.own", job)
    for type in ["pause", "resume", "cancel"] {
      try stage.ask("tasks/\(type)", #"{"type": "\#(type)", "name": "\#(type == "resume" ? "old" : "backup")"}"#)
    }
    try stage.ask("tasks/update", RequestStage.schedule("backup", "update"))
    try stage.ask("jobs/end", #"{"type": "cancel", "job": "g.own"}"#)
    try stage.spool.drain()
    for id in ["pause", "resume", "cancel", "update", "end"] { try stage.expect(id, "not-permitted") }
    #expect(try stage.spool.text("tasks/g.backup.json") == task && stage.spool.text("inbox/g.own.json") == job)
    #expect(stage.spool.has("tasks/paused/g.old.json"))
  }

  @Test("a group ends its own jobs, others' only where it may, and a repeat ends nothing")
  func cancels() throws {
    let stage = try RequestStage(groups: ["g": [:], "h": [:], "m": ["may": #"["job:g"]"#], "main": [:]])
    for group in ["g", "h", "m"] {
      for id in ["a", "b"] { try stage.ask("jobs/\(id)", RequestStage.job, by: group) }
    }
    try stage.spool.drain()
    func cancel(_ job: String, by group: String, _ code: String?) throws {
      let id = "end-\(job)"
      try stage.ask("jobs/\(id)", #"{"type": "cancel", "job": "\#(job)"}"#, by: group)
      try stage.spool.drain()
      try stage.expect(id, code, to: group)
      #expect(stage.spool.has("inbox/\(job).json") == (code != nil) || code == "no-such-job", "\(job) by \(group)")
    }
    try cancel("h.a", by: "g", "not-permitted")
    try cancel("g.a", by: "g", nil)
    try cancel("g.b", by: "m", nil)
    try cancel("h.b", by: "m", "not-permitted")
    try cancel("h.b", by: "main", nil)
    try cancel("h.none", by: "main", "no-such-job")
    #expect(stage.audit.filter { $0["verdict"] == "allowed" }.map { $0["group"] } == ["m", "main"])
    #expect(try stage.spool.result("g.a").status == "cancelled")
    stage.spool.shell("mv errors/g.a.json inbox/")
    try stage.ask("jobs/end-g.a", #"{"type": "cancel", "job": "g.a"}"#)
    try stage.spool.drain()
    try stage.expect("end-g.a", nil)
    #expect(stage.spool.has("inbox/g.a.json"), "the same request again ends no later run")
  }

  @Test("tasks of other groups are theirs, unless 'may' says so")
  func othersTasks() throws {
    let stage = try RequestStage(groups: ["g": [:], "h": [:], "m": ["may": #"["task:h"]"#]])
    try stage.ask("tasks/s", RequestStage.schedule("n"), by: "h")
    try stage.spool.drain()
    for group in ["g", "m"] {
      for type in ["pause", "resume", "cancel"] {
        try stage.ask("tasks/\(type)", #"{"type": "\#(type)", "name": "n", "group": "h"}"#, by: group)
        try stage.spool.drain()
        try stage.expect(type, group == "g" ? "not-permitted" : nil, to: group)
      }
      #expect(stage.spool.has("tasks/h.n.json") == (group == "g"))
    }
    #expect(stage.spool.has("done/tasks/h.n.json"))
  }

  @Test("a group with bad settings: its requests wait, others' do not, and nothing is decided with the defaults")
  func badSettings() throws {
    let stage = try RequestStage(groups: ["g": ["channels": #"["ops"]"#], "h": ["channels": #"["ops"]"#]])
    let runner = try stage.spool.start()
    try stage.ask("messages/first", RequestStage.message)
    #expect(try stage.answered("first").isOK)
    try stage.spool.replace("groups/g.json", "{\"channels\": ")
    #expect(eventually { stage.spool.logged("group-settings-invalid") == 1 })
    for id in ["a", "b"] {
      try stage.ask("messages/\(id)", RequestStage.message)
      try stage.ask("messages/\(id)", RequestStage.message, by: "h")
      #expect(try stage.answered(id, to: "h").isOK)
    }
    #expect(stage.answer("a") == nil && stage.spool.has("ipc/g/messages/a.json"))
    try stage.spool.write(group: "g", ["channels": #"["ops"]"#])
    for id in ["a", "b"] { #expect(try stage.answered(id).isOK) }
    runner.kill()
    // The same when it is bad from the start, and the drain ends all the same.
    try stage.spool.replace("groups/g.json", "{\"channels\": ")
    try stage.ask("messages/c", RequestStage.message)
    try stage.spool.drain()
    #expect(stage.answer("c") == nil && stage.spool.has("ipc/g/messages/c.json"))
  }

  @Test("a run that is ended by request is not run again when the runner dies before it is over")
  func cancelledRun() throws {
    let stage = try RequestStage(["grace": "\"1h\""], groups: ["main": [:]], paused: false)
    let trace = stage.spool.place.path + "/trace"
    try stage.spool.drop(
      "x", #"{"run": "echo run >> \#(trace); trap 'echo end >> \#(trace)' TERM; while :; do sleep 0.02; done"}"#)
    let runner = try stage.spool.start()
    #expect(eventually { (try? stage.spool.place.text("trace")) == "run\n" })
    try stage.ask("jobs/end", #"{"type": "cancel", "job": "x"}"#, by: "main")
    #expect(try stage.answered("end", to: "main").isOK)
    #expect(eventually { (try? stage.spool.place.text("trace")) == "run\nend\n" })
    runner.kill()
    try stage.spool.drain()
    #expect(try stage.spool.result("x").status == "cancelled")
    #expect(try stage.spool.place.text("trace").hasPrefix("run\nend\n"))
    #expect(try stage.spool.place.text("trace").split(separator: "\n").count { $0 == "run" } == 1)
    #expect(try stage.names("processing") == [])
  }

  #if DEBUG
    @Test("answers go after a day, but for what is still waited for")
    func oldAnswers() throws {
      let stage = try RequestStage()
      try stage.ask("jobs/x", #"{"type": "job", "job": {"run": "true"}, "wait": true}"#)
      try stage.spool.drain()
      let clock = stage.spool.place.path + "/clock"
      for (hours, count) in [(23, 2), (25, 1)] {
        Command.shell("echo \(hours * 3600 * 1_000_000_000) > '\(clock)'")
        #expect(try stage.spool.start(drain: true, environment: ["BOBBIN_CLOCK=\(clock)"]).end() == .exited(0))
        #expect(try stage.folder("ipc/g/answers").names().count == count)
      }
      #expect(stage.spool.has("ipc/g/answers/.wait.x"))
    }

    @Test("what is no request goes to errors/ipc/GROUP/stale after an hour, and a request never does")
    func stale() throws {
      let stage = try RequestStage(groups: ["g": ["channels": #"["ops"]"#], "bad": [:]])
      try stage.spool.replace("groups/bad.json", "{")
      let long = String(repeating: "a", count: 255)
      stage.spool.shell(
        "cd ipc/g/messages && echo x > note.txt && echo x > .hidden && mkdir -p sub/deep && ln -s /etc/passwd link && mkfifo pipe && echo long > \(long)"
      )
      try stage.ask("messages/waited", RequestStage.message)
      try stage.ask("messages/waits", RequestStage.message, by: "bad")
      let clock = stage.spool.place.path + "/clock"
      Command.shell("echo \(59 * 60 * 1_000_000_000) > '\(clock)'")
      #expect(try stage.spool.start(drain: true, environment: ["BOBBIN_CLOCK=\(clock)"]).end() == .exited(0))
      try stage.expect("waited", nil)
      #expect(try stage.folder("ipc/g/messages").names().count == 6 && !stage.spool.has("errors/ipc/g/stale"))
      // A second one of a name, once the first is there.
      stage.spool.shell("mkdir -p errors/ipc/g/stale && touch errors/ipc/g/stale/note.txt errors/ipc/g/stale/\(long)")
      try stage.ask("messages/late", RequestStage.message)
      Command.shell("echo \(61 * 60 * 1_000_000_000) > '\(clock)'")
      #expect(try stage.spool.start(drain: true, environment: ["BOBBIN_CLOCK=\(clock)"]).end() == .exited(0))
      try stage.expect("late", nil)
      #expect(try stage.folder("ipc/g/messages").names() == [])
      let stale = try stage.folder("errors/ipc/g/stale").names().sorted()
      #expect(stale.contains("note.txt~2") && stale.contains("stale") && stale.contains("sub"), "\(stale)")
      #expect(stale.count == 8 && stage.spool.has("ipc/bad/messages/waits.json"))
    }
  #endif
}
