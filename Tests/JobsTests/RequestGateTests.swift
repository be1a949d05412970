import Testing

@testable import Jobs

@Suite("What a container's request comes to follows from the folder it lay in")
struct RequestGateTests {
  /// Of groups `g` and others; a group that is not named here has no settings.
  static func gate(
    _ asker: String = "g", _ own: String = "{}", others: [String: String] = [:]
  ) throws -> RequestGate {
    let all = try others.merging([asker: own]) { $1 }.mapValues { try GroupSettings.read(utf8($0)) }
    return RequestGate(asker: try GroupName(validating: asker), spool: Settings()) { all[$0.text] }
  }

  /// That an effect makes only files named after the group's request, of the group and with `origin`.
  static func expectWithin(_ group: String, _ effect: RequestGate.Effect, _ id: String) {
    switch effect {
    case .message(let name, _, _, _): #expect(name.text == "\(group).\(id)")
    case .job(let name, let bytes, _):
      #expect(name.text == "\(group).\(id)" || name.text.hasPrefix("\(group).\(id)."))
      expectAsked(try? Job.read(bytes), group)
    case .cancelJob(let name, let anyones): #expect(name.text.hasPrefix("\(group).") && !anyones)
    case .task(let name, let bytes, _):
      #expect(name.hasPrefix("\(group)."))
      expectAsked(try? ScheduledTask.read(bytes) { _ in nil }.job, group)
    case .runTask(let name, as: let job, let anyones):
      #expect(name.hasPrefix("\(group).") && !name.contains("/") && !anyones && job.text == "\(group).\(id)")
    case .pauseTask(let name, let anyones), .resumeTask(let name, let anyones), .removeTask(let name, let anyones):
      #expect(name.hasPrefix("\(group).") && !name.contains("/") && !anyones)
    }
  }

  private static func expectAsked(_ job: Job?, _ group: String) {
    #expect(job?.origin == "ipc" && job?.group?.text == group && job?.chosenRuntime != .process)
  }

  private func admit(
    _ text: String, _ kind: Request.Kind, by gate: RequestGate, id: String = "x"
  ) throws(Refusal) -> [RequestGate.Effect] {
    try gate.admit(RequestReadingTests.read(text, kind), id: id)
  }

  private func job(_ more: String, run: String = "a") -> String {
    #"{"type": "job", "job": {"run": "\#(run)"\#(more.isEmpty ? "" : ", \(more)")}}"#
  }

  @Test("a job is written anew: of the folder's group, with 'origin', named after the request")
  func ownJob() throws {
    for text in [job(""), job(#""group": "g""#)] {
      let effects = try admit(text, .jobs, by: Self.gate())
      guard effects.count == 1, case .job(let id, let bytes, _) = effects[0] else {
        Issue.record("\(effects)")
        continue
      }
      let written = try Job.read(bytes)
      #expect(id.text == "g.x" && written.group?.text == "g" && written.origin == "ipc")
    }
  }

  /// What a request asks for, and the key that it is refused for.
  private static let beyond: [(String, String)] = [
    (#""image": "other:1""#, "job.image"), (#""mounts": [{"host": "/etc", "container": "/e"}]"#, "job.mounts"),
    (#""network": "host""#, "job.network"), (#""network": "lan""#, "job.network"),
    (#""secrets": ["TOKEN"]"#, "job.secrets"), (#""privileged": true"#, "job.privileged"),
    (#""directory": "/""#, "job.directory"), (#""stdinFile": "/etc/passwd""#, "job.stdinFile"),
    (#""runtime": "process""#, "job.runtime"), (#""user": 0"#, "job.user"),
    (#""env": {"LD_PRELOAD": "x"}"#, "job.env.LD_PRELOAD"), (#""group": "h""#, "job.group"),
    (#""group": "main""#, "job.group"), (#""after": ["secret-report"]"#, "job.after"),
    (#""after": ["h.x"]"#, "job.after"), (#""after": {"jobs": ["g.a", "gg.b"], "need": "any"}"#, "job.after"),
  ]

  @Test("beyond its group it gets nothing, as a job, as one of several, or as a task's", arguments: beyond.indices)
  func beyondGroup(_ index: Int) throws {
    let gate = try Self.gate()
    let (asks, key) = Self.beyond[index]
    let rest = String(key.dropFirst(4))
    for (text, kind, key) in [
      (job(asks), Request.Kind.jobs, key),
      (#"{"type": "jobs", "jobs": {"ok": {"run": "a"}, "b": {"run": "a", \#(asks)}}}"#, .jobs, "jobs.b.\(rest)"),
      (
        #"{"type": "schedule", "name": "n", "task": {"schedule": "@daily", "job": {"run": "a", \#(asks)}}}"#, .tasks,
        "task.job.\(rest)"
      ),
      (
        #"{"type": "update", "name": "n", "task": {"schedule": "@daily", "job": {"run": "a", \#(asks)}}}"#, .tasks,
        "task.job.\(rest)"
      ),
    ] {
      let refusal = refusal { () throws(Refusal) in try admit(text, kind, by: gate) }
      #expect(refusal?.code == .notPermitted && refusal?.key == key, "\(text): \(refusal as Any)")
    }
  }

  @Test("what its group has, it may ask for")
  func granted() throws {
    let gate = try Self.gate(
      "g", #"{"image": "own:1", "mounts": [{"host": "/srv/in", "container": "/in"}], "network": "lan"}"#)
    for asks in [
      #""image": "own:1""#, #""mounts": [{"host": "/srv/in", "container": "/a"}]"#,
      #""network": "lan", "image": "own:1""#,
      #""runtime": "podman", "image": "own:1""#, #""runtime": "podman""#, #""after": ["g.a", "g.b.c"]"#,
    ] {
      #expect(throws: Never.self, "\(asks)") { try admit(job(asks), .jobs, by: gate) }
    }
  }

  @Test("no request is carried out in or for a host group")
  func hostGroup() throws {
    let host = try Self.gate("g", #"{"host": true}"#)
    #expect(refusal { () throws(Refusal) in try admit(job(""), .jobs, by: host) }?.code == .hostGroup)
    let gate = try Self.gate("g", #"{"may": ["job:any"]}"#, others: ["h": #"{"host": true}"#])
    #expect(refusal { () throws(Refusal) in try admit(job(#""group": "h""#), .jobs, by: gate) }?.code == .hostGroup)
  }

  /// Rights, and whether they reach the jobs, tasks and messages of another.
  private static let rights: [(may: String, job: Bool, task: Bool, message: Bool)] = [
    ("[]", false, false, false), (#"["job:any"]"#, true, false, false), (#"["task:any"]"#, false, true, false),
    (#"["message:any"]"#, false, false, true), (#"["job:h"]"#, true, false, false),
    (#"["task:h"]"#, false, true, false),
    (#"["message:ops"]"#, false, false, true), (#"["job:H", "task:hh", "message:op"]"#, false, false, false),
    (#"["job:g", "task:g", "message:OPS"]"#, false, false, false),
    (#"["job:h", "task:h", "message:ops"]"#, true, true, true),
  ]

  @Test("'may' reaches as far as it says", arguments: rights.indices)
  func may(_ index: Int) throws {
    let rights = Self.rights[index]
    let gate = try Self.gate("g", #"{"may": \#(rights.may)}"#, others: ["h": "{}"])
    let other = #""group": "h""#
    let task = #"{"schedule": "@daily", "job": {"run": "a", "group": "h"}}"#
    for (text, kind, allowed) in [
      (job(other), Request.Kind.jobs, rights.job), (#"{"type": "cancel", "job": "h.x"}"#, .jobs, rights.job),
      (job(#""after": ["h.x"]"#), .jobs, rights.job),
      (#"{"type": "schedule", "name": "n", "task": \#(task)}"#, .tasks, rights.task),
      (#"{"type": "update", "name": "n", "task": \#(task)}"#, .tasks, rights.task),
      (#"{"type": "pause", "name": "n", \#(other)}"#, .tasks, rights.task),
      (#"{"type": "resume", "name": "n", \#(other)}"#, .tasks, rights.task),
      (#"{"type": "cancel", "name": "n", \#(other)}"#, .tasks, rights.task),
      (#"{"type": "message", "to": "ops:a", "text": "t"}"#, .messages, rights.message),
    ] {
      let refusal = refusal { () throws(Refusal) in try admit(text, kind, by: gate) }
      #expect((refusal == nil) == allowed, "\(rights.may): \(text): \(refusal as Any)")
      #expect(allowed || refusal?.code == .notPermitted)
    }
  }

  @Test("the group main may everything without a word of it, one called Main nothing")
  func main() throws {
    let others = ["h": "{}"]
    let (main, other) = (try Self.gate("main", others: others), try Self.gate("Main", others: others))
    for (text, kind) in [
      (job(#""group": "h""#), Request.Kind.jobs), (#"{"type": "cancel", "job": "h.x"}"#, .jobs),
      (#"{"type": "cancel", "job": "x"}"#, .jobs), (#"{"type": "pause", "name": "n", "group": "h"}"#, .tasks),
      (#"{"type": "message", "to": "ops", "text": "t"}"#, .messages),
    ] {
      #expect(throws: Never.self) { try admit(text, kind, by: main) }
      #expect(throws: Refusal.self) { try admit(text, kind, by: other) }
    }
  }

  @Test("a job of another group has the rights of that group and the asker's name, and is held at the other's gate")
  func otherGroup() throws {
    let others = ["h": #"{"image": "h:1"}"#]
    let gate = try Self.gate("g", #"{"may": ["job:h"], "image": "g:1"}"#, others: others)
    let effects = try admit(job(#""group": "h", "image": "h:1""#), .jobs, by: gate)
    guard case .job(let id, let bytes, _) = effects[0] else {
      Issue.record("\(effects)")
      return
    }
    #expect(try id.text == "g.x" && Job.read(bytes).group?.text == "h")
    let refusal = refusal { () throws(Refusal) in try admit(job(#""group": "h", "image": "g:1""#), .jobs, by: gate) }
    #expect(refusal?.key == "job.image")
  }

  @Test(
    "whose a job is says the name before the first dot, whole", arguments: ["g", "x", "gg.x", "G.x", "h.g.x", ".x"])
  func notOwn(_ id: String) throws {
    let gate = try Self.gate()
    let refusal = refusal { () throws(Refusal) in try admit(#"{"type": "cancel", "job": "\#(id)"}"#, .jobs, by: gate) }
    #expect(refusal?.code == .notPermitted || id == ".x" && refusal?.code == .badName)
  }

  @Test("messages go to the channels that the group has, whole or by address")
  func channels() throws {
    let gate = try Self.gate("g", #"{"channels": ["mail", "chat:team"]}"#)
    for (to, allowed) in [
      ("mail:a@b", true), ("mail", true), ("mail:", true), ("chat:team", true), ("chat:other", false), ("chat", false),
      ("chat:team2", false), ("mail2:a", false), ("Mail:a", false), ("mail\u{301}:a", false), (":a", false),
      ("chat:tea\u{6D}\u{301}", false), ("group:g", true), ("group:h", false), ("group", false), ("group:", false),
    ] {
      let refusal = refusal { () throws(Refusal) in
        try admit(#"{"type": "message", "to": "\#(to)", "text": "t"}"#, .messages, by: gate)
      }
      #expect((refusal == nil) == allowed, "\(to)")
      #expect(allowed || refusal?.key == "to")
    }
  }

  @Test("jobs of one request know each other by their short names, in 'after' too")
  func siblings() throws {
    let text = #"""
      {"type": "jobs", "jobs": {"a": {"run": "a"}, "b": {"run": "b", "after": ["a", "g.old"]},
       "all": {"run": "c", "after": {"jobs": ["a", "b"], "need": "any", "onFailure": "continue"}}}}
      """#
    var jobs: [String: Job] = [:]
    for case .job(let id, let bytes, _) in try admit(text, .jobs, by: Self.gate()) {
      jobs[id.text] = try Job.read(bytes)
    }
    #expect(jobs.keys.sorted() == ["g.x.a", "g.x.all", "g.x.b"])
    #expect(jobs["g.x.b"]?.after?.jobs.map(\.text) == ["g.x.a", "g.old"])
    #expect(jobs["g.x.all"]?.after?.jobs.map(\.text) == ["g.x.a", "g.x.b"])
    #expect(jobs["g.x.all"]?.after?.need == .any && jobs["g.x.all"]?.after?.onFailure == .continue)
    #expect(jobs["g.x.a"]?.after == nil)
  }

  @Test("a name that no job or task can have is refused, and nothing else of the request is done")
  func longNames() throws {
    let long = String(repeating: "a", count: 64)
    let group = try Self.gate(long)
    let jobs = #"{"type": "jobs", "jobs": {"b": {"run": "a"}, "\#(long)": {"run": "a"}}}"#
    #expect(refusal { () throws(Refusal) in try admit(jobs, .jobs, by: group, id: long) }?.code == .badName)
    let task = #"{"type": "schedule", "name": "\#(long)", "task": {"schedule": "@daily", "job": {"run": "a"}}}"#
    let refused = refusal { () throws(Refusal) in try admit(task, .tasks, by: group) }
    #expect(refused?.code == .badName && refused?.key == "name")
    #expect(throws: Never.self) { try admit(job(""), .jobs, by: group, id: long) }
  }

  @Test("a task is written with its job as the host made it, and everything else as it was")
  func task() throws {
    let text = #"""
      {"type": "schedule", "name": "n", "task": {"x-note": [1, {"a": null}], "schedule": {"cron": "1 2 * * *"}, "maxRuns": 3,
       "job": {"run": "a", "labels": {"k": "v"}}, "missed": "skip"}}
      """#
    let effects = try admit(text, .tasks, by: Self.gate())
    guard case .task(let name, let bytes, let isUpdate) = effects[0] else {
      Issue.record("\(effects)")
      return
    }
    let task = try ScheduledTask.read(bytes) { _ in nil }
    #expect(name == "g.n" && !isUpdate && task.maxRuns == 3 && task.missed == .skip)
    #expect(task.job.origin == "ipc" && task.job.group?.text == "g" && task.job.labels.count == 1)
    #expect(string(bytes).contains("x-note"))
  }

  @Test("answers tell what was made, and of a refusal code, place and when to ask again")
  func answers() throws {
    let gate = try Self.gate()
    let done = try JSONReader.read(RequestAnswer.done("x", admit(job(""), .jobs, by: gate)))
    #expect(done.member("ok")?.value == .bool(true) && done.member("job")?.value == .string("g.x"))
    let several = RequestAnswer.done(
      "x", try admit(#"{"type": "jobs", "jobs": {"a": {"run": "a"}, "b": {"run": "b"}}}"#, .jobs, by: gate))
    #expect(try JSONReader.read(several).member("jobs") != nil)
    let refusal = Refusal(code: .badJSON, reason: "r", line: 2, column: 3, key: "k")
    let refused = try JSONReader.read(RequestAnswer.refused("x", refusal, retryAfter: .seconds(9)))
    #expect(refused.member("ok")?.value == .bool(false) && refused.member("code")?.value == .string("bad-json"))
    #expect(refused.member("key")?.value == .string("k") && refused.member("retryAfter")?.value == .string("9s"))
  }
}
