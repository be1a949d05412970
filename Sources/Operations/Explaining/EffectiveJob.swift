import Jobs

/// A job with everything that is filled in for it, key by key, and who said it: built-in, settings, group, job, each over the
/// one before, and then the ceilings.
struct EffectiveJob {
  typealias Source = EffectiveValue.Source

  let job: Job
  let group: GroupSettings?
  let settings: Settings
  private let runtime: RuntimeChoice
  private let filled: Job
  private let defaults: JobDefaults
  private var rows: [EffectiveValue] = []

  /// - Parameter engine: what a job with an image that says no runtime gets here.
  init(job: Job, group: GroupSettings?, settings: Settings, engine: RuntimeChoice = .sandbox) {
    self.job = job
    self.group = group
    self.settings = settings
    var wanting = job
    if job.runtime != .process, group?.host != true { wanting.image = job.image ?? group?.image }
    runtime = wanting.wantsEngine ? engine : wanting.chosenRuntime
    filled = job.filled(for: runtime, group: group, settings: settings)
    defaults = settings.defaults[runtime]
  }

  /// The rows, in the order of DESIGN §3. Keys that are not set and have no default are left out.
  func values() -> [EffectiveValue] {
    var all = self
    all.addWork()
    all.addTimes()
    all.addRules()
    all.addLimits()
    all.addSurroundings()
    return all.rows
  }

  private mutating func add(_ key: String, _ value: [UInt8]?, _ source: Source) {
    if let value { rows.append(EffectiveValue(key: key, value: value, source: source)) }
  }

  private var groupSource: Source { job.group.map { .group($0) } ?? .builtIn }
  private var defaultsSource: Source { .settings("defaults.\(runtime.rawValue)") }

  /// Who said a value: the highest that has it, or the ceiling that it was held at.
  ///
  /// - Parameters:
  ///   - said: what job, group and defaults say, in this order, with their names;
  ///   - ceilings: likewise, of what it may not exceed.
  private func source<Value: Equatable>(
    of value: Value?, said: [(Value?, Source)], ceilings: [(Value?, Source)] = []
  ) -> Source {
    let first = said.first { $0.0 != nil }
    if let first, first.0 == value { return first.1 }
    if let ceiling = ceilings.first(where: { $0.0 != nil && $0.0 == value }) { return ceiling.1 }
    // Held, and at what others said: a container's job gets its group's.
    return said.first { $0.0 != nil && $0.0 == value }?.1 ?? .builtIn
  }

  // MARK: rows

  private mutating func addWork() {
    add("run", command, .job)
    add("runtime", ValueText.text(runtime.rawValue), job.runtime == .auto ? .builtIn : .job)
    add(
      "image", filled.image.map { ValueText.text($0) },
      source(of: filled.image, said: [(job.image, .job), (group?.image, groupSource)]))
    if runtime.isEngine {
      add(
        "user", (filled.user ?? group?.containerUser ?? settings.containerUser).map { ValueText.number(Int($0)) },
        job.user != nil ? .job : group?.containerUser != nil ? groupSource : .settings("containerUser"))
      if job.isPrivileged { add("privileged", ValueText.flag(true), .job) }
    }
    add("keep", group?.keep.map { ValueText.duration($0) }, groupSource)
    add("group", job.group.map { ValueText.text($0.text) }, .job)
    add("origin", job.origin.map { ValueText.text($0) }, .job)
    switch job.stdin {
    case .none: break
    case .text(let text): add("stdin", ValueText.text(text), .job)
    case .json(let bytes): add("stdin", bytes, .job)
    case .file(let path): add("stdinFile", ValueText.text(path), .job)
    }
    add("directory", job.directory.map { ValueText.text($0) }, .job)
  }

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

  private mutating func addTimes() {
    let timeout = source(
      of: filled.timeout,
      said: [(job.timeout, .job), (group?.timeout, groupSource), (defaults.timeout, defaultsSource)],
      ceilings: [(group?.maxLimits.timeout, groupSource), (settings.maxLimits.timeout, .settings("maxLimits.timeout"))])
    add("timeout", filled.timeout.map { ValueText.duration($0) } ?? ValueText.null, timeout)
    let general: Source = settings.grace == Settings().grace ? .builtIn : .settings("grace")
    let grace = source(
      of: filled.grace, said: [(job.grace, .job), (defaults.grace, defaultsSource), (settings.grace, general)])
    add("grace", ValueText.duration(filled.grace ?? settings.grace), grace)
  }

  private mutating func addRules() {
    add(
      "retry", Self.retry(filled.retry),
      job.stated.contains(.retry) ? .job : defaults.retry == nil ? .builtIn : defaultsSource)
    add(
      "rerun", ValueText.flag(filled.rerun ?? true),
      source(of: filled.rerun, said: [(job.rerun, .job), (defaults.rerun, defaultsSource)]))
    let priority = source(
      of: filled.priority,
      said: [
        (job.stated.contains(.priority) ? job.priority : nil, .job), (group?.priority, groupSource),
        (defaults.priority, defaultsSource),
      ])
    add("priority", ValueText.number(filled.priority), priority)
    add("notBefore", job.notBefore.map { ValueText.text($0.text) }, .job)
    add("key", job.key.map { ValueText.text($0) }, .job)
  }

  private mutating func addLimits() {
    add("memory", \.memory) { ValueText.size($0) }
    add("swap", \.swap) { ValueText.size($0) }
    add("cpus", \.cpus) { ValueText.decimal($0) }
    add("pids", \.pids) { ValueText.number($0) }
    add("openFiles", \.openFiles) { ValueText.number($0) }
    add("fileSize", \.fileSize) { ValueText.size($0) }
    add("cpuTime", \.cpuTime) { ValueText.duration($0) }
    add("scratch", \.scratch) { ValueText.size($0) }
    add("output", \.output, builtIn: Limits.defaultOutput) { ValueText.size($0) }
    for word in filled.limits.engine.words {
      let parts = word.split(separator: " ", maxSplits: 1).map(String.init)
      add(
        "limits.\(parts[0])", ValueText.text(parts.count > 1 ? parts[1] : ""),
        job.limits.engine.words.contains(word) ? .job : groupSource)
    }
  }

  private mutating func add<Value: Equatable>(
    _ name: String, _ key: KeyPath<Limits, Value?>, builtIn: Value? = nil, _ text: (Value) -> [UInt8]
  ) {
    guard let value = filled.limits[keyPath: key] ?? builtIn else { return }
    let source = source(
      of: value,
      said: [
        (job.limits[keyPath: key], .job), (group?.limits?[keyPath: key], groupSource),
        (defaults.limits[keyPath: key], defaultsSource),
      ],
      ceilings: [
        (group?.maxLimits.limits[keyPath: key], groupSource),
        (settings.maxLimits.limits[keyPath: key], .settings("maxLimits.\(name)")),
      ])
    add("limits.\(name)", text(value), source)
  }

  private mutating func addSurroundings() {
    for mount in filled.mounts {
      let value = ValueText.json { writer in
        writer.beginObject()
        writer.member("host", mount.host)
        writer.member("readOnly", mount.isReadOnly)
        writer.endObject()
      }
      add("mounts.\(mount.container)", value, job.mounts.contains(mount) ? .job : groupSource)
    }
    let network = source(of: filled.network, said: [(job.network, .job), (group?.network, groupSource)])
    let shown = filled.network ?? (runtime == .process ? nil : "none")
    add("network", shown.map { ValueText.text($0) }, network)
    for entry in filled.env {
      let source = source(
        of: entry.value,
        said: [(job.env, Source.job), (group?.env ?? [], groupSource), (defaults.env, defaultsSource)].map {
          (list, source) in (list.first { $0.name == entry.name }?.value, source)
        })
      add("env.\(entry.name)", ValueText.text(entry.value), source)
    }
    for name in job.secrets { add("env.\(name)", ValueText.text("(a secret)"), .job) }
    // What a container asked for gets nothing of the runner's.
    for name in job.origin == nil ? settings.env : []
    where !job.secrets.contains(name) && !filled.env.contains(where: { $0.name == name }) {
      add("env.\(name)", ValueText.text("(the runner's own)"), .settings("env"))
    }
  }

  private static func retry(_ policy: RetryPolicy) -> [UInt8] {
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
      writer.raw(ValueText.decimal(policy.factor))
      writer.member("maxDelay", DurationText.format(policy.maxDelay))
      writer.key("jitter")
      writer.raw(ValueText.decimal(policy.jitter))
      writer.endObject()
    }
  }
}
