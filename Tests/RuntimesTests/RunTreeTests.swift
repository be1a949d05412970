import Jobs
import TestSupport
import Testing

@testable import Platform
@testable import Runtimes

@Suite(.timeLimit(.minutes(60))) struct RunTreeTests {
  private func process(_ pid: Int32, session: Int32, parent: Int32 = 1) -> ProcessFacts {
    ProcessFacts(pid: pid, parent: parent, session: session, startTicks: 1, isZombie: false)
  }

  @Test("a run is its first process, its session, and what descends from these")
  func tree() {
    let all = [
      process(10, session: 10), process(11, session: 10), process(12, session: 12, parent: 11),
      process(13, session: 12, parent: 12), process(14, session: 14),
    ]
    #expect(RunTree.members(of: 10, isReaped: false, among: all) == [10, 11, 12, 13])
  }

  @Test("what a run left is found by its session once the first process was reaped")
  func left() {
    let all = [process(11, session: 10), process(12, session: 12, parent: 11), process(14, session: 14)]
    #expect(RunTree.members(of: 10, isReaped: true, among: all) == [11, 12])
  }

  @Test("who has the pid of a first process that was reaped is a stranger, with its session and its children")
  func stranger() {
    let all = [process(10, session: 10), process(11, session: 10, parent: 10), process(12, session: 12, parent: 10)]
    #expect(RunTree.members(of: 10, isReaped: true, among: all) == [])
  }
}
