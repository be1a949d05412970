#if DEBUG
  import Jobs
  import Platform
  import Spool
  import TestSupport
  import Testing

  /// Somebody sets the machine's clock under a live runner: the runner's time of day is set off by `BOBBIN_CLOCK`, the
  /// times of files and the continuous clock are the kernel's.
  @Suite(.timeLimit(.minutes(60))) struct ClockTests {
    private static let hour: Int64 = 3_600_000_000_000
    private static let year: Int64 = 365 * 24 * hour

    private let spool: TestSpool
    private let clock: String

    init() throws {
      spool = try TestSpool(["slots": "3"])
      clock = spool.place.path + "/clock"
      set(0)
    }

    private func set(_ nanoseconds: Int64) {
      Command.shell("echo \(nanoseconds) > '\(clock).new' && mv '\(clock).new' '\(clock)'")
    }

    private func start() throws -> RunnerProcess { try spool.start(environment: ["BOBBIN_CLOCK=\(clock)"]) }

    private func time(in nanoseconds: Int64) -> String { Timestamp(nanoseconds: Clock.wall() + nanoseconds).text }

    /// Runs until the file `go` is there; its retry, timeout and grace are far from over then.
    private func dropLong(_ name: String) throws {
      try spool.drop(
        name,
        #"{"run": "touch \#(spool.place.path)/\#(name)-runs; while ! test -e \#(spool.place.path)/go; do sleep 0.01; done", "timeout": "10m"}"#
      )
      try #require(try eventually { try spool.place.folder.has(name + "-runs") })
    }

    @Test(
      "a second attempt that was cut short is told of and tried again at once, also when the clock was set back meanwhile"
    )
    func cutShort() throws {
      let trace = spool.place.path + "/trace"
      set(Self.hour)
      try spool.drop(
        "x",
        #"{"run": "test $BOBBIN_ATTEMPT != 1 || exit 75; test -e \#(trace) && exit; touch \#(trace); sleep 1000", "retry": {"delay": "1ms"}}"#
      )
      let runner = try start()
      try #require(eventually { try spool.place.folder.has("trace") })
      // Most often before it is run for so long that it has a record of its own.
      runner.kill()
      set(0)
      let end = try spool.start(drain: true, environment: ["BOBBIN_CLOCK=\(clock)"]).end(within: 60)
      #expect(end == .exited(0))
      #expect(try spool.result("x").attempts.map(\.status) == ["failed", "interrupted", "succeeded"])
    }

    /// A drop that is seen, run, tried again and told although the clock is where it is.
    private func probe(_ name: String) throws {
      try spool.drop(name, #"{"run": "test $BOBBIN_ATTEMPT = 2", "retry": {"attempts": 2, "delay": "100ms"}}"#)
      let result = try spool.ended(name)
      #expect(result.isSuccess && result.attemptsTotal == 2, "\(name)")
      try expectSane(result)
    }

    /// What was measured, whatever the time of day did meanwhile.
    private func expectSane(_ result: JobRecord) throws {
      let ran = try #require(result.runSeconds)
      #expect(ran >= .zero && ran < .seconds(120), "\(result.id) ran \(ran)")
      #expect(try #require(result.waitSeconds) >= .zero, "\(result.id)")
      for attempt in result.attempts {
        #expect(attempt.runSeconds.map { $0 >= .zero && $0 < .seconds(120) } ?? true, "\(result.id)")
      }
    }

    @Test(
      "the clock set back an hour: runs go on, waits last an hour longer, drops are seen at once, nothing is lost",
      arguments: [true, false])
    func back(notifications: Bool) throws {
      try spool.write(["slots": "3", "notifications": "\(notifications)"])
      let runner = try start()
      defer { runner.kill() }
      try dropLong("long")
      try spool.drop("later", #"{"run": "exit $((BOBBIN_ATTEMPT == 1))", "retry": {"attempts": 2, "delay": "2s"}}"#)
      try #require(eventually { spool.has("deferred/later.json") && spool.has("deferred/later.run.json") })
      try spool.drop("soon", #"{"run": "true", "notBefore": "\#(time(in: 2_000_000_000))"}"#)
      set(-Self.hour)
      let until = Clock.continuous() + 3_000_000_000
      for number in 1...3 { try probe("probe-\(number)") }
      // Both would have been due by now.
      #expect(eventually { Clock.continuous() > until })
      try probe("probe-4")
      #expect(spool.has("inbox/soon.json") && spool.has("deferred/later.json"))
      #expect(spool.has("processing/long.json") && spool.logged("job-timed-out") == 0)
      set(0)
      for name in ["soon", "later"] { #expect(try spool.ended(name).isSuccess) }
      Command.shell("touch '\(spool.place.path)/go'")
      let long = try spool.ended("long")
      #expect(long.isSuccess && long.attemptsTotal == 1)
      for name in ["long", "later", "soon"] { try expectSane(try spool.result(name)) }
      #expect(try spool.names(.processing).isEmpty && spool.names(.inbox).isEmpty && spool.names(.deferred).isEmpty)
    }

    @Test(
      "the clock set forward a year: runs go on, all that waited is due or has expired, drops are seen at once",
      arguments: [true, false])
    func forward(notifications: Bool) throws {
      try spool.write(["slots": "3", "notifications": "\(notifications)"])
      let runner = try start()
      defer { runner.kill() }
      try dropLong("long")
      try spool.drop("later", #"{"run": "exit $((BOBBIN_ATTEMPT == 1))", "retry": {"attempts": 2, "delay": "3h"}}"#)
      try #require(eventually { spool.has("deferred/later.json") && spool.has("deferred/later.run.json") })
      let next = time(in: Self.hour)
      try spool.drop("soon", #"{"run": "true", "notBefore": "\#(next)"}"#)
      try spool.drop("expiring", #"{"run": "true", "notBefore": "\#(next)", "expires": "2h"}"#)
      try spool.drop("far", #"{"run": "true", "notBefore": "\#(time(in: 2 * Self.year))"}"#)
      try probe("before")
      #expect(
        try spool.names(.inbox) == ["expiring.json", "far.json", "soon.json"] && spool.has("deferred/later.json"))
      set(Self.year)
      for name in ["soon", "later"] { #expect(try spool.ended(name).isSuccess) }
      #expect(try spool.ended("expiring").status == "expired")
      for number in 1...3 { try probe("probe-\(number)") }
      #expect(spool.has("processing/long.json") && spool.logged("job-timed-out") == 0)
      #expect(spool.has("inbox/far.json"))
      Command.shell("touch '\(spool.place.path)/go'")
      let long = try spool.ended("long")
      #expect(long.isSuccess && long.attemptsTotal == 1)
      // Its end is told by the clock as it was then, its length by the one that nobody sets.
      #expect(try #require(long.finishedAt).duration(since: try #require(long.startedAt)) > .seconds(300 * 86_400))
      for name in ["long", "later", "soon"] { try expectSane(try spool.result(name)) }
    }

    @Test(
      "a runner that is started with another time of day than the one that died runs its job again, once",
      arguments: [-hour, year])
    func restarted(step: Int64) throws {
      let runner = try start()
      try dropLong("long")
      try spool.drop("later", #"{"run": "exit $((BOBBIN_ATTEMPT == 1))", "retry": {"attempts": 2, "delay": "100ms"}}"#)
      try #require(eventually { spool.has("processing/long.run.json") })
      try spool.ended("later")
      runner.kill()
      set(step)
      Command.shell("touch '\(spool.place.path)/go'")
      let next = try start()
      defer { next.kill() }
      let long = try spool.ended("long")
      #expect(long.isSuccess && long.attempts.map(\.status) == ["interrupted", "succeeded"])
      try expectSane(long)
      try probe("after")
    }
  }
#endif
