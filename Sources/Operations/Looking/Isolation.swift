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

/// Container engines of this machine.
public enum InstalledEngines {
  /// Those whose clients are installed, whether they answer or not: asking takes a tenth of a second.
  public static func ofMachine() -> [RuntimeChoice] {
    EngineMachine.installed(searchPath: Machine.environment("PATH") ?? "")
  }
}

/// Whether this machine can hold a limit on all of a job's processes.
public struct HeldLimit: Equatable, Sendable {
  /// As a job says it: `memory`, `swap`, `cpus`, `pids`.
  public var limit: String
  /// What holds it; nil: a job that asks for it is refused.
  public var means: String?
  /// Why nothing holds it, with the cure; nil where it is held.
  public var reason: String?

  public init(_ limit: String, means: String?, reason: String? = nil) {
    self.limit = limit
    self.means = means
    self.reason = reason
  }

  /// Of this machine as it is now, for this user. Looks only.
  public static func ofMachine() -> [HeldLimit] {
    CgroupSupport.look().lines.map {
      HeldLimit($0.limit, means: $0.means?.rawValue, reason: $0.means == nil ? $0.reason : nil)
    }
  }
}
