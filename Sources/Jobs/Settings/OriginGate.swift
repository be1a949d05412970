/// What a job with `origin` may do: DESIGN §1, 7. A container asked for it, so it gets what its group has and no more.
///
/// Every request passes here before the host writes it as a job, and every job at each claim: the file lies where a
/// person may move it, and settings change. It only takes rights away, so a file that says `origin` of itself gains nothing.
public enum OriginGate {
  /// The job as it may run. One without `origin` passes with what is filled in for every job.
  ///
  /// - Parameters:
  ///   - runtime: the one that was chosen for the job, never `auto`.
  ///   - group: the settings of the job's group; nil: it has none, and then nothing is granted.
  /// - Throws: `not-permitted`, `host-group`, with the key that asks for too much.
  public static func admit(
    _ job: Job, for runtime: RuntimeChoice, group: GroupSettings?, settings: Settings
  ) throws(Refusal) -> Job {
    try check(job, for: runtime, group: group, settings: settings)
    return job.filled(for: runtime, group: group, settings: settings)
  }

  /// What a job with `origin` may not ask for. Numbers are not refused but held, so that a job that waits while a ceiling
  /// is lowered still runs.
  ///
  /// - Parameter asker: the group whose folder a request was written in; nil: it is no request but a job.
  /// - Throws: `not-permitted`, `host-group`, with the key that asks for too much.
  public static func check(
    _ job: Job, askedBy asker: GroupName? = nil, for runtime: RuntimeChoice, group: GroupSettings?, settings: Settings
  ) throws(Refusal) {
    // A request is a container's whatever it says of itself.
    guard job.origin != nil || asker != nil else { return }
    var job = job
    if asker != nil { job.origin = "ipc" }
    if let asker, job.group != asker {
      throw refusal("group", "it was asked for in group '\(asker.text)' and can only be of that group")
    }
    if group?.host == true {
      throw Refusal(
        code: .hostGroup, reason: "a host group runs processes, and a job with 'origin' never is one", key: "group")
    }
    if job.runtime == .process || runtime == .process {
      throw refusal("runtime", "it runs only in a sandbox or container")
    }
    if job.directory != nil { throw refusal("directory", "it has no folder of the machine") }
    if case .file = job.stdin { throw refusal("stdinFile", "it reads no file of the machine") }
    if let network = job.network, network != "none", network == "host" || network != group?.network {
      throw refusal("network", "its group does not give it the network \(quoted(network))")
    }
    if let image = job.image, image != group?.image {
      throw refusal("image", "its group does not give it the image \(quoted(image))")
    }
    if job.user != nil { throw refusal("user", "it runs as its group's user") }
    if job.isPrivileged { throw refusal("privileged", "it has no rights") }
    if let key = job.limits.engine.firstKey, job.limits.engine != group?.limits?.engine {
      throw refusal("limits.\(key)", "its group says what of an engine it has")
    }
    for mount in job.mounts where !isOfGroup(mount, group) {
      throw refusal("mounts", "its group does not give it \(quoted(mount.host))\(mount.isReadOnly ? "" : " to write")")
    }
    for name in job.secrets where !settings.allows(secret: name, for: job, group: group) {
      throw refusal("secrets", "its group does not give it the secret \(quoted(name))")
    }
    for entry in job.env where steersLoader(entry.name) {
      throw refusal(
        "env.\(shortened(entry.name))", "it says how programs are loaded, even the one that makes the sandbox")
    }
  }

  /// What isolated work gets where nobody says a timeout: 5 minutes (DESIGN §3).
  private static let defaultTimeout = Duration.seconds(300)

  /// The job with its numbers held at what the group has, but for the priority, and the group's variables over its own.
  static func held(
    _ job: Job, for runtime: RuntimeChoice, group: GroupSettings?, settings: Settings
  ) -> Job {
    let defaults = settings.defaults[runtime]
    var held = job
    var most = (group?.maxLimits.limits ?? Limits()).filled(from: group?.limits ?? Limits())
      .filled(from: defaults.limits).filled(from: runtime.defaultLimits)
    // Output is kept on the host's disk: where nobody says more it is what every job gets.
    most.output = most.output ?? Limits.defaultOutput
    // A sandbox's /tmp is the host's memory.
    most.scratch = most.scratch ?? Limits.defaultScratch
    held.limits = job.limits.filled(from: group?.limits ?? Limits()).filled(from: defaults.limits).held(at: most)
    let longest = group?.maxLimits.timeout ?? group?.timeout ?? defaults.timeout ?? defaultTimeout
    held.timeout = job.timeout.map { min($0, longest) }
    // With a grace of years a timeout would end nothing.
    held.grace = job.grace.map { min($0, defaults.grace ?? settings.grace) }
    if let attempts = job.retry.attempts {
      held.retry.attempts = min(attempts, defaults.retry?.attempts ?? RetryPolicy.temporaryAttempts)
    }
    held.env.removeAll { entry in group?.env?.contains { UTF8Text.same($0.name, entry.name) } == true }
    // The group's network is for those without one, but never the host's.
    if held.network == nil, group?.network == "host" { held.network = "none" }
    return held
  }

  /// The priority that it states, held at its group's or the settings': it overtakes no other group's.
  static func held(priority: Int, at given: Int?) -> Int { min(priority, given ?? 0) }

  /// Whether the group has a mount that this one is or lies in, read-write only if it is. By the paths as they are
  /// written; where they lead is checked when the job starts, of the file that was opened.
  private static func isOfGroup(_ mount: Mount, _ group: GroupSettings?) -> Bool {
    let parts = mount.host.utf8.split(separator: UInt8(ascii: "/"))
    guard !parts.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) else { return false }
    return group?.mounts.contains { own in
      Mount.lies(mount.host, at: trimmed(own.host)) && (mount.isReadOnly || !own.isReadOnly)
    } ?? false
  }

  private static func trimmed(_ path: String) -> String {
    var path = path
    while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
    return path
  }

  /// Variables of ld.so(8) and of the C library that make a program run other code.
  private static func steersLoader(_ name: String) -> Bool {
    name.utf8.starts(with: "LD_".utf8) || ["GCONV_PATH", "GLIBC_TUNABLES", "LOCPATH", "NLSPATH"].contains(name)
  }

  private static func refusal(_ key: String, _ reason: String) -> Refusal {
    Refusal(code: .notPermitted, reason: "a container asked for this job: \(reason)", key: key)
  }
}
