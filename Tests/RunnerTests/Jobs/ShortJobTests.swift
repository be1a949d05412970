import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// Jobs that are over in a moment, one after the other in a slot.
@Suite(.timeLimit(.minutes(60))) struct ShortJobTests {
  @Test("each has its own name, folder, output and result, however quickly it follows another")
  func own() throws {
    let spool = try TestSpool(["slots": "1"])
    let line =
      "echo $BOBBIN_JOB_ID $BOBBIN_ATTEMPT; ls -A; touch mine; echo $BOBBIN_JOB_ID >&2; echo 7 > $BOBBIN_RESULT"
    for number in 1...60 { try spool.drop("j\(number)", #"{"run": "\#(line)"}"#) }
    try spool.drop("missing", #"{"run": ["/no/such/program"]}"#)
    try spool.drain()
    for number in 1...60 {
      let result = try spool.result("j\(number)")
      #expect(result.stdout?.text == "j\(number) 1\n" && result.stderr?.text == "j\(number)\n")
      #expect(String(decoding: result.outcome?.value?.bytes ?? [], as: UTF8.self) == "7")
      #expect(spool.has("done/j\(number).files/mine"))
    }
    #expect(try spool.result("missing").outcome?.code == "not-found")
    #expect(try spool.names(.processing).isEmpty && spool.processes.isEmpty)
  }

  @Test("a runner killed at any moment loses no job and leaves none without its run")
  func killed() throws {
    let spool = try TestSpool(["slots": "1"])
    let count = 400
    for number in 1...count {
      try spool.drop("j\(number)", #"{"run": "echo \#(number) >> \#(spool.place.path)/trace"}"#)
    }
    for round in 1...12 {
      let runner = try spool.start()
      let before = try spool.names(.done).count
      #expect(eventually { (try? spool.names(.done).count > before + round) ?? false })
      runner.kill()
    }
    try spool.drain()
    let runs = Set(try spool.place.text("trace").split(separator: "\n").map(String.init))
    #expect(runs == Set((1...count).map(String.init)))
    #expect(try spool.names(.done).count == 2 * count && spool.names(.processing).isEmpty)
  }

  @Test(
    "no turn is made for what a run's closed streams say", .enabled(if: Need.strace, "\(Need.straceSays)"))
  func streams() throws {
    let spool = try TestSpool(["slots": "1"])
    // Long enough for their streams to be listened to.
    for number in 1...20 { try spool.drop("j\(number)", #"{"run": ["/bin/sleep", "0.01"]}"#) }
    let trace = spool.place.path + "/trace"
    // The child calls setsid on its way to its program, and has copies of all streams until it is there.
    let run = spool.shell(
      "strace -f -qq -e 'trace=/^(epoll_p?wait|setsid)$' -e inject=setsid:delay_enter=20000 -o '\(trace)' "
        + "'\(BobbinProgram.path)' run --spool . --drain > ../out 2>&1")
    #expect(try run.isSuccess && spool.names(.done).count == 40)
    // Seven turns of the loop for a job. If the closed streams were told of, a child's copies would make one every 10 µs.
    let turns = try spool.place.text("trace").split(separator: "\n").count { $0.contains("epoll_") }
    #expect(turns < 50 * 20, "\(turns) turns")
  }
}
