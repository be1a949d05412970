#if DEBUG
  import Jobs
  import Platform
  import Spool
  import TestSupport
  import Testing

  /// A fault at every durable step of a runner that has requests of all kinds before it.
  @Suite(
    "Whatever happens while requests are carried out, each has one answer and one effect", .timeLimit(.minutes(60)))
  struct RequestFaultTests {
    /// Of a runner that meets no fault.
    private static let end = ProcessEnd.Cause.exited(0)

    private static let requests: [(place: String, json: String)] = [
      ("messages/m", #"{"type": "message", "to": "ops:a", "text": "hi", "files": ["a"]}"#),
      ("jobs/j", #"{"type": "job", "job": {"run": "true"}, "wait": true}"#),
      ("jobs/f", #"{"type": "jobs", "jobs": {"a": {"run": "true"}, "b": {"run": "true", "after": ["a"]}}}"#),
      ("jobs/end", #"{"type": "cancel", "job": "g.old"}"#), ("tasks/make", RequestStage.schedule("new")),
      ("tasks/pause", #"{"type": "pause", "name": "one"}"#), ("tasks/remove", #"{"type": "cancel", "name": "two"}"#),
      ("tasks/change", RequestStage.schedule("three", "update", run: "echo")),
      ("jobs/bad", #"{"type": "job", "job": {"run": "true", "group": "h"}}"#),
      ("jobs/none", #"{"type": "cancel", "job": "g.none"}"#),
    ]
    /// Those that are refused, also when they are read once more after a crash.
    private static let refused = ["bad": "not-permitted", "none": "no-such-job"]

    private func asked(_ name: String, _ job: Bool) -> String {
      let own = #""group": "g", "origin": "ipc""#
      return job
        ? #"{"run": "true", \#(own), "notBefore": "2099-01-01T00:00:00Z"}"#
        : #"{"schedule": "@yearly", "job": {"run": "true", \#(own)}}"#
    }

    private func scenario() throws -> RequestStage {
      let stage = try RequestStage(["quiet": "\"10ms\""])
      try stage.spool.drop("g.old", asked("old", true))
      for name in ["one", "two", "three"] { try stage.spool.drop("g.\(name)", asked(name, false), in: .tasks) }
      stage.spool.shell("echo file > groups/g/a")
      for (place, json) in Self.requests { try stage.ask(place, json) }
      return stage
    }

    private func checkEnd(_ stage: RequestStage, _ fault: String) throws {
      let spool = stage.spool
      for (place, _) in Self.requests {
        let id = String(place.split(separator: "/")[1])
        guard let answer = stage.answer(id) else {
          Issue.record("no answer to \(id) after \(fault)\n\(stage.story)")
          continue
        }
        #expect(answer.code == Self.refused[id], "\(id) after \(fault): \(answer.text)")
      }
      #expect(
        try stage.names("done/ipc/g")
          == Self.requests.map { String($0.place.split(separator: "/")[1]) }.filter { Self.refused[$0] == nil }
          .map { $0 + ".json" }.sorted(),
        "after \(fault)")
      #expect(
        try stage.names("errors/ipc/g") == ["bad.json", "bad.result.json", "none.json", "none.result.json"],
        "after \(fault)")
      #expect(try stage.names("inbox") == ["g.f.a.json", "g.f.b.json", "g.j.json"], "after \(fault)")
      #expect(try stage.names("outbox") == ["g.m.files", "g.m.json"], "after \(fault)")
      #expect(try spool.text("outbox/g.m.files/1-a") == "file\n", "after \(fault)")
      #expect(spool.has("errors/g.old.json") && spool.has("errors/g.old.result.json"), "after \(fault)")
      #expect(spool.has("tasks/g.new.json") && !spool.has("tasks/g.one.json"), "after \(fault)")
      #expect(spool.has("tasks/paused/g.one.json") && spool.has("done/tasks/g.two.json"), "after \(fault)")
      #expect(!spool.has("tasks/g.two.json") && !spool.has("done/tasks/g.two~2.json"), "after \(fault)")
      #expect(try spool.text("tasks/g.three.json").contains("echo"), "after \(fault)")
      #expect(stage.spool.has("ipc/g/answers/.wait.j"), "the job is still waited for, after \(fault)")
      try stage.expectNothingUnderWay()
    }

    @Test("SIGKILL in place of any durable step")
    func kill() throws {
      try FaultSteps(what: "kill", least: 130).each { fault in
        let stage = try scenario()
        let wasMet = try stage.spool.drain(fault: fault, end: Self.end)
        if wasMet { try stage.spool.drain() }
        try checkEnd(stage, fault)
        return wasMet
      }
    }

    @Test(
      "each step failing once: the same runner heals it, but for what it needs at its start",
      arguments: [("ENOSPC:write", 25), ("EIO:sync", 16), ("EIO:rename", 45)])
    func failsOnce(what: String, least: Int) throws {
      try FaultSteps(what: what, least: least).each { fault in
        let stage = try scenario()
        let wasMet = try stage.spool.drain(fault: fault, end: Self.end)
        if stage.spool.logged("runner-started") == 0 { try stage.spool.drain() }
        try checkEnd(stage, fault)
        return wasMet
      }
    }

    @Test("a disk that takes nothing for a while", arguments: [1, 6])
    func fullForAWhile(first: Int) throws {
      let stage = try scenario()
      #expect(try stage.spool.drain(fault: "ENOSPC:write@\(first)-\(first + 12)", end: Self.end))
      try stage.spool.drain()
      try checkEnd(stage, "ENOSPC from \(first)")
    }

    @Test("a task that a request made before a crash is known to be over, whatever retention took of its name")
    func finishedUnderNumber() throws {
      let stage = try RequestStage()
      try stage.ask("tasks/make", RequestStage.schedule("new"))
      try stage.spool.drain()
      stage.spool.shell(
        """
        mv tasks/g.new.json 'done/tasks/g.new~3.json' && rm ipc/g/answers/make.json \
        && mv done/ipc/g/make.json processing/ipc/g/tasks.make.json
        """)
      try stage.spool.drain()
      #expect(stage.answer("make")?.isOK == true, "\(stage.story)")
      #expect(!stage.spool.has("tasks/g.new.json"))
    }

    @Test("a runner without descriptors answers all of it when it has some again")
    func noDescriptors() throws {
      let stage = try RequestStage(groups: ["g": ["channels": #"["ops"]"#]])
      stage.spool.shell("cd groups/g && for i in $(seq 20); do echo $i > f$i; done")
      let files = (1...20).map { "\"f\($0)\"" }.joined(separator: ",")
      for number in 1...40 {
        try stage.ask("messages/m\(number)", #"{"type": "message", "to": "ops:a", "text": "t", "files": [\#(files)]}"#)
      }
      let words = [BobbinProgram.path] + BobbinProgram.runner(stage.spool.path, drain: true)
      let line = words.map { "'\($0)'" }.joined(separator: " ")
      let runner = try RunnerProcess(
        Program(
          paths: ["/bin/sh"], arguments: ["sh", "-c", "ulimit -n 110; exec \(line)"],
          environment: ["PATH=/usr/bin:/bin", "HOME=\(Machine.home)", "SWIFT_BACKTRACE=enable=no"]),
        output: stage.spool.place.path + "/small.txt")
      #expect(runner.end(within: 120) == .exited(0), "\(runner.text)")
      for number in 1...40 { try stage.expect("m\(number)", nil) }
      try stage.expectNothingUnderWay()
    }
  }
#endif
