import Jobs
import Platform
import Runtimes

/// Which isolation this machine has for jobs, found out by making a sandbox as a runner would.
public enum Isolation: Equatable, Sendable {
  /// Sandboxes by bubblewrap.
  case sandbox
  /// None: why, and what helps.
  case none(code: String, reason: String)

  /// Makes a sandbox and runs `true` in it: some 10 ms.
  public static func ofMachine(_ settings: Settings) -> Isolation {
    let machine = SandboxMachine(searchPath: Machine.environment("PATH") ?? "")
    do throws(StartFailure) {
      _ = try machine.runtime(user: settings.sandboxUser, paths: settings.sandboxPaths)
      return .sandbox
    } catch { return .none(code: error.code, reason: error.reason) }
  }
}
