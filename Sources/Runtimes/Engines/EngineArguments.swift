import Jobs
import Platform

/// How an engine is told to make a box. Pure.
///
/// Each line that takes a right away stands there whatever the engine's own default is: no network, no capability, no new
/// privileges, a root that cannot be written to, a user that is not root, limits.
struct EngineArguments {
  private(set) var words: [String] = []
  private let kind: RuntimeChoice

  /// What is asked for, independent of the engine.
  struct Request {
    var user: UInt32
    var network = "none"
    var isPrivileged = false
    /// The engine runs as the runner's user, who is not root: its containers' users are others outside, but this one.
    var isRootless = false
    var limits = Limits()
    /// Places that the image wants to have writable.
    var volumes: [String] = []
    /// Hard limits of the runner, which an engine without CAP_SYS_RESOURCE cannot go beyond.
    var ceilings = Ceilings()
  }

  /// Most that may be given.
  struct Ceilings {
    var openFiles: UInt64 = 1 << 20
    /// Where podman holds its own, whatever the runner's is: `kernel.pid_max` of most machines (4.3.1, measured 2026-11-26).
    var processes: UInt64 = 32_768
    /// Of the machine: docker refuses a limit above.
    var processors = Double(Machine.processors)
  }

  /// pid 1 and, for a moment, what the engine executes to start it.
  static let ownProcesses = 2

  /// A mount as an engine takes it.
  struct Bind {
    let source: String
    let place: String
    let isReadOnly: Bool
  }

  init(_ kind: RuntimeChoice, _ request: Request, _ plan: BoxPlan, binds: [Bind], spool: String) {
    self.kind = kind
    words = ["run", "--rm", "--name", plan.name, "--label", "\(Engine.spoolLabel)=\(spool)"]
    for label in plan.labels { words += ["--label", "\(label.name)=\(label.value)"] }
    if kind == .container {
      addApple(request)
    } else {
      addRights(request)
      addLimits(request.limits, request.ceilings)
      addEngine(request.limits.engine, scratch: request.limits.scratch)
    }
    for bind in binds { add(bind) }
    if kind == .docker { close(request.volumes, besides: binds.map(\.place) + request.limits.engine.tmpfs.map(\.path)) }
  }

  /// What is run, and on which image: the last words.
  mutating func run(_ command: [String], on image: String) {
    words += ["--entrypoint", command.first ?? "", image] + command.dropFirst()
  }

  private mutating func addRights(_ request: Request) {
    words += [
      "--pull", "never", "--log-driver", "none", "--sig-proxy=false", "--no-healthcheck", "--hostname", "bobbin",
    ]
    words += ["--network", request.network, "--ipc", "private", "--workdir", SandboxRuntime.workPath]
    words += ["--user", "\(request.user):\(request.user)", "--read-only"]
    if request.isPrivileged {
      words.append("--privileged")
    } else {
      words += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    }
    guard kind == .podman else { return }
    if request.isRootless { words += ["--userns", "keep-id"] }
    // podman's own kindnesses: proxies of the runner's environment, tmpfs where we said read-only, volumes of the image on
    // the disk, another life for what looks like systemd.
    words += ["--http-proxy=false", "--read-only-tmpfs=false", "--image-volume", "ignore", "--systemd=false"]
    words += ["--sdnotify", "ignore", "--cgroups", "enabled"]
  }

  private mutating func addLimits(_ limits: Limits, _ ceilings: Ceilings) {
    if let memory = limits.memory {
      words += ["--memory", "\(memory.bytes)"]
      let (both, tooLarge) = memory.bytes.addingReportingOverflow(limits.swap?.bytes ?? 0)
      words += ["--memory-swap", tooLarge ? "-1" : "\(both)"]
    }
    if let cpus = limits.cpus { words += ["--cpus", Self.decimal(min(cpus, ceilings.processors))] }
    if let pids = limits.pids { words += ["--pids-limit", "\(pids + Self.ownProcesses)"] }
    var ulimits = limits.engine.ulimits.map { ($0.name, UInt64($0.soft), UInt64($0.hard)) }
    // Both together: one alone takes podman's others away, and those of its own are above what a runner may give.
    if !ulimits.contains(where: { $0.0 == "nofile" }) {
      // No less for a job that may have less: what makes the container needs some too. The first process sets the job's own.
      let hard = min(UInt64(max(limits.openFiles ?? 0, Limits.containerOpenFiles.hard)), ceilings.openFiles)
      ulimits.append(("nofile", min(UInt64(Limits.containerOpenFiles.soft), hard), hard))
    }
    if !ulimits.contains(where: { $0.0 == "nproc" }) {
      ulimits.append(("nproc", ceilings.processes, ceilings.processes))
    }
    for (name, soft, hard) in ulimits { words += ["--ulimit", "\(name)=\(soft):\(hard)"] }
  }

  private mutating func addEngine(_ engine: EngineLimits, scratch: ByteCount?) {
    let size = scratch ?? Limits.defaultScratch
    words += ["--tmpfs", "/tmp:rw,nosuid,nodev,size=\(size.bytes),mode=1777"]
    words += ["--shm-size", "\((engine.shm ?? scratch ?? EngineLimits.defaultShm).bytes)"]
    for place in engine.tmpfs {
      words += ["--tmpfs", "\(place.path):rw,nosuid,nodev,size=\(place.size.bytes),mode=1777"]
    }
    for address in engine.dns { words += ["--dns", address] }
    for host in engine.extraHosts { words += ["--add-host", "\(host.name):\(host.value)"] }
    if let gpus = engine.gpus { words += ["--gpus", gpus] }
    for device in engine.devices { words += ["--device", device] }
  }

  /// Apple's `container` runs each in a machine of its own, which has a kernel and a root of its own: the command has no
  /// words for what that makes needless, and knows fewer limits.
  private mutating func addApple(_ request: Request) {
    words += ["--user", "\(request.user)", "--workdir", SandboxRuntime.workPath]
    if request.network != "none" { words += ["--network", request.network] } else { words.append("--no-dns") }
    if let memory = request.limits.memory { words += ["--memory", "\((memory.bytes + (1 << 20) - 1) >> 20)M"] }
    // Whole processors, at least one.
    if let cpus = request.limits.cpus { words += ["--cpus", "\(max(1, Int(cpus)))"] }
    for address in request.limits.engine.dns { words += ["--dns", address] }
    words += ["--tmpfs", "/tmp"]
  }

  /// Read-only without what is mounted below: an engine leaves that writable (`mount(8)`, "ro" holds for one mount).
  private mutating func add(_ bind: Bind) {
    var fields = ["type=bind", Self.quoted("source=" + bind.source), Self.quoted("target=" + bind.place)]
    if bind.isReadOnly {
      fields.append("readonly")
      if kind != .container, bind.place != "/bobbin" { fields.append("bind-nonrecursive=true") }
    }
    words += ["--mount", fields.joined(separator: ",")]
  }

  /// docker makes a volume of its own for each place that the image names, on the disk, without a limit, writable on a
  /// read-only root too, keeps it for the next job of a kept box, and knows no word against that. So something that is empty and
  /// read-only stands there.
  private mutating func close(_ volumes: [String], besides places: [String]) {
    let taken = Set(places + ["/tmp"])
    for place in volumes {
      let clean = "/" + place.split(separator: "/").joined(separator: "/")
      if taken.contains(clean) { continue }
      words += ["--mount", "type=tmpfs," + Self.quoted("target=" + clean) + ",readonly"]
    }
  }

  /// A field of a line of comma-separated values (RFC 4180, 2): engines read their mounts so.
  static func quoted(_ field: String) -> String {
    guard field.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }

  /// Without an exponent, in thousandths.
  static func decimal(_ number: Double) -> String {
    let thousandths = Int64(number * 1000 + 0.5)
    let rest = String(thousandths % 1000)
    return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }
}
