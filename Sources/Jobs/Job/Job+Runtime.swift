extension Job {
  /// Where it runs: never `auto`. Of a job with an image that says nothing it is the sandbox here; the runner asks the
  /// machine for its engines first (`RuntimeChoice.engines`).
  public var chosenRuntime: RuntimeChoice {
    guard runtime == .auto else { return runtime }
    return needsIsolation ? .sandbox : .process
  }

  /// Whether an engine is to be looked for.
  public var wantsEngine: Bool { runtime == .auto && image != nil }

  /// What does not go together with where it runs; nil: all does.
  public func refusal(in runtime: RuntimeChoice) -> Refusal? {
    func conflict(_ key: String, _ reason: String) -> Refusal {
      Refusal(code: .conflictingKeys, reason: reason, key: key)
    }
    switch runtime {
    case .process, .auto:
      if network == "none" {
        return conflict(
          "network", "a plain process has the machine's network; expected \"runtime\": \"sandbox\" beside \"none\"")
      }
    case .sandbox, .podman, .docker, .container:
      if directory != nil {
        return conflict("directory", "a sandbox has a folder of its own and sees no other; expected no 'directory'")
      }
      if case .file = stdin {
        return conflict("stdinFile", "a sandbox is given no file of the machine; expected 'stdin', or a mount")
      }
    }
    if !runtime.isEngine {
      if let network, network != "host", network != "none" {
        return conflict(
          "network", "the network \(quoted(network)) is a container engine's; expected \"none\" or \"host\"")
      }
      if user != nil { return conflict("user", "only a container of an engine runs as a user of the job's choice") }
      if isPrivileged { return conflict("privileged", "only a container of an engine can be privileged") }
      if let key = limits.engine.firstKey {
        return conflict("limits.\(key)", "'\(key)' is held by a container engine only, not by \(runtime.rawValue)")
      }
    }
    return engineRefusal(in: runtime)
  }
}

extension Job {
  /// What an engine cannot do, by name.
  private func engineRefusal(in runtime: RuntimeChoice) -> Refusal? {
    func conflict(_ key: String, _ reason: String) -> Refusal {
      Refusal(code: .conflictingKeys, reason: reason, key: key)
    }
    if runtime.isEngine, let memory = limits.memory, memory < Limits.leastOfEngine {
      return conflict(
        "limits.memory", "a container cannot start in \(memory); expected at least \(Limits.leastOfEngine)")
    }
    if runtime == .podman, limits.engine.gpus != nil {
      return conflict("limits.gpus", "podman is given GPUs as devices; expected 'devices', or \"runtime\": \"docker\"")
    }
    if runtime == .container {
      for (key, isSet) in [
        ("pids", limits.pids != nil), ("swap", limits.swap != nil), ("scratch", limits.scratch != nil),
      ] where isSet { return conflict("limits.\(key)", "'container' of Apple cannot hold '\(key)'") }
      if let key = limits.engine.firstKey, key != "dns" {
        return conflict("limits.\(key)", "'container' of Apple cannot do '\(key)'")
      }
      if isPrivileged { return conflict("privileged", "'container' of Apple has no privileged containers") }
    }
    if runtime.isEngine, (network ?? "none") == "none" {
      for (key, isSet) in [("dns", !limits.engine.dns.isEmpty), ("extraHosts", !limits.engine.extraHosts.isEmpty)]
      where isSet { return conflict("limits.\(key)", "'\(key)' is of no use without a network; expected 'network'") }
    }
    return nil
  }

  /// What of it the settings do not allow a container; nil: all is allowed.
  public func refusal(by settings: Settings, group: GroupSettings?, in runtime: RuntimeChoice) -> Refusal? {
    guard runtime.isEngine else { return nil }
    if image == nil {
      return Refusal(
        code: .missingKey,
        reason: "neither the job nor its group has an image; expected 'image' beside a container engine",
        key: "image")
    }
    func forbidden(_ key: String, _ reason: String) -> Refusal {
      Refusal(code: .notPermitted, reason: reason, key: key)
    }
    if let network, network != "none", !settings.allowNetworks.contains(network) {
      return forbidden("network", "the network \(quoted(network)) is not in 'allowNetworks' of settings.json")
    }
    let own = group?.containerUser ?? settings.containerUser
    if let user, user != own, !settings.allowUsers.contains(user) {
      return forbidden("user", "the user \(user) is not in 'allowUsers' of settings.json")
    }
    if isPrivileged, !settings.allowPrivileged {
      return forbidden("privileged", "settings.json does not say \"allowPrivileged\": true")
    }
    if limits.engine.gpus != nil, !settings.allowDevices.contains("gpus") {
      return forbidden("limits.gpus", "\"gpus\" is not in 'allowDevices' of settings.json")
    }
    if let device = limits.engine.devices.first(where: { !settings.allowDevices.contains($0) }) {
      return forbidden("limits.devices", "the device \(quoted(device)) is not in 'allowDevices' of settings.json")
    }
    return nil
  }
}

extension RuntimeChoice {
  /// Container engines, in the order in which they are asked.
  public static let engines: [RuntimeChoice] = [.podman, .docker, .container]

  /// Whether it is one.
  public var isEngine: Bool {
    switch self {
    case .podman, .docker, .container: true
    case .auto, .process, .sandbox: false
    }
  }

  /// What a container has where nobody says more: 1 GiB of memory and no swap, one processor, 256 processes, 1024 open
  /// files.
  public var defaultLimits: Limits {
    var limits = Limits()
    guard isEngine else { return limits }
    limits.memory = .mebibytes(1024)
    limits.cpus = 1
    limits.openFiles = Limits.containerOpenFiles.soft
    if self != .container { limits.pids = 256 }
    return limits
  }

  /// `timeout` where nobody says one: 5 minutes in isolation, none as a process (DESIGN §3).
  public var defaultTimeout: Duration? { self == .process || self == .auto ? nil : .seconds(300) }
}
