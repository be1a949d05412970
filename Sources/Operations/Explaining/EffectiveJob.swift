import Jobs

/// A job with everything that is filled in for it, key by key.
struct EffectiveJob {
  let job: Job
  let group: GroupSettings?
  let settings: Settings

  /// The rows, in the order of DESIGN §3. Keys that are not set and have no default are left out.
  func values() -> [EffectiveValue] {
    let runtime = job.chosenRuntime
    let filled = job.filled(for: runtime, group: group, settings: settings)
    let defaults = settings.defaults[runtime]
    let fromDefaults = EffectiveValue.Source.settings("defaults.\(runtime.rawValue)")
    var rows: [EffectiveValue] = []
    func add(_ key: String, _ value: [UInt8]?, _ source: EffectiveValue.Source) {
      if let value { rows.append(EffectiveValue(key: key, value: value, source: source)) }
    }
    add("run", command, .job)
    add("runtime", ValueText.text(runtime.rawValue), job.runtime == .auto ? .builtIn : .job)
    add("group", job.group.map { ValueText.text($0.text) }, .job)
    switch job.stdin {
    case .none: break
    case .text(let text): add("stdin", ValueText.text(text), .job)
    case .json(let bytes): add("stdin", bytes, .job)
    case .file(let path): add("stdinFile", ValueText.text(path), .job)
    }
    add("directory", job.directory.map { ValueText.text($0) }, .job)
    addTimes(filled, defaults, fromDefaults, add)
    let retry: EffectiveValue.Source =
      job.stated.contains(.retry) ? .job : defaults.retry == nil ? .builtIn : fromDefaults
    add("retry", self.retry(filled.retry), retry)
    add(
      "rerun", ValueText.flag(filled.rerun ?? true),
      job.rerun != nil ? .job : defaults.rerun != nil ? fromDefaults : .builtIn)
    add(
      "priority", ValueText.number(filled.priority),
      job.stated.contains(.priority) ? .job : defaults.priority != nil ? fromDefaults : .builtIn)
    add("notBefore", job.notBefore.map { ValueText.text($0.text) }, .job)
    add(
      "network", runtime == .process ? nil : ValueText.text(job.network ?? "none"),
      job.network == nil ? .builtIn : .job)
    add("key", job.key.map { ValueText.text($0) }, .job)
    addLimits(filled, defaults, fromDefaults, add)
    for entry in filled.env {
      let source: EffectiveValue.Source =
        job.env.contains { $0.name == entry.name }
        ? .job : group?.env?.contains { $0.name == entry.name } == true ? groupSource : fromDefaults
      add("env.\(entry.name)", ValueText.text(entry.value), source)
    }
    for name in settings.env where !filled.env.contains(where: { $0.name == name }) {
      add("env.\(name)", ValueText.text("(the runner's own)"), .settings("env"))
    }
    return rows
  }

  private var groupSource: EffectiveValue.Source { job.group.map { .group($0) } ?? .builtIn }

  private var command: [UInt8] {
    switch job.run {
    case .shell(let line): ValueText.text(line)
    case .arguments(let arguments):
      ValueText.json { writer in
        writer.beginArray()
        for argument in arguments { writer.string(argument) }
        writer.endArray()
      }
    }
  }

  private func addTimes(
    _ filled: Job, _ defaults: JobDefaults, _ fromDefaults: EffectiveValue.Source,
    _ add: (String, [UInt8]?, EffectiveValue.Source) -> Void
  ) {
    let asked = job.timeout ?? group?.timeout ?? defaults.timeout
    let timeout: EffectiveValue.Source =
      filled.timeout != asked
      ? .settings("maxLimits.timeout")
      : job.timeout != nil
        ? .job : group?.timeout != nil ? groupSource : defaults.timeout != nil ? fromDefaults : .builtIn
    add("timeout", filled.timeout.map { ValueText.duration($0) } ?? ValueText.null, timeout)
    let grace: EffectiveValue.Source =
      job.grace != nil
      ? .job
      : defaults.grace != nil ? fromDefaults : settings.grace == Settings().grace ? .builtIn : .settings("grace")
    add("grace", ValueText.duration(filled.grace ?? settings.grace), grace)
  }

  private func addLimits(
    _ filled: Job, _ defaults: JobDefaults, _ fromDefaults: EffectiveValue.Source,
    _ add: (String, [UInt8]?, EffectiveValue.Source) -> Void
  ) {
    func limit<Value: Equatable>(
      _ name: String, _ key: (Limits) -> Value?, _ builtIn: Value?, _ text: (Value) -> [UInt8]
    ) {
      let asked = key(job.limits) ?? group?.limits.flatMap(key) ?? key(defaults.limits)
      guard let value = key(filled.limits) ?? builtIn else { return }
      let source: EffectiveValue.Source =
        asked == nil && value == builtIn
        ? .builtIn
        : value != asked
          ? .settings("maxLimits.\(name)")
          : key(job.limits) != nil ? .job : group?.limits.flatMap(key) != nil ? groupSource : fromDefaults
      add("limits.\(name)", text(value), source)
    }
    limit("memory", { $0.memory }, nil) { ValueText.size($0) }
    limit("swap", { $0.swap }, nil) { ValueText.size($0) }
    limit("cpus", { $0.cpus }, nil) { Self.number($0) }
    limit("pids", { $0.pids }, nil) { ValueText.number($0) }
    limit("openFiles", { $0.openFiles }, nil) { ValueText.number($0) }
    limit("fileSize", { $0.fileSize }, nil) { ValueText.size($0) }
    limit("cpuTime", { $0.cpuTime }, nil) { ValueText.duration($0) }
    limit("scratch", { $0.scratch }, nil) { ValueText.size($0) }
    limit("output", { $0.output }, Limits.defaultOutput) { ValueText.size($0) }
  }

  /// Without the `.0` that Swift prints.
  private static func number(_ number: Double) -> [UInt8] {
    let text = "\(number)"
    return Array((text.hasSuffix(".0") ? String(text.dropLast(2)) : text).utf8)
  }

  private func retry(_ policy: RetryPolicy) -> [UInt8] {
    ValueText.json { writer in
      writer.beginObject()
      writer.key("attempts")
      if let attempts = policy.attempts {
        writer.int(Int64(attempts))
      } else {
        writer.string(
          "\(RetryPolicy.ordinaryAttempts), of temporary failures \(RetryPolicy.temporaryAttempts)")
      }
      writer.member("delay", DurationText.format(policy.delay))
      writer.key("factor")
      writer.raw(Self.number(policy.factor))
      writer.member("maxDelay", DurationText.format(policy.maxDelay))
      writer.key("jitter")
      writer.raw(Self.number(policy.jitter))
      writer.endObject()
    }
  }
}
