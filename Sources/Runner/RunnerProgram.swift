import Jobs
import Observability
import Platform
import Spool

/// How a runner is to run.
public struct RunnerOptions: Sendable {
  /// The spool directory.
  public var spool: String
  /// End when nothing runs and nothing can become due by itself but `notBefore`. Default false.
  public var drain = false
  /// With `drain`: end at this time at the latest.
  public var until: Timestamp?
  /// Jobs at a time; nil: the settings'.
  public var slots: Int?
  /// Between two scans; nil: the settings'.
  public var scanInterval: Duration?
  /// Run again what another machine had claimed.
  public var takeOver = false
  /// A person who reads along; nil: none.
  public var terminal: LogTerminal?

  public init(spool: String) { self.spool = spool }
}

/// What a runner did.
public struct RunnerSummary: Sendable {
  /// Jobs that came to their end.
  public var finished = 0
  /// Those of them that did not succeed.
  public var failed = 0
  /// After a drain: what stays, and why.
  public var left: [(name: String, reason: String)] = []
  /// A signal ended it.
  public var endedBySignal = false

  public init() {}
}

/// Why a runner did not start, or could not go on.
public enum RunnerFailure: Error {
  case spool(SpoolError)
  /// `settings.json` is bad at the start.
  case settings(Refusal, file: String)
  case system(SystemError)
}

/// The watcher, from start to end.
public enum RunnerProgram {
  /// Runs until a signal, or until the spool is drained. Must be called on the main thread: signals are blocked for all
  /// threads from here on, and orphans become the main thread's children.
  ///
  /// - Throws: `RunnerFailure` before anything was claimed, or when the machine refuses what every turn needs.
  public static func run(_ options: RunnerOptions) throws(RunnerFailure) -> RunnerSummary {
    let core: Core
    do { core = try Core(options) } catch let error as RunnerFailure { throw error } catch {
      throw .spool(.notASpool(options.spool))
    }
    do {
      let loop = try RunnerLoop(core, options)
      return try loop.run()
    } catch let error as SystemError {
      core.log.write(.error, "runner-failed", "the runner cannot go on: \(error)")
      throw .system(error)
    } catch let error as SpoolError {
      throw .spool(error)
    } catch { throw .spool(.notASpool(options.spool)) }
  }
}
