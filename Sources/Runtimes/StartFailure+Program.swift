import Platform

extension StartFailure {
  /// What a failure between fork and exec means for the job.
  ///
  /// - Parameter name: of the program, as the job has it.
  public init(_ failure: Program.Failure, name: String) {
    let cause = failure.cause
    switch failure.stage {
    case .fork, .setUp: self = .exhausted(cause)
    case .join:
      // Gone, or no room: another one is made at the next try. Else the kernel never lets it in.
      self = cause.isNoDevice || cause.isMissing || cause.isExhausted ? .exhausted(cause) : .notJoined(cause)
    case .given, .user: self = .sandboxFailed(reason: "\(cause)")
    case .limits: self = .limitRefused(reason: cause.reason)
    case .folder: self = .folderUnusable(reason: cause.reason)
    case .execute:
      if cause.isMissing || cause.isNoFolder {
        self = .notFound(name)
      } else if cause.isTooLong {
        self = .argumentsTooLong
      } else if cause.isExhausted || cause.isBusy || cause.isBeingWritten {
        self = .exhausted(cause)
      } else if cause.code == SystemError.noExecutableFormat {
        self = .notExecutable(name, reason: "not a program for this machine, and no '#!' in its first line")
      } else {
        self = .notExecutable(name, reason: cause.reason)
      }
    }
  }
}
