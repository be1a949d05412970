import Jobs
import Platform

/// Limits where no cgroup can be written: a scope of the user's systemd (systemd.scope(5)), which makes the cgroup for us.
enum SystemdScope {
  enum Presence: Equatable, Sendable {
    /// `program` is systemd-run; `variables` of the runner let it find the user's manager.
    case answers(program: String, env: String, variables: [EnvEntry])
    /// A sentence.
    case absent(String)

    static func == (one: Presence, other: Presence) -> Bool {
      switch (one, other) {
      case (.answers(let a, _, _), .answers(let b, _, _)): a == b
      case (.absent(let a), .absent(let b)): a == b
      default: false
      }
    }
  }

  /// What lets systemd-run find the user's manager; also what it must not leave in a job's environment.
  static let variables = ["XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"]
  /// What the scope adds by itself.
  private static let added = ["INVOCATION_ID"]
  /// For the probe: the manager of an idle machine answers in some 20 ms.
  private static let patience: Int64 = 1_000_000_000

  /// Whether there is a program and a manager's socket. Starts nothing.
  static func presence(
    path: String = Machine.environment("PATH") ?? "", runtimeFolder: String? = Machine.environment("XDG_RUNTIME_DIR")
  ) -> Presence {
    func find(_ name: String) -> String? {
      ProcessRuntime.candidates(for: name, searchPath: path).first { exists($0) }
    }
    guard let program = find("systemd-run"), let env = find("env") else {
      return .absent("There is no systemd-run either")
    }
    let folder = runtimeFolder ?? "/run/user/\(Machine.user)"
    guard exists(folder + "/systemd/private") || exists(folder + "/bus") else {
      return .absent("No systemd of this user answers either ('loginctl enable-linger' starts one)")
    }
    var entries = [EnvEntry("XDG_RUNTIME_DIR", folder)]
    if let bus = Machine.environment("DBUS_SESSION_BUS_ADDRESS") {
      entries.append(EnvEntry("DBUS_SESSION_BUS_ADDRESS", bus))
    }
    return .answers(program: program, env: env, variables: entries)
  }

  /// Makes one scope to see whether it works. At most a second, once in a runner's life, and only where a socket is.
  static func probe(_ presence: Presence) -> Presence {
    guard case .answers(let program, _, let variables) = presence else { return presence }
    var limits = Limits()
    limits.pids = 16
    var trial = Program(
      paths: [program], arguments: arguments(program, limits, ownProcesses: 0, unit: nil) + ["true"],
      environment: variables.map { "\($0.name)=\($0.value)" } + ["PATH=\(Machine.environment("PATH") ?? "")"])
    trial.folder = .path("/")
    guard let null = try? FileSystem.openNull(), let pid = try? trial.start(input: null, output: null, error: null)
    else { return .absent("\(program) could not be started") }
    switch Children.wait(for: pid, nanoseconds: patience) {
    case .exited(0)?: return presence
    case nil:
      ProcessTable.signalChild(pid, SignalNumber.kill)
      _ = Children.wait(for: pid)
      return .absent("The user's systemd did not make a scope within a second")
    case .some: return .absent("The user's systemd did not make a scope ('\(program) --user --scope true' says why)")
    }
  }

  /// systemd-run(1) with the limits as systemd.resource-control(5) has them, up to the program.
  static func arguments(_ program: String, _ limits: Limits, ownProcesses: Int, unit: String?) -> [String] {
    var list = [program, "--user", "--scope", "--quiet", "--collect"]
    if let unit { list.append("--unit=\(unit)") }
    func add(_ property: String) { list += ["-p", property] }
    if let memory = limits.memory { add("MemoryMax=\(memory.bytes)") }
    if let swap = limits.swap ?? limits.memory.map({ _ in ByteCount(0) }) { add("MemorySwapMax=\(swap.bytes)") }
    // Whole percents: older versions take no others.
    if let cpus = limits.cpus { add("CPUQuota=\(max(1, Int(cpus * 100 + 0.5)))%") }
    if let pids = limits.pids { add("TasksMax=\(pids + ownProcesses)") }
    return list + ["--"]
  }

  /// What stands before a job's own arguments: systemd-run becomes env(1), which takes the manager's variables out of the
  /// environment again and becomes the job's program, all under one pid.
  static func wrapper(
    _ program: String, env: String, variables: [EnvEntry], limits: Limits, ownProcesses: Int, unit: String
  ) -> Launch.Wrapper {
    var list = arguments(program, limits, ownProcesses: ownProcesses, unit: unit) + [env]
    for name in Self.variables + added { list += ["-u", name] }
    return Launch.Wrapper(arguments: list, environment: variables.map { "\($0.name)=\($0.value)" })
  }

  private static func exists(_ path: String) -> Bool { ((try? FileSystem.status(path: path)) ?? nil) != nil }
}
