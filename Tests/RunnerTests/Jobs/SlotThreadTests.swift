import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// A backlog, which threads beside the loop's work off where there are as many processors as slots: each starts what was made
/// ready and waits for its end.
@Suite("a backlog on the slots' threads") struct SlotThreadTests {
  private let spool: TestSpool

  init() throws { spool = try TestSpool(["slots": "2"]) }

  @Test("never more runs at a time than slots, each job once, in the order of the inbox")
  func slots() throws {
    let line = "echo + >> '\(spool.place.path)/runs'; sleep 0.01; echo - >> '\(spool.place.path)/runs'"
    for number in 100..<220 { try spool.drop("j\(number)", #"{"run": "\#(line)"}"#) }
    try spool.drain()
    var (now, most) = (0, 0)
    for change in try spool.place.text("runs").split(separator: "\n") {
      now += change == "+" ? 1 : -1
      most = max(most, now)
    }
    #expect(now == 0 && most == 2)
    #expect(try spool.names(.done).count == 240 && spool.names(.processing).isEmpty)
    let records = try (100..<220).map { try spool.result("j\($0)") }
    #expect(records.allSatisfy { $0.attemptsTotal == 1 && $0.status == "succeeded" })
    let starts = records.compactMap(\.startedAt)
    #expect(starts.count == 120 && starts == starts.sorted())
  }

  @Test("a wait that is interrupted misses no end of a run", arguments: 1...24)
  func interrupted(wait: Int) throws {
    for number in 1...8 { try spool.drop("j\(number)", #"{"run": "true"}"#) }
    let runner = try spool.start(
      drain: true,
      environment: BobbinProgram.callFault("wait:EINTR@\(wait)") + ["BOBBIN_CALL_FIRED=\(spool.place.path)/fired"])
    #expect(runner.end() == .exited(0), "\(spool.tree)")
    // Each of the eight is waited for; how often in vain differs.
    #expect(try spool.place.folder.has("fired") || wait > 8)
    #expect(try spool.names(.done).count == 16)
  }

  @Test(
    "what took the place of the job that was made ready is run as what it is",
    .enabled(if: Need.strace, "\(Need.straceSays)"))
  func replacedAtItsClaim() throws {
    // The loop learns of the replacement 50 ms late, the thread whose run made it is there at once.
    let replacing = "sleep 0.2; exec mv '\(spool.place.path)/other' '\(spool.path)/inbox/c.json'"
    try spool.place.write("other", #"{"run": "sleep 0.2; echo $HOME", "runtime": "sandbox"}"#)
    try spool.drop("z", #"{"run": "sleep 2", "priority": 3}"#)
    try spool.drop("a", #"{"run": "sleep 0.5", "priority": 2}"#)
    try spool.drop("b", #"{"run": "\#(replacing)", "priority": 1}"#)
    try spool.drop("c", #"{"run": "true"}"#)
    try spool.drop("d", #"{"run": "true", "priority": -1}"#)
    let run = spool.shell(
      "timeout -k 1 200 strace -f -qq -e trace=epoll_wait -e inject=epoll_wait:delay_exit=50000 -o /dev/null "
        + "'\(BobbinProgram.path)' run --spool . --drain")
    #expect(run.isSuccess, "\(run.text)\n\(spool.tree)")
    #expect(try spool.result("c").status == "succeeded" && spool.result("c").runtime == "sandbox")
    #expect(try spool.result("d").status == "succeeded" && spool.names(.processing).isEmpty)
  }

  @Test("without a descriptor that tells of a child's end the loop looks by itself")
  func noPidfd() throws {
    try spool.write(["scanInterval": "\"1h\""])
    // Longer than until its record is written, the last thing for which the loop has a time, and its streams say nothing;
    // meanwhile the others bring a thread that takes signals away.
    try spool.drop("a", #"{"run": "exec > /dev/null 2>&1; sleep 1.5", "priority": 1}"#)
    for number in 1...5 { try spool.drop("b\(number)", #"{"run": "sleep 0.05"}"#) }
    // A filter that answers EMFILE to pidfd_open, 434 on every kernel (seccomp(2)); strace would let signals through.
    try spool.place.write(
      "refuse.py",
      """
      import ctypes, os, struct, sys
      rules = struct.pack("HBBI" * 4, 0x20, 0, 0, 0, 0x15, 0, 1, 434, 6, 0, 0, 0x50000 | 24, 6, 0, 0, 0x7FFF0000)
      held = ctypes.create_string_buffer(rules)
      class Filter(ctypes.Structure): _fields_ = [("length", ctypes.c_ushort), ("rules", ctypes.c_void_p)]
      c = ctypes.CDLL(None)
      assert c.prctl(38, 1, 0, 0, 0) == 0
      assert c.prctl(22, 2, ctypes.byref(Filter(4, ctypes.addressof(held)))) == 0
      os.execv(sys.argv[1], sys.argv[1:])
      """)
    let run = spool.shell("timeout -k 1 200 python3 ../refuse.py '\(BobbinProgram.path)' run --spool . --drain")
    #expect(run.isSuccess, "\(run.text)")
    #expect(try spool.result("a").status == "succeeded")
  }

  @Test("a planned stop: what a thread started goes to deferred, what waits stays, and the next runner goes on")
  func stopped() throws {
    let firstLong = "test $BOBBIN_ATTEMPT = 2 || exec sleep 60"
    try spool.drop("z", #"{"run": "\#(firstLong)", "priority": 3}"#)
    try spool.drop("a", #"{"run": "true", "priority": 2}"#)
    try spool.drop("b", #"{"run": "\#(firstLong)", "priority": 1}"#)
    try spool.drop("c", #"{"run": "true"}"#)
    let runner = try spool.start()
    try spool.ended("a")
    #expect(eventually(within: 30) { spool.has("processing/b.json") && spool.processes.count == 2 })
    runner.signal(SignalNumber.terminate)
    #expect(runner.end() == .exited(0))
    #expect(
      try spool.names(.deferred) == ["b.json", "b.run.json", "z.json", "z.run.json"]
        && spool.names(.inbox) == ["c.json"])
    try spool.drain()
    #expect(
      try spool.result("z").attemptsTotal == 2 && spool.result("b").attemptsTotal == 2
        && spool.result("c").status == "succeeded")
  }

  @Test("pausing holds the backlog up, and going on takes it up again")
  func paused() throws {
    for number in 0..<30 { try spool.drop("j\(number)", #"{"run": "sleep 0.02"}"#) }
    let runner = try spool.start()
    #expect(eventually(within: 30) { (try? spool.names(.done).count) ?? 0 > 6 })
    spool.shell("echo later > paused")
    #expect(eventually(within: 30) { ((try? spool.names(.processing).count) ?? 1) == 0 })
    let before = try spool.names(.inbox).count
    #expect(runner.goesRound())
    #expect(try before > 0 && spool.names(.inbox).count == before)
    spool.shell("rm paused")
    #expect(eventually(within: 60) { (try? spool.names(.done).count) == 60 })
    runner.kill()
  }
}
