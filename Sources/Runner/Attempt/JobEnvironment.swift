import Jobs
import Platform
import Runtimes

/// The environment a job starts with (DESIGN §3): PATH, HOME, LANG, TZ of the runner, what the settings let through,
/// `BOBBIN_*`, and what the job itself gives. In a sandbox PATH and HOME are the sandbox's, and nothing tells where the
/// spool is.
struct JobEnvironment {
  /// What a program finds without PATH: execvp(3)'s default and the local folders.
  static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  private let base: [EnvEntry]

  /// - Parameter allowed: names the settings let through.
  init(allowed: [String]) {
    var base = [
      EnvEntry("PATH", Machine.environment("PATH") ?? Self.defaultPath), EnvEntry("HOME", Machine.home),
    ]
    for name in ["LANG", "TZ"] + allowed {
      if let value = Machine.environment(name) {
        base.removeAll { $0.name == name }
        base.append(EnvEntry(name, value))
      }
    }
    self.base = base
  }

  /// The entries for one run, and its PATH.
  func entries(
    for job: Job, attempt: Int, spool: String, scratch: ScratchPool.Scratch, hasAfter: Bool
  ) -> (entries: [String], path: String) {
    let isSandbox = scratch.kind != .process
    var base = base
    if isSandbox {
      base.removeAll { $0.name == "PATH" || $0.name == "HOME" }
      base += [EnvEntry("PATH", SandboxRuntime.defaultPath), EnvEntry("HOME", SandboxRuntime.workPath)]
    }
    var entries: [String] = []
    entries.reserveCapacity(base.count + job.env.count + 8)
    var path = Self.defaultPath
    for entry in base where !job.env.contains(where: { $0.name == entry.name }) {
      entries.append(entry.name + "=" + entry.value)
      if entry.name == "PATH" { path = entry.value }
    }
    for entry in job.env {
      entries.append(entry.name + "=" + entry.value)
      if entry.name == "PATH" { path = entry.value }
    }
    if !isSandbox { entries.append("BOBBIN_SPOOL=" + spool) }
    entries.append("BOBBIN_ATTEMPT=\(attempt)")
    entries.append("BOBBIN_RESULT=" + (isSandbox ? SandboxRuntime.resultPath : scratch.resultPath))
    if let group = job.group { entries.append("BOBBIN_GROUP=" + group.text) }
    if hasAfter { entries.append("BOBBIN_AFTER=" + (isSandbox ? SandboxRuntime.afterPath : scratch.afterPath)) }
    return (entries, path)
  }
}
