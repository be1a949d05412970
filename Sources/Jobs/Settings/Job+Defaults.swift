extension Job {
  /// Fills in what the job does not say, and holds it at what it may have: built-in, settings, group, job, each over the
  /// one before; then the ceilings of the group and of the settings, and of a job with `origin` the group's other values.
  ///
  /// - Parameter runtime: the one that was chosen for the job, never `auto`.
  public func filled(for runtime: RuntimeChoice, group: GroupSettings?, settings: Settings) -> Job {
    let defaults = settings.defaults[runtime]
    var job = self
    if origin != nil { job = OriginGate.held(self, for: runtime, group: group, settings: settings) }
    job.timeout = job.timeout ?? group?.timeout ?? defaults.timeout ?? runtime.defaultTimeout
    job.grace = job.grace ?? defaults.grace ?? settings.grace
    if !stated.contains(.retry), let retry = defaults.retry { job.retry = retry }
    job.priority = priority(group, defaults)
    job.rerun = rerun ?? defaults.rerun
    if let limits = group?.limits { job.limits.fill(from: limits) }
    job.limits.fill(from: defaults.limits)
    job.limits.fill(from: runtime.defaultLimits)
    if let env = group?.env { job.env = Job.merged(env, job.env) }
    if !defaults.env.isEmpty { job.env = Job.merged(defaults.env, job.env) }
    // A secret is the job's own wish, and one variable has one value.
    if !secrets.isEmpty { job.env.removeAll { entry in secrets.contains { UTF8Text.same($0, entry.name) } } }
    if runtime != .process {
      job.image = job.image ?? group?.image
      job.network = job.network ?? group?.network
      // Read-only: to write, a job has to say so too.
      job.mounts += (group?.mounts ?? []).filter { mount in !mounts.contains { $0.container == mount.container } }
        .map { Mount(host: $0.host, container: $0.container) }
    }
    if let most = group?.maxLimits { job.hold(at: most) }
    job.hold(at: settings.maxLimits)
    return job
  }

  private mutating func hold(at most: MaxLimits) {
    limits.hold(at: most.limits)
    if let longest = most.timeout { timeout = min(timeout ?? longest, longest) }
  }

  /// `priority` of `filled` alone, for who needs no more.
  public func filledPriority(for runtime: RuntimeChoice, group: GroupSettings?, settings: Settings) -> Int {
    priority(group, settings.defaults[runtime])
  }

  private func priority(_ group: GroupSettings?, _ defaults: JobDefaults) -> Int {
    let given = group?.priority ?? defaults.priority
    guard stated.contains(.priority) else { return given ?? priority }
    return origin == nil ? priority : OriginGate.held(priority: priority, at: given)
  }

  /// Both lists in order; a name in `upper` replaces the same one below.
  static func merged(_ lower: [EnvEntry], _ upper: [EnvEntry]) -> [EnvEntry] {
    lower.filter { entry in !upper.contains { UTF8Text.same($0.name, entry.name) } } + upper
  }
}

extension Settings {
  /// Whether a job of the group may have a secret: the settings have to allow it, and the group where it has a list.
  /// A job with `origin` gets only what its group's list names.
  public func allows(secret name: String, for job: Job, group: GroupSettings?) -> Bool {
    guard secrets.contains(name) else { return false }
    if let list = group?.secrets { return list.contains(name) }
    return job.origin == nil
  }
}
