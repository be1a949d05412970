import Jobs
import Platform
import Spool

/// Why an operation could not be done at all. What became of a single job is an outcome, not an error.
public enum OperationError: Error, Equatable, Sendable {
  /// The spool cannot be used.
  case spool(SpoolError)
  /// The machine said no.
  case system(SystemError)
  /// A file of settings is not accepted.
  case settings(Refusal, file: String)
  /// The name that was asked for exactly is taken.
  case nameTaken(JobID)
  /// There is no such image, or none could be made.
  case image(ImageProblem)
}
