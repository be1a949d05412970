import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// Jobs of which each process forks and ends at once, for ever: gone wherever somebody looks.
@Suite(.timeLimit(.minutes(60)), .enabled(if: Need.python, "\(Need.pythonSays)")) struct FleetingTests {
  private let spool: TestSpool
  init() throws {
    spool = try TestSpool(["maxInterruptions": "0"])
    // It ends by itself some time, should nothing else end it. Whoever is alive of it holds the lock that it was given.
    try spool.place.write(
      "hop.py",
      """
      import os, sys, time
      end = time.monotonic() + 120
      while time.monotonic() < end:
          if os.fork(): os._exit(int(sys.argv[1]))
          if len(sys.argv) > 2: os.setsid()
      """)
  }

  private var here: String { spool.place.path }

  /// Takes the lock or says that somebody has it, and hops.
  private func line(_ arguments: String) -> String {
    "exec 9>> \(here)/lock; flock -n 9 || echo overlap >> \(here)/trace; echo run >> \(here)/trace; "
      + "exec python3 \(here)/hop.py \(arguments)"
  }

  private var isAlive: Bool { !Command.shell("flock -n '\(here)/lock' true").isSuccess }

  @Test(
    "a job settles only when nothing of it is alive, though each of its processes is gone before it is looked at",
    arguments: ["0", "0 session"])
  func ended(arguments: String) throws {
    try spool.drop("x", #"{"run": "\#(line(arguments))"}"#)
    let runner = try spool.start()
    let result = try spool.ended("x", within: 120)
    #expect(!isAlive && result.isSuccess && result.leftover == 1, "\(spool.log)")
    runner.kill()
  }

  @Test("such a job's next attempt never begins beside the one before")
  func again() throws {
    try spool.drop("x", #"{"run": "\#(line("3"))", "retry": {"attempts": 3, "delay": 0}}"#)
    try spool.drain()
    #expect(try spool.result("x").attemptsTotal == 3)
    #expect(try spool.place.text("trace") == "run\nrun\nrun\n" && !isAlive)
  }

  @Test("such a run of a runner that was killed is ended before it is run again")
  func recovered() throws {
    // Its first process stays until the hops have begun, so that the runner dies while the job runs.
    try spool.drop(
      "x",
      #"{"run": "test -e \#(here)/trace || { (\#(line("0"))) & }; while :; do sleep 1000; done"}"#)
    let runner = try spool.start()
    #expect(try eventually { try spool.place.folder.has("trace") && spool.has("processing/x.run.json") })
    runner.kill()
    // What can be seen is ended by others, and what hops is left.
    for process in spool.processes where ProcessTable.name(of: process.pid) != "python3" {
      ProcessTable.signal(process, SignalNumber.kill)
    }
    #expect(isAlive)
    let next = try spool.start()
    #expect(eventually { spool.logged("recovered") == 1 })
    #expect(!isAlive)
    next.kill()
    for process in spool.processes { ProcessTable.signal(process, SignalNumber.kill) }
  }
}
