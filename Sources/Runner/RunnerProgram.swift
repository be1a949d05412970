import Jobs
import Observability
import Platform
import Spool

/// What a runner is told at its start.
public struct RunnerOptions: Sendable {
  /// The spool directory.
  public var spool: String
  /// End when nothing runs and nothing becomes due by itself.
  public var drain = false
  /// End of a drain.
  public var until: Timestamp?
  /// Jobs at a time; nil: the settings'.
  public var slots: Int?
  /// How often folders are looked at; nil: the settings'.
  public var scanInterval: Duration?
  /// Rerun what another machine's runner left.
  public var takeOver = false
  /// Where a person reads along; nil: nowhere.
  public var terminal: LogTerminal?

  /// A runner of this spool.
  public init(spool: String) { self.spool = spool }
}

/// What a runner did.
public struct RunnerSummary: Sendable {
  /// Jobs that ended while it ran.
  public var finished = 0
  /// Those of them that did not succeed.
  public var failed = 0
  /// What stays, and why.
  public var left: [(name: String, reason: String)] = []
  /// A signal asked it to stop.
  public var endedBySignal = false

  /// Nothing done.
  public init() {}
}

/// Why a runner could not run.
public enum RunnerFailure: Error {
  case spool(SpoolError)
  case settings(Refusal, file: String)
  case system(SystemError)
}

/// The runner as a whole.
public enum RunnerProgram {
  /// Runs until it is drained or told to stop.
  public static func run(_ options: RunnerOptions) throws(RunnerFailure) -> RunnerSummary { RunnerSummary() }
}
