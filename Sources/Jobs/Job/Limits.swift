/// What a job may use at most: DESIGN §3, `limits`. Nil: no limit of ours.
public struct Limits: Sendable, Equatable {
  /// `memory` of all its processes together; at least 1m, less no program starts in.
  public var memory: ByteCount?
  /// `swap` beside the memory; nil: none if `memory` is set, else as the machine has it. 0 is none.
  public var swap: ByteCount?
  /// `cpus`: processors' worth of time, 0.01…1024.
  public var cpus: Double?
  /// `pids`: processes and threads, 1…4194304 (the kernel's PID_MAX_LIMIT).
  public var pids: Int?
  /// `openFiles`: RLIMIT_NOFILE, 3…1048576.
  public var openFiles: Int?
  /// `fileSize`: RLIMIT_FSIZE, the largest file it may write.
  public var fileSize: ByteCount?
  /// `cpuTime`: RLIMIT_CPU, processor time of each of its processes; at least 1 s, rounded up to whole seconds.
  public var cpuTime: Duration?
  /// `scratch`: what it may have in its scratch folder; at least 4k. In a sandbox also /tmp and /dev/shm, each.
  public var scratch: ByteCount?
  /// `output`: kept of each stream; nil means `defaultOutput`. 1k…1t.
  public var output: ByteCount?

  /// Open files of a container where nobody says more; `openFiles` beyond that are both.
  public static let containerOpenFiles = (soft: 1024, hard: 2048)

  /// What container engines alone can do.
  public var engine = EngineLimits()

  /// 10 MiB a stream (DESIGN §3).
  public static let defaultOutput = ByteCount.mebibytes(10)

  /// 256 MiB: /tmp and /dev/shm of a sandbox where nothing is said. Memory, so not generous.
  public static let defaultScratch = ByteCount.mebibytes(256)

  /// 6 MiB, the least memory that docker takes; in 1 MiB runc cannot start anything (seen with podman 4.3.1).
  static let leastOfEngine = ByteCount.mebibytes(6)

  /// No limits.
  public init() {}

  /// Whether one of them is for all processes of the job together, which takes a cgroup.
  public var needCgroup: Bool { memory != nil || swap != nil || cpus != nil || pids != nil }

  /// These limits, and those of `others` where there is none here: the job's own over the defaults.
  public func filled(from others: Limits) -> Limits {
    var filled = self
    filled.fill(from: others)
    return filled
  }

  /// Takes the limits of `others` where there is none here.
  mutating func fill(from others: Limits) {
    memory = memory ?? others.memory
    swap = swap ?? others.swap
    cpus = cpus ?? others.cpus
    pids = pids ?? others.pids
    openFiles = openFiles ?? others.openFiles
    fileSize = fileSize ?? others.fileSize
    cpuTime = cpuTime ?? others.cpuTime
    scratch = scratch ?? others.scratch
    output = output ?? others.output
    engine.fill(from: others.engine)
  }

  /// These limits held at `most`; where there is none here and one there, that one.
  public func held(at most: Limits) -> Limits {
    var held = self
    held.hold(at: most)
    return held
  }

  /// Lowers the limits to `most`; where there is none here and one there, that one.
  mutating func hold(at most: Limits) {
    func lower<Value: Comparable>(_ own: Value?, _ most: Value?) -> Value? {
      guard let own, let most else { return own ?? most }
      return min(own, most)
    }
    memory = lower(memory, most.memory)
    swap = lower(swap, most.swap)
    cpus = lower(cpus, most.cpus)
    pids = lower(pids, most.pids)
    openFiles = lower(openFiles, most.openFiles)
    fileSize = lower(fileSize, most.fileSize)
    cpuTime = lower(cpuTime, most.cpuTime)
    scratch = lower(scratch, most.scratch)
    // No stated output limit means the default, not none.
    if let most = most.output { output = min(output ?? Limits.defaultOutput, most) }
  }
}
