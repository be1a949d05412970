import Jobs
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct DrainTests {
  @Test(
    "what comes just before a drain ends is run, also when the inbox may not be listed again yet",
    .enabled(if: Need.strace, "\(Need.straceSays)"), arguments: [true, false])
  func lastLook(hasNotifications: Bool) throws {
    // A busy machine may not get to the drop while the runner is there.
    for _ in 1...5 {
      let spool = try TestSpool(["notifications": "\(hasNotifications)"])
      try spool.drop("a", #"{"run": "true"}"#)
      try spool.place.write("b", #"{"run": "true"}"#)
      // The loop hears of what comes a second late, and a listing takes so long that there is none for five.
      let run = spool.shell(
        """
        :
        timeout -k 1 60 strace -f -qq -e trace=epoll_wait,getdents64 -e inject=epoll_wait:delay_exit=1000000 \
          -e inject=getdents64:delay_exit=100000 -o /dev/null '\(BobbinProgram.path)' run --spool . --drain &
        while test ! -e done/a.result.json; do kill -0 $! || exit 1; sleep 0.005; done
        mv ../b inbox/b.json
        kill -0 $! || exit 9
        wait $!
        """)
      if run.end == .exited(9) { continue }
      #expect(run.isSuccess, "\(run.text)\n\(spool.tree)")
      #expect(try spool.result("b").status == "succeeded")
      return
    }
    Issue.record("the runner was gone each time")
  }
}
