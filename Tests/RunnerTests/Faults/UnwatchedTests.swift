import Jobs
import Platform
import TestSupport
import Testing

/// What the kernel refuses to tell of.
@Suite(.timeLimit(.minutes(60))) struct UnwatchedTests {
  @Test("a job that prints more than pipes hold ends, whichever watch the kernel refuses, epoll's or inotify's")
  func refused() throws {
    let spool = try TestSpool(["slots": "1"])
    let count = spool.place.path + "/count"
    var (watches, number, ended) = (1, 0, 0)
    while number <= watches {
      // Longer than most jobs, so that its streams are watched at all.
      try spool.drop("x\(number)", #"{"run": "yes | head -c 200000; sleep 0.1; yes | head -c 200000 >&2"}"#)
      let runner = try spool.start(
        drain: true, environment: BobbinProgram.callFault("watch:ENOMEM@\(number)") + ["BOBBIN_CALL_COUNT=\(count)"])
      let end = runner.end(within: 60)
      try #require(end != nil, "watch \(number) of \(watches)\n\(spool.tree)\n\(spool.log)")
      if number == 0 { watches = try #require(Int(spool.place.text("count"))) }
      // Without some it does not begin.
      if end == .exited(0) {
        ended += 1
        let result = try spool.result("x\(number)")
        #expect(result.stdout?.bytes == 200_000 && result.stderr?.bytes == 200_000, "watch \(number)")
      } else {
        #expect(end == .exited(74), "watch \(number)")
        try spool.drain()
      }
      number += 1
    }
    #expect(watches > 10 && ended > watches / 2)
  }
}
