import Jobs
import Platform

/// Why nothing was started.
public enum StartFailure: Error, Equatable, Sendable {
  /// No such program in the search path, or the interpreter in its first line is missing.
  case notFound(String)
  /// It is there and cannot be executed.
  case notExecutable(String, reason: String)
  case folderUnusable(reason: String)
  case limitRefused(reason: String)
  /// The kernel does not let it into the cgroup that was made for it.
  case notJoined(SystemError)
  case argumentsTooLong
  /// The file that the job names as its standard input.
  case inputUnreadable(reason: String)
  /// The program that a runtime needs is not installed.
  case runtimeMissing(String, cure: String)
  /// It is installed and does not do it here and now: not the job's fault.
  case runtimeUnavailable(reason: String, again: Duration)
  /// It could not make this one sandbox.
  case sandboxFailed(reason: String)
  /// An engine answers and could not make this one container.
  case engineFailed(reason: String)
  /// The image is not on this machine.
  case imageMissing(String, cure: String)
  /// A mount that the list outside the spool does not allow, or that cannot be made safely.
  case mountRefused(code: String, reason: String)
  /// A secret that the job may not have, or that is not there.
  case secretRefused(code: String, reason: String)
  /// The machine has no processes, memory or descriptors to spare: not the job's fault.
  case exhausted(SystemError)

  /// Stable code for the result.
  public var code: String {
    switch self {
    case .notFound: "not-found"
    case .notExecutable: "not-executable"
    case .folderUnusable: "directory-unusable"
    case .limitRefused, .notJoined: "limit-unavailable"
    case .argumentsTooLong: "arguments-too-long"
    case .inputUnreadable: "stdin-unreadable"
    case .runtimeMissing: "runtime-missing"
    case .runtimeUnavailable: "runtime-unavailable"
    case .sandboxFailed: "sandbox-failed"
    case .engineFailed: "engine-failed"
    case .imageMissing: "image-missing"
    case .mountRefused(let code, _), .secretRefused(let code, _): code
    case .exhausted: "machine-exhausted"
    }
  }

  /// The shell's exit code for the same thing (POSIX sh, 2.8.2); nil where it has none.
  public var exitCode: Int? {
    switch self {
    case .notFound: 127
    case .notExecutable, .argumentsTooLong: 126
    default: nil
    }
  }

  /// Trying again cannot help.
  public var isFinal: Bool {
    switch self {
    case .limitRefused, .notJoined, .runtimeMissing, .imageMissing: true
    default: false
    }
  }

  /// What has nothing to do with the job puts it off for so long; nil: it is the job's failure.
  public var putsOff: Duration? {
    switch self {
    case .exhausted: .seconds(1)
    case .runtimeUnavailable(_, let again): max(again, .seconds(1))
    default: nil
    }
  }

  /// One sentence.
  public var reason: String {
    switch self {
    // Both names are the job's own words, as long as a job may be.
    case .notFound(let name): "\(quoted(name)) was not found in PATH, or the interpreter in its first line is missing"
    case .notExecutable(let name, let reason): "\(quoted(name)) cannot be executed: \(reason)"
    case .folderUnusable(let reason): "the job's directory cannot be entered: \(reason)"
    case .limitRefused(let reason): "a limit cannot be held: \(reason)"
    case .notJoined(let error): "a limit cannot be held: the job cannot join its cgroup: \(error.reason)"
    case .argumentsTooLong: "arguments and environment together are longer than the kernel takes"
    case .inputUnreadable(let reason): "stdinFile cannot be read: \(reason)"
    case .runtimeMissing(let name, let cure): "there is no '\(name)' here: \(cure)"
    case .runtimeUnavailable(let reason, _): reason
    case .sandboxFailed(let reason): "the sandbox could not be made: \(reason)"
    case .engineFailed(let reason): "the container could not be made: \(reason)"
    case .imageMissing(let name, let cure): "there is no image '\(name)' here: \(cure)"
    case .mountRefused(_, let reason), .secretRefused(_, let reason): reason
    case .exhausted(let error): "the machine cannot start a process now: \(error)"
    }
  }
}
