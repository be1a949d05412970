import Platform
import TestSupport
import Testing

@testable import Runtimes

@Suite(.timeLimit(.minutes(60))) struct SandboxTrialTests {
  @Test("what a killed runner left of its trial is killed when it is old enough, and nothing else")
  func orphans() throws {
    let mark = "trial-\(Machine.processID)-\(UInt64.random(in: 0 ... .max))"
    let null = try FileSystem.openNull()
    func start(_ environment: [String]) throws -> Int32 {
      try Program(paths: ["/bin/sleep"], arguments: ["sleep", "1000"], environment: environment)
        .start(input: null, output: null, error: null)
    }
    let (orphan, other) = (try start(["BOBBIN_SPOOL_ID=\(mark)"]), try start(["BOBBIN_SPOOL_ID=\(mark)2"]))
    defer {
      ProcessTable.signalChild(other, SignalNumber.kill)
      _ = Children.wait(for: other)
    }
    SandboxTrial.endOrphans(of: mark, olderThan: 3_600_000_000_000)
    #expect(Children.wait(for: orphan, atMost: 0) == nil)
    SandboxTrial.endOrphans(of: mark, olderThan: -1_000_000_000)
    #expect(Children.wait(for: orphan) == .signalled(SignalNumber.kill))
    #expect(Children.wait(for: other, atMost: 0) == nil)
  }
}
