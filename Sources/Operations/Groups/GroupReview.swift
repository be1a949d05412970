import Jobs

/// Finds what of a group's settings a person should know who asks what its jobs can reach. Pure.
struct GroupReview {
  let entry: GroupEntry
  let settings: Settings
  private(set) var findings: [GroupFinding] = []

  init(_ entry: GroupEntry, settings: Settings) {
    self.entry = entry
    self.settings = settings
    if let refusal = entry.refusal {
      add(.badSettings, refusal.reason)
      return
    }
    if entry.name.text == Rights.main { add(.mainGroup) }
    let group = entry.good ?? GroupSettings()
    switch entry.kind {
    case .host: add(.hostGroup)
    case .isolated: addIsolation(group)
    case .lane, .bad: break
    }
    if group.session.context == .group { add(.sessionShared) }
    addSecrets(group)
    addRights(group)
    if entry.kind == .isolated { addMissingLimits(group) }
  }

  private mutating func add(_ code: GroupFinding.Code, _ what: String = "") {
    findings.append(GroupFinding(code, what))
  }

  /// Verdicts on its mounts, which need the machine.
  mutating func add(_ verdicts: [MountVerdict]) {
    for verdict in verdicts {
      if let refusal = verdict.refusal {
        add(.mountRefused, refusal.reason)
      } else if !verdict.mount.isReadOnly {
        add(.mountWritable, verdict.path ?? verdict.mount.host)
      }
    }
  }

  /// A folder of it that is none.
  mutating func add(link path: String) { add(.folderLink, path) }

  // MARK: what its jobs run in

  private mutating func addIsolation(_ group: GroupSettings) {
    addNetwork(group.network)
    // An agent is the owner's own words, so it may say more than the group does.
    let agent = group.agent
    if let network = agent?.network, network != group.network { addNetwork(network) }
    if [group.containerUser ?? settings.containerUser, agent?.user].contains(0) { add(.userRoot) }
    if agent?.isPrivileged == true { add(.privileged) }
    if settings.allowPrivileged { add(.privilegedAllowed) }
    addDevices([group.limits?.engine, agent?.limits.engine].compactMap { $0 })
    if let keep = group.keep { add(.keptContainer, DurationText.format(keep)) }
  }

  private mutating func addNetwork(_ network: String?) {
    guard let network, network != "none" else { return }
    if network == "host" { return add(.networkHost) }
    if settings.allowNetworks.contains(network) {
      add(.network, network)
    } else {
      add(.notAllowed, "network \(network)")
    }
  }

  private mutating func addDevices(_ limits: [EngineLimits]) {
    var devices: [String] = []
    for device in limits.flatMap({ $0.devices + ($0.gpus == nil ? [] : ["gpus"]) }) where !devices.contains(device) {
      devices.append(device)
    }
    for device in devices {
      if settings.allowDevices.contains(device) { add(.device, device) } else { add(.notAllowed, "device \(device)") }
    }
    let rest = settings.allowDevices.filter { !devices.contains($0) }
    if !rest.isEmpty { add(.devicesAllowed, rest.joined(separator: ", ")) }
  }

  /// None of these holds a sandbox by default; a container of an engine has its own.
  private mutating func addMissingLimits(_ group: GroupSettings) {
    let sandbox = settings.defaults[.sandbox].limits
    let held = (group.maxLimits.limits.filled(from: group.limits ?? Limits()))
      .filled(from: sandbox).filled(from: settings.maxLimits.limits)
    let missing = [
      ("memory", held.memory == nil), ("cpus", held.cpus == nil), ("pids", held.pids == nil),
    ].filter(\.1).map(\.0)
    if !missing.isEmpty { add(.noLimits, missing.joined(separator: ", ")) }
  }

  // MARK: what it may ask for

  private mutating func addSecrets(_ group: GroupSettings) {
    let names = Self.secrets(group, settings)
    if !names.isEmpty { add(.secrets, names.joined(separator: ", ")) }
  }

  /// Those that both lists have: nil of the group's own means all, but not for what a container asks for.
  static func secrets(_ group: GroupSettings, _ settings: Settings) -> [String] {
    guard let own = group.secrets else { return settings.secrets }
    return settings.secrets.filter { own.contains($0) }
  }

  private mutating func addRights(_ group: GroupSettings) {
    let rights = group.rights
    for (code, reach) in [
      (GroupFinding.Code.mayMessages, rights.messages), (.mayTasks, rights.tasks), (.mayJobs, rights.jobs),
    ] {
      if reach.isAny { add(code, "any") }
      for name in reach.names { add(code, name) }
    }
    for channel in group.channels { add(channel.contains(":") ? .channel : .channelOpen, channel) }
    let (own, usual) = (group.requests, RequestLimits())
    let raised = [
      ("perMinute", own.perMinute > usual.perMinute), ("waiting", own.waiting > usual.waiting),
      ("bytes", own.bytes > usual.bytes), ("fileBytes", own.fileBytes > usual.fileBytes),
    ].filter(\.1).map(\.0)
    if !raised.isEmpty { add(.requestsRaised, raised.joined(separator: ", ")) }
  }
}
