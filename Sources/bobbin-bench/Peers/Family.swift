import CBench
import Platform

/// Every process that this program has started, daemons too: they carry a variable in their environment. Beside peers it
/// adopts the ones whose parent has ended, so nothing of their cost is lost.
enum Family {
  private static let name = "BOBBIN_BENCH_FAMILY"
  private static let value = "\(Machine.processID)"
  /// What jobs are, which are not to be counted.
  private static let jobs: Set = ["sleep", "true"]

  /// Whatever starts from now on is one of them; this program itself is none.
  static func mark() { Machine.setEnvironment(name, value) }

  static func adopt() throws {
    let code = bench_adopt()
    guard code == 0 else { throw SystemError(call: "prctl", code: code) }
  }

  private static func members() -> [ProcessFacts] {
    ProcessTable.all().filter { ProcessTable.environment(of: $0.pid, contains: ["\(name)=\(value)"]) }
  }

  /// Processor time so far of all that are and were, ns. No `Child` may have ended that is still to be waited for.
  static func processorTime() -> Int64 {
    let ended = bench_reaped()
    return members().reduce(ended) {
      $0 + ProcFacts.processorTime(of: $1.pid) + ProcFacts.waitedTime(of: $1.pid)
    }
  }

  /// Memory of all but the jobs, bytes.
  static func memory() -> Double {
    members().reduce(0) {
      jobs.contains(ProcessTable.name(of: $1.pid) ?? "") ? $0 : $0 + ProcFacts.fairMemory(of: $1.pid)
    }
  }

  /// Waits until so many jobs that last are running, and a second more.
  static func settle(sleepers: Int) throws {
    try wait("jobs that last", seconds: 300, every: 50_000_000) {
      members().count { ProcessTable.name(of: $0.pid) == "sleep" } >= sleepers
    }
    Clock.wait(nanoseconds: 1_000_000_000)
  }

  /// Ends whatever is left.
  static func end() throws {
    try wait("the end of what was started", seconds: 30, every: 5_000_000) {
      _ = bench_reaped()
      let left = members()
      for process in left { ProcessTable.signal(process, SignalNumber.kill) }
      return left.isEmpty
    }
  }
}
