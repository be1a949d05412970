import Platform

/// The runners of a soak, one after the other. Each has its number in its environment, and its jobs have it from there.
struct SoakLife {
  private let program: String
  private let spool: String
  private let environment: [String]
  private let journal: SoakJournal
  private var number = 0

  init(program: String, spool: String, ground: Folder, journal: SoakJournal) {
    (self.program, self.spool, self.journal) = (program, spool, journal)
    environment = SoakRuntimes.environment(in: ground) + ["BOBBIN_CLOCK=\(ground.path)/clock"]
  }

  mutating func start(_ more: [String] = []) throws -> Int32 {
    number += 1
    try journal.note(.start, number)
    return try Actor.start(
      [program, "run", "--spool", spool] + more, environment: environment + ["SOAK_LIFE=\(number)"])
  }

  /// Ends it, by SIGTERM first where that is planned, and waits for it.
  func end(_ pid: Int32, isPlanned: Bool) throws {
    if isPlanned {
      try journal.note(.stop, number)
      ProcessTable.signalChild(pid, SignalNumber.terminate)
    }
    if !isPlanned || Children.wait(for: pid, atMost: 30_000_000_000) == nil {
      try journal.note(.kill, number)
      ProcessTable.signalChild(pid, SignalNumber.kill)
      _ = Children.wait(for: pid)
    }
    try journal.note(.gone, number)
  }

  /// One that brings everything to its end. Nil: it did not come to its own.
  mutating func drain() throws -> ProcessEnd.Cause? {
    let pid = try start(["--drain"])
    guard let end = Children.wait(for: pid, atMost: 300_000_000_000) else {
      try self.end(pid, isPlanned: false)
      return nil
    }
    try journal.note(.gone, number)
    return end
  }
}
