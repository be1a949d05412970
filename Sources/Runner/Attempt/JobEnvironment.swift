import Jobs
import Platform
import Runtimes

/// The environment a job starts with (DESIGN §3): PATH, HOME, LANG, TZ of the runner, what the settings let through,
/// `BOBBIN_*`, and what the job itself gives. In a sandbox PATH and HOME are the sandbox's, and no variable tells where
/// the spool is (`/proc/self/mountinfo` does).
struct JobEnvironment {
  /// What a program finds without PATH: execvp(3)'s default and the local folders.
  static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  private let base: [EnvEntry]
  /// `base` as it is for a process that says nothing of it, which is nearly every one; and its PATH.
  private let plain: (entries: [String], path: String)
  /// What of `base` only the settings' list lets through.
  private let allowed: Set<String>

  /// - Parameter allowed: names the settings let through.
  init(allowed: [String]) {
    self.allowed = Set(allowed).subtracting(["PATH", "HOME", "LANG", "TZ"])
    base = Self.ofRunner(allowed)
    plain = (base.map { $0.name + "=" + $0.value }, base.last { $0.name == "PATH" }?.value ?? Self.defaultPath)
  }

  /// What programs get of the runner's environment: PATH, HOME, LANG, TZ, and these names.
  static func ofRunner(_ names: [String] = []) -> [EnvEntry] {
    var entries = [
      EnvEntry("PATH", Machine.environment("PATH") ?? defaultPath), EnvEntry("HOME", Machine.home),
    ]
    for name in ["LANG", "TZ"] + names {
      if let value = Machine.environment(name) {
        entries.removeAll { $0.name == name }
        entries.append(EnvEntry(name, value))
      }
    }
    return entries
  }

  /// The entries for one run, and its PATH. What a container asked for gets nothing of the runner's but the first four.
  func entries(
    for job: Job, secrets: [Secret], attempt: Int, spool: String, scratch: ScratchPool.Scratch, hasAfter: Bool,
    group: GroupPlaces? = nil, image: [String]? = nil
  ) -> (entries: [String], path: String) {
    let isSandbox = scratch.kind != .process
    var (entries, path) = plain
    if isSandbox || !job.env.isEmpty || !secrets.isEmpty || job.origin != nil {
      (entries, path) = merged(job, secrets, isSandbox: isSandbox, image)
    }
    entries.reserveCapacity(entries.count + secrets.count + 8)
    for secret in secrets { entries.append(secret.name + "=" + secret.value) }
    if !isSandbox { entries.append("BOBBIN_SPOOL=" + spool) }
    entries.append("BOBBIN_ATTEMPT=\(attempt)")
    entries.append("BOBBIN_RESULT=" + (isSandbox ? SandboxRuntime.resultPath : scratch.resultPath))
    if let task = job.task { entries.append("BOBBIN_TASK=" + task) }
    if let time = job.scheduledFor { entries.append("BOBBIN_SCHEDULED_FOR=" + time.secondsText()) }
    if let group = job.group { entries.append("BOBBIN_GROUP=" + group.text) }
    if group?.hasRequests == true { entries.append("BOBBIN_IPC=" + SandboxRuntime.ipcPath) }
    if let session = group?.session { entries.append("BOBBIN_SESSION=" + session.path) }
    if hasAfter { entries.append("BOBBIN_AFTER=" + (isSandbox ? SandboxRuntime.afterPath : scratch.afterPath)) }
    return (entries, path)
  }

  /// What the runner, the image and the job give, each over the one before.
  private func merged(
    _ job: Job, _ secrets: [Secret], isSandbox: Bool, _ image: [String]?
  ) -> (entries: [String], path: String) {
    var base = base
    if isSandbox {
      base.removeAll { $0.name == "PATH" || $0.name == "HOME" }
      base += [EnvEntry("PATH", SandboxRuntime.defaultPath), EnvEntry("HOME", SandboxRuntime.workPath)]
      // What the image's maker set, but for HOME: that is the job's folder here.
      for entry in image ?? [] {
        let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, parts[0] != "HOME", !parts[0].hasPrefix("BOBBIN_") else { continue }
        base.removeAll { $0.name == parts[0] }
        base.append(EnvEntry(parts[0], parts[1]))
      }
    }
    var entries: [String] = []
    var path = Self.defaultPath
    for entry in base where !job.env.contains(where: { $0.name == entry.name }) {
      if job.origin != nil, allowed.contains(entry.name) { continue }
      if secrets.contains(where: { $0.name == entry.name }) { continue }
      entries.append(entry.name + "=" + entry.value)
      if entry.name == "PATH" { path = entry.value }
    }
    for entry in job.env {
      entries.append(entry.name + "=" + entry.value)
      if entry.name == "PATH" { path = entry.value }
    }
    return (entries, path)
  }
}
