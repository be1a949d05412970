import Jobs
import Operations
import Platform
import Spool

/// `submit --wait`: passes on what jobs write while they run, and then how they ended.
enum JobFollower {
  /// Between two looks at a log that grows; nothing tells of a write into an open file.
  static let pause: Int64 = 100_000_000

  /// - Returns: the exit code of the first job that did not succeed, else 0.
  static func run(_ ids: [JobID], _ access: SpoolAccess, _ call: Invocation) throws -> Int32 {
    var runner = try RunnerWatch(access)
    if !runner.isAlive { call.sayNoRunner() }
    var code = ExitCode.success
    for id in ids {
      let record = try follow(id, access, &runner, call)
      if code == ExitCode.success { code = OutcomeText.exitCode(record) }
      if let outcome = record?.outcome, outcome.status != .succeeded,
        outcome.exitCode == nil || outcome.status == .timedOut
      {
        let end = record.map { OutcomeText.short($0, withReason: true) } ?? ""
        call.console.note("bobbin: \(Visible.text(id.text)) \(end)")
      } else if record == nil {
        call.console.note("bobbin: \(Visible.text(id.text)) is no longer there")
      }
      if call.json, let record { try call.console.put(record.encode()) }
    }
    return code
  }

  /// Passes on the output of all attempts of a job until it has ended; answers its result.
  private static func follow(
    _ id: JobID, _ access: SpoolAccess, _ runner: inout RunnerWatch, _ call: Invocation
  ) throws -> JobRecord? {
    var waiter = try JobWaiter(access, names: [.exact(id)])
    let watch = try EndWatch(access)
    var logs = AttemptLogs(access, id: id, attempt: 1)
    while true {
      let isOver = waiter.isOver
      if case .pending(let place) = waiter.states[0] {
        try passOn(&logs, call)
        let last = try access.lastAttempt(of: Sighting(id: id, place: place, hasEnded: false)) ?? 1
        if place == .processing, last > logs.attempt { logs = AttemptLogs(access, id: id, attempt: logs.attempt + 1) }
      } else if case .ended(let ended, let record) = waiter.states[0] {
        logs.learn(record)
        try passOn(&logs, call)
        let last = record?.attempts.last?.number ?? 1
        while logs.attempt < last {
          logs = AttemptLogs(access, id: ended, attempt: logs.attempt + 1, record: record)
          try passOn(&logs, call)
        }
        return record
      }
      if isOver { return nil }
      try watch.wait(atMost: pause)
      try waiter.look()
      if !waiter.isOver { try call.sayIfEnded(&runner) }
    }
  }

  private static func passOn(_ logs: inout AttemptLogs, _ call: Invocation) throws {
    for stream in AttemptLogs.Stream.allCases {
      while true {
        let bytes = try logs.more(of: stream)
        if bytes.isEmpty { break }
        // With --json standard output is for the results alone.
        if stream == .out, !call.json { try call.console.put(bytes) } else { call.console.raw(bytes) }
      }
      try call.console.flush()
    }
  }
}
