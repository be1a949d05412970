import Jobs
import Spool

/// What a verb that moves a job came to. None of these is an error of the machine.
public enum MoveOutcome: Equatable, Sendable {
  /// It was moved; its id is another one where its own was held.
  case moved(to: SpoolPlace, as: JobID)
  /// It is cancelled and has its result: no runner runs, so it was written here.
  case cancelled(as: JobID)
  /// Its run was asked to end.
  case requested
  /// That had been asked before.
  case requestedBefore
  /// It is where the verb would put it.
  case already(SpoolPlace)
  /// It is where the verb can do nothing with it.
  case elsewhere(SpoolPlace)
  /// A file of that name is in the way.
  case taken(SpoolPlace)
  /// Nothing has that name.
  case unknown

  /// Whether the job is now as the verb wants it.
  public var isDone: Bool {
    switch self {
    case .moved, .cancelled, .requested, .requestedBefore, .already: true
    case .elsewhere, .taken, .unknown: false
    }
  }
}
