#if DEBUG
  import Jobs
  import Platform
  import Spool
  import TestSupport
  import Testing

  /// The program itself with tasks, from outside: files are put, moved and read, processes killed.
  @Suite(.timeLimit(.minutes(60))) struct TaskProcessTests {
    private let spool: TestSpool
    init() throws { spool = try TestSpool(["quiet": "\"10ms\""]) }

    /// A task that was dropped at a time in the past, as far as its times go.
    private func drop(_ name: String, _ schedule: String, _ run: String = "true", _ more: String = "") throws {
      try spool.replace("tasks/\(name).json", task(schedule, run, more))
    }

    private func task(_ schedule: String, _ run: String = "true", _ more: String = "") -> String {
      #"{"schedule": \#(schedule), "job": {"run": "\#(run)"}\#(more)}"#
    }

    private func state(_ name: String) throws -> TaskState {
      try TaskState.decode(Array(try spool.text("tasks/\(name).state.json").utf8))
    }

    /// The state, once it is so.
    @discardableResult
    private func eventuallyState(
      _ name: String, _ location: SourceLocation = #_sourceLocation, _ isSo: (TaskState) -> Bool
    ) throws -> TaskState {
      let came = eventually { (try? state(name)).map(isSo) ?? false }
      #expect(
        came, "\((try? spool.text("tasks/\(name).state.json")) ?? "no state")\n\(spool.log)", sourceLocation: location)
      return try state(name)
    }

    /// The ids of jobs that have a result, and of those that have not, oldest first.
    private func ids(_ name: String) throws -> (ended: [String], others: [String]) {
      var ended: [String] = []
      var others: Set<String> = []
      for place in SpoolPlace.jobStates {
        for file in try spool.names(place) where file.hasPrefix(name + "@") {
          if let id = file.split(separator: ".").first.map(String.init) {
            if file.hasSuffix(".result.json") { ended.append(id) } else { others.insert(id) }
          }
        }
      }
      return (ended.sorted(), others.subtracting(ended).sorted())
    }

    /// The files of jobs in a folder.
    private func jobs(_ spool: TestSpool, _ place: SpoolPlace) throws -> [String] {
      try spool.names(place).filter { $0.contains("@") }
    }

    private static let past = (1...3).map { #"{"at": "2025-03-01T00:00:0\#($0)Z"}"# }

    // MARK: drains

    @Test("a drain makes and runs what is due, does not wait for what is not, and its exit code is that of the jobs")
    func drain() throws {
      try drop("due", Self.past[0], "echo $BOBBIN_TASK $BOBBIN_SCHEDULED_FOR $BOBBIN_JOB_ID")
      try drop("future", #"{"at": "2200-01-01T00:00:00Z"}"#)
      try drop("later", #"{"every": "366d"}"#)
      try drop("bad", #"{"every": "0s"}"#)
      let runner = try spool.start(drain: true)
      #expect(runner.end() == .exited(0))
      let result = try spool.result("due@20250301T000001Z")
      #expect(result.stdout?.text == "due 2025-03-01T00:00:01Z due@20250301T000001Z\n")
      #expect(spool.has("done/tasks/due.json") && spool.has("done/tasks/due.state.json"))
      #expect(try jobs(spool, .done).count == 2 && jobs(spool, .inbox).isEmpty)
      #expect(try state("future").next == "2200-01-01T00:00:00+00:00" && state("bad").status == .bad)
      try drop("failing", Self.past[1], "exit 3")
      #expect(try spool.start(drain: true).end() == .exited(1))
      #expect(try spool.result("failing@20250301T000002Z").outcome?.exitCode == 3)
      #expect(try spool.start(drain: true).end() == .exited(0))
      #expect(try ids("failing").ended.count == 1)
    }

    @Test("a drain stays for the times that wait until the job before them has ended")
    func queue() throws {
      // Read by a runner before, which ended in the year of the first of them.
      let text = task(
        #"{"cron": "0 0 1 1 *", "timezone": "UTC"}"#, "true",
        #", "missed": "all", "overlap": "queue", "until": "2023-06-01T00:00:00Z""#)
      for name in ["t.json", ".t.good.json"] { try spool.replace("tasks/" + name, text) }
      try spool.replace("tasks/t.state.json", #"{"task": "t", "handledUntil": "2021-06-01T00:00:00Z"}"#)
      #expect(try spool.start(drain: true).end() == .exited(0))
      #expect(try ids("t").ended == ["t@20220101T000000Z", "t@20230101T000000Z"], "\(spool.log)")
      #expect(spool.has("done/tasks/t.json"))
    }

    @Test("a job of a task has the rights and bounds of any other: a bad one is refused, and tells its task")
    func refused() throws {
      try drop("x", Self.past[0], "true", #", "x-note": 1"#)
      try spool.replace(
        "tasks/y.json", #"{"schedule": \#(Self.past[0]), "job": {"run": "true", "stdinFile": "/nowhere"}}"#)
      try spool.drain()
      #expect(try spool.result("x@20250301T000001Z").isSuccess)
      #expect(try !spool.result("y@20250301T000001Z").isSuccess)
      let state = try TaskState.decode(Array(try spool.text("done/tasks/y.state.json").utf8))
      #expect(try state.counts.failed == 1 && state.lastStatus == spool.result("y@20250301T000001Z").status)
    }

    @Test("whatever durable step SIGKILL comes in place of, each time has one job with one result")
    func killDrain() throws {
      try FaultSteps(what: "kill", least: 60).each { fault in
        let spool = try TestSpool(["quiet": "\"10ms\"", "maxInterruptions": "0"])
        let trace = spool.place.path + "/trace"
        for (index, schedule) in Self.past.enumerated() {
          try spool.replace("tasks/t\(index).json", task(schedule, "echo t\(index) >> \(trace)"))
        }
        let wasMet = try spool.drain(fault: fault, end: .exited(0))
        if wasMet { try spool.drain() }
        let message = Comment(rawValue: "\(fault)\n\(spool.tree)\n\(spool.log)")
        for index in 0..<3 {
          let id = "t\(index)@20250301T00000\(index + 1)Z"
          #expect(try spool.result(id).isSuccess, message)
          #expect(spool.has("done/tasks/t\(index).json"), message)
          let state = try TaskState.decode(Array(try spool.text("done/tasks/t\(index).state.json").utf8))
          #expect(state.status == .finished && state.counts.runs == 1 && state.counts.succeeded == 1, message)
        }
        #expect(try jobs(spool, .done).count == 6 && jobs(spool, .errors).isEmpty, message)
        #expect(try spool.names(.tasks).filter { $0 != "paused" } == [] && jobs(spool, .inbox).isEmpty, message)
        return wasMet
      }
    }

    // MARK: a running one

    @Test("a runner that is killed again and again makes exactly one job for each two seconds, and none twice")
    func killedOften() throws {
      try drop(
        "t", #"{"every": "2s"}"#, "echo $BOBBIN_JOB_ID >> \(spool.place.path)/trace",
        #", "missed": "all", "overlap": "allow""#)
      var runner = try spool.start()
      let first = try eventuallyState("t") { $0.counts.runs > 0 }
      let begin = try #require(first.occurrences.last?.scheduled)
      for round in 1...6 {
        // At another part of a second each time.
        let next = Clock.wall() + 1_300_000_000 + Int64(round) * 230_000_000
        _ = eventually { Clock.wall() > next }
        runner.kill()
        runner = try spool.start()
      }
      let last = OccurrenceID.make("t", at: Timestamp(seconds: Clock.wall() / 2_000_000_000 * 2)).text
      #expect(try eventually { try ids("t").ended.last ?? "" >= last })
      spool.shell("mv tasks/t.json tasks/paused/")
      try eventuallyState("t") { $0.status == .paused }
      runner.signal(15)
      #expect(runner.end() == .exited(0))
      // What was stopped or not begun.
      try spool.drain()
      let (ended, others) = try ids("t")
      #expect(others == [])
      let stop = try #require(ended.last.flatMap { OccurrenceID.read(JobID(unchecked: $0)) }).time
      let times = stride(
        from: begin.nanoseconds / 1_000_000_000, through: stop.nanoseconds / 1_000_000_000, by: 2)
      #expect(ended == times.map { OccurrenceID.make("t", at: Timestamp(seconds: $0)).text })
      #expect(ended.count >= 6)
      let counts = try state("t").counts
      #expect(counts.runs == ended.count && counts.missed == 0 && counts.overlapped == 0)
      #expect(try state("t").status == .paused)
    }

    @Test("tasks are paused, resumed, edited in place and removed by files alone", arguments: [true, false])
    func control(notifications: Bool) throws {
      try spool.write(["quiet": "\"10ms\"", "notifications": "\(notifications)"])
      try drop("t", #"{"every": "1s"}"#, "echo one", #", "overlap": "allow""#)
      let runner = try spool.start()
      defer { runner.kill() }
      try eventuallyState("t") { $0.counts.succeeded > 0 }
      spool.shell("mv tasks/t.json tasks/paused/")
      try eventuallyState("t") { $0.status == .paused && $0.next == nil }
      #expect(eventually { (try? ids("t").others) == [] })
      let before = try ids("t").ended
      // Two of its times pass, which another task shows.
      let until = Clock.wall() + 2_100_000_000
      try drop("other", #"{"every": "1s"}"#)
      try eventuallyState("other") { $0.counts.runs > 1 && Clock.wall() > until }
      #expect(try ids("t").ended == before)
      spool.shell("mv tasks/paused/t.json tasks/")
      try eventuallyState("t") { $0.status == .scheduled && $0.counts.runs > before.count }
      #expect(try state("t").counts.missed == 0)
      let resumed = try #require(try ids("t").ended.first { !before.contains($0) } ?? ids("t").others.first)
      #expect(resumed > OccurrenceID.make("t", at: Timestamp(nanoseconds: until - 300_000_000)).text)
      // In place: the file stays the same one.
      spool.shell("printf '%s' '\(task(#"{"every": "1s"}"#, "echo two", #", "overlap": "allow""#))' > tasks/t.json")
      #expect(
        try eventually { try ids("t").ended.last.map { try spool.result($0).stdout?.text == "two\n" } ?? false })
      spool.shell("echo '{' > tasks/t.json")
      try eventuallyState("t") { $0.problem != nil && $0.status == .scheduled }
      let bad = try state("t").counts.runs
      try eventuallyState("t") { $0.counts.runs > bad }
      #expect(try ids("t").ended.last.map { try spool.result($0).stdout?.text == "two\n" } ?? false)
      spool.shell("rm tasks/t.json")
      #expect(eventually { spool.has("done/tasks/t.state.json") && !spool.has("tasks/t.state.json") })
    }

    @Test("HUP reads zones and tasks again, and TERM ends a runner that has tasks")
    func signals() throws {
      try drop("t", #"{"every": "1h"}"#)
      let runner = try spool.start()
      try eventuallyState("t") { $0.next != nil }
      runner.signal(1)
      spool.shell("touch tasks/t.json")
      let mark = try spool.folder(.tasks).status("t.json")?.modified
      try eventuallyState("t") { $0.progress.file?.modified == mark }
      runner.signal(15)
      #expect(runner.end() == .exited(0))
    }

    @Test("overlap replace: the process that runs is ended before the next one begins")
    func replace() throws {
      let lock = spool.place.path + "/lock"
      try drop(
        "t", #"{"every": "1s"}"#,
        "exec 9> \(lock); flock -n 9 || echo overlap >> \(spool.place.path)/trace; exec sleep 1000",
        #", "overlap": "replace""#)
      let runner = try spool.start()
      defer { runner.kill() }
      #expect(try eventually { try ids("t").ended.count >= 2 }, "\(spool.log)")
      for id in try ids("t").ended { #expect(try spool.result(id).status == "cancelled") }
      #expect(try !spool.place.folder.has("trace"))
      spool.shell("mv tasks/t.json tasks/paused/")
      try eventuallyState("t") { $0.status == .paused }
      #expect(try state("t").counts.failed >= 2)
    }

    @Test("the clock set back a day and on again under a live runner: times go on at once, none is made twice")
    func clock() throws {
      let clock = spool.place.path + "/clock"
      func set(_ nanoseconds: Int64) {
        Command.shell("echo \(nanoseconds) > '\(clock).new' && mv '\(clock).new' '\(clock)'")
      }
      set(0)
      try drop("t", #"{"every": "1s"}"#, "true", #", "overlap": "allow""#)
      let runner = try spool.start(environment: ["BOBBIN_CLOCK=\(clock)"])
      defer { runner.kill() }
      try eventuallyState("t") { $0.counts.runs > 0 }
      set(-86_400_000_000_000)
      let back = try eventuallyState("t") { $0.notice?.contains("clock") == true }
      try eventuallyState("t") { $0.counts.runs > back.counts.runs + 1 }
      #expect(spool.logged("clock-set") == 1 && spool.logged("task-clock") == 1)
      set(0)
      try eventuallyState("t") { $0.counts.missed > 80_000 || $0.occurrences.contains { $0.isCountCut } }
      let forward = try state("t")
      try eventuallyState("t") { $0.counts.runs > forward.counts.runs + 1 }
      #expect(spool.logged("clock-set") == 2)
      spool.shell("mv tasks/t.json tasks/paused/")
      try eventuallyState("t") { $0.status == .paused && $0.progress.active.isEmpty }
      let (ended, others) = try ids("t")
      #expect(others == [] && Set(ended).count == ended.count && ended.allSatisfy { !$0.contains("~") })
      #expect(try state("t").counts.succeeded == ended.count)
    }
  }
#endif
