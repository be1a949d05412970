extension Job {
  /// Fills in what the job does not say: from its group first, then from the settings' defaults for `runtime`.
  ///
  /// - Parameter runtime: the one that was chosen for the job, never `auto`.
  public func filled(for runtime: RuntimeChoice, group: GroupSettings?, settings: Settings) -> Job {
    let defaults = settings.defaults[runtime]
    var job = self
    job.timeout = timeout ?? group?.timeout ?? defaults.timeout ?? runtime.defaultTimeout
    job.grace = grace ?? defaults.grace ?? settings.grace
    if !stated.contains(.retry), let retry = defaults.retry { job.retry = retry }
    if !stated.contains(.priority), let priority = defaults.priority { job.priority = priority }
    job.rerun = rerun ?? defaults.rerun
    job.limits = limits.filled(from: group?.limits ?? Limits()).filled(from: defaults.limits)
    job.env = Job.merged(defaults.env, Job.merged(group?.env ?? [], env))
    let most = settings.maxLimits
    job.limits = job.limits.held(at: most.limits)
    if let longest = most.timeout { job.timeout = min(job.timeout ?? longest, longest) }
    return job
  }

  /// Both lists in order; a name in `upper` replaces the same one below.
  static func merged(_ lower: [EnvEntry], _ upper: [EnvEntry]) -> [EnvEntry] {
    lower.filter { entry in !upper.contains { UTF8Text.same($0.name, entry.name) } } + upper
  }
}
