import Jobs
import Platform

/// A way to run a job's command: as a process, in a sandbox, later in a container. Knows nothing of job files.
///
/// `start` may return before the program runs: whether it could be executed is `end`'s to say. Everything is called
/// from the runner's loop and returns at once.
public protocol Runtime: Sendable {
  /// Processes of a run that are the runtime's own (an init, a monitor): on top of what the job's `pids` allows. 0: it has
  /// none with which all of a run ends.
  var ownProcesses: Int { get }

  /// Starts a run. The runner reaps its first process and so learns of the end.
  func start(
    _ launch: Launch, streams: Launch.Streams, birth: BirthNote?
  ) throws(StartFailure) -> Run

  /// What became of a run, once its first process was reaped. Nil: what that process stood for is not over yet; the run's
  /// box tells when it is.
  func end(of run: Run, reaped: ProcessEnd?) -> RunEnd?

  /// What of a run is alive at this moment, its first process included until it was reaped.
  func living(of run: Run) -> [ProcessFacts]

  /// Signals all of a run: these, as `living` gave them, or whoever among them passes it on to the others.
  func signal(_ run: Run, _ number: Int32, living: [ProcessFacts])
}

extension Runtime {
  /// Signals all that is alive of a run. Answers how many there were.
  @discardableResult
  public func signal(_ run: Run, _ number: Int32) -> Int {
    let living = living(of: run)
    signal(run, number, living: living)
    return living.count
  }
}

/// What became of a run whose first process has ended.
public enum RunEnd: Equatable, Sendable {
  /// The program ran and ended.
  ///
  /// - leftover: how many processes it left that the runtime has ended by itself.
  case ran(ProcessEnd, leftover: Int)
  /// It was not executed.
  case neverRan(StartFailure)
}
