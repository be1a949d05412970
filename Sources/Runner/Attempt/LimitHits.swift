import Jobs
import Platform
import Runtimes

/// Which of its limits a run that failed ran into. Pure.
struct LimitHits: Equatable {
  /// The kernel killed one of its processes at the job's memory limit.
  var memory = false
  /// A process was refused at `pids`.
  var processes = false
  /// SIGXFSZ, of the first process or of a command of its shell; a write that failed with EFBIG alone cannot be seen.
  var fileSize = false
  /// The job's folder took more than `scratch`, or one file alone did.
  var scratch = false
  /// The folder of its session took more than it may.
  var session = false
  /// SIGXCPU likewise, or SIGKILL of who ignored it.
  var cpuTime = false

  init() {}

  /// - Parameters:
  ///   - readings: what its cgroup counted; nil: none.
  ///   - inScope: systemd had made the cgroup, and removed it with its counts when the run ended.
  init(_ end: ProcessEnd, _ limits: Limits, _ readings: CgroupReadings?, inScope: Bool, supervision: Supervision) {
    let isKilled = end.cause == .signalled(SignalNumber.kill) && !supervision.wasSignalled
    memory = (readings?.memoryKills ?? 0) > 0 || supervision.cause == .outOfMemory
    // A scope with a memory limit and a SIGKILL that was not ours: hardly anybody else's, and trying again would meet the
    // same limit.
    if inScope, limits.memory != nil, isKilled { memory = true }
    processes = (readings?.processesRefused ?? 0) > 0
    // A shell tells of a command that died of signal n by 128 + n (POSIX sh, 2.8.2).
    func isEnded(by signal: Int32, limited: Bool) -> Bool {
      end.cause == .signalled(signal) || (limited && end.cause == .exited(128 + signal))
    }
    // A file may be as large as `scratch` at most (`Preparation`).
    let isTooLarge = isEnded(by: SignalNumber.fileTooLarge, limited: limits.fileSize != nil || limits.scratch != nil)
    let byScratch = limits.scratch.map { $0 < limits.fileSize ?? ByteCount(.max) } ?? false
    (fileSize, scratch) = (isTooLarge && !byScratch, supervision.cause == .outOfScratch || (isTooLarge && byScratch))
    session = supervision.cause == .outOfSession
    cpuTime = isEnded(by: SignalNumber.processorTime, limited: limits.cpuTime != nil)
    if let most = limits.cpuTime, isKilled, !memory, Duration.nanoseconds(end.processorTime) >= most { cpuTime = true }
  }

  /// Code and sentence of the first that explains the failure; nil: none of them.
  func explain(_ limits: Limits, _ session: GroupPlaces.Session? = nil) -> (code: String, reason: String)? {
    func limit<Value>(_ value: Value?, _ text: (Value) -> String) -> String { value.map(text) ?? "the runner's" }
    if memory {
      let most = limit(limits.memory) { "\($0)" }
      return ("out-of-memory", "it was killed at its memory limit of \(most)")
    }
    if scratch {
      return ("scratch-full", "its folder reached its limit 'scratch' of \(limit(limits.scratch) { "\($0)" })")
    }
    if self.session {
      return (
        "session-full",
        "\(session?.spoolPath ?? "its session") took more than the \(limit(session?.limit) { "\($0)" }) of 'session.bytes': nothing runs in it until it takes less; raise that, or move the folder away"
      )
    }
    if fileSize {
      return ("file-too-large", "a file it wrote reached its limit 'fileSize' of \(limit(limits.fileSize) { "\($0)" })")
    }
    if cpuTime {
      let most = limit(limits.cpuTime) { DurationText.format($0) }
      return ("cpu-time-exceeded", "it used more processor time than its limit 'cpuTime' of \(most)")
    }
    if processes {
      return ("too-many-processes", "it failed, and had reached its limit 'pids' of \(limit(limits.pids) { "\($0)" })")
    }
    return nil
  }
}
