/// The final statuses: DESIGN §3, Result.
public enum FinalStatus: String, Sendable, Hashable, CaseIterable {
  /// Exit 0, or the same key had succeeded.
  case succeeded
  /// Another exit code, a signal, a runtime that is not there.
  case failed
  /// The timeout ended it.
  case timedOut = "timed-out"
  /// A person ended it.
  case cancelled
  /// The file was not accepted.
  case refused
  /// It was too late to start.
  case expired
  /// A job it needed did not succeed.
  case dependencyFailed = "dependency-failed"
  /// A job it needed never came.
  case dependencyMissing = "dependency-missing"
  /// The runner's death cut it short and it is not to be run again.
  case interrupted

  /// Whether the job ends in `done/`; all others end in `errors/`.
  public var isSuccess: Bool { self == .succeeded }
}

/// How a job ended.
public struct Outcome: Sendable, Equatable {
  /// The final status.
  public var status: FinalStatus
  /// A stable name of the reason, of a refusal its `RefusalCode`; nil when the status says it all.
  public var code: String?
  /// One sentence for a person.
  public var reason: String?
  /// Where a refused file is wrong, from 1.
  public var line: Int?
  /// Where in the line, from 1, in Unicode scalars.
  public var column: Int?
  /// The key that a refusal is about, as a dotted path.
  public var key: String?
  /// The exit code of the last attempt, 0…255; nil when there is none.
  public var exitCode: Int?
  /// The signal that ended it, for example `SIGKILL`.
  public var signal: String?
  /// What the job wrote to `BOBBIN_RESULT`.
  public var value: CompactJSON?
  /// What was wrong with that; the status does not depend on it.
  public var valueError: String?
  /// The job with the same idempotency key whose success this is.
  public var sameAs: JobID?

  /// An outcome with nothing but a status.
  public init(_ status: FinalStatus, code: String? = nil, reason: String? = nil) {
    self.status = status
    self.code = code
    self.reason = reason
  }

  /// The outcome of a file that was not accepted.
  public init(_ refusal: Refusal) {
    status = .refused
    code = refusal.code.rawValue
    reason = refusal.reason
    line = refusal.line
    column = refusal.column
    key = refusal.key
  }
}

/// Why a job waits for its next attempt, and until when.
public struct Deferral: Sendable, Equatable {
  /// When it is due; the run record's mtime is what counts, this is for people. Nil: at once.
  public var until: Timestamp?
  /// A stable name of the reason, for example `earlier-run-alive`.
  public var code: String?
  /// One sentence for a person.
  public var reason: String?

  /// A wait.
  public init(until: Timestamp? = nil, code: String? = nil, reason: String? = nil) {
    self.until = until
    self.code = code
    self.reason = reason
  }
}

/// What exists while a job is claimed.
public struct Live: Sendable, Equatable {
  /// Its first process; nil before it is started.
  public var process: ProcessMark?

  /// Claimed, and with a process when it was started.
  public init(process: ProcessMark? = nil) { self.process = process }
}

/// A process so that it can be told from a later one with the same pid, within one boot.
public struct ProcessMark: Sendable, Hashable {
  /// Process id.
  public var pid: Int
  /// Start time in clock ticks since boot: field 22 of `/proc/PID/stat` (proc_pid_stat(5)).
  public var startTicks: Int64
  /// Session id; its own pid when it leads a session.
  public var session: Int

  /// A process.
  public init(pid: Int, startTicks: Int64, session: Int) {
    self.pid = pid
    self.startTicks = startTicks
    self.session = session
  }
}

/// A runner: which machine, which boot, which process.
public struct RunnerMark: Sendable, Hashable {
  /// Host name, for people.
  public var host: String
  /// `/etc/machine-id` (machine-id(5)); empty when there is none.
  public var machine: String
  /// `/proc/sys/kernel/random/boot_id` (random(4)).
  public var boot: String
  /// Process id.
  public var pid: Int
  /// Start time in clock ticks since boot; nil in records that do not have it.
  public var startTicks: Int64?

  /// A runner.
  public init(host: String, machine: String, boot: String, pid: Int, startTicks: Int64? = nil) {
    self.host = host
    self.machine = machine
    self.boot = boot
    self.pid = pid
    self.startTicks = startTicks
  }
}

/// One entry of `after` and the job that it was found to mean.
public struct ResolvedDependency: Sendable, Equatable {
  /// What the job file says: a stem or an id.
  public var asked: JobID
  /// The job it means; nil while none was found.
  public var id: JobID?
  /// That job's final status when it was last looked at; nil while it is not over.
  public var status: String?

  /// An entry.
  public init(asked: JobID, id: JobID? = nil, status: String? = nil) {
    self.asked = asked
    self.id = id
    self.status = status
  }
}

/// One attempt at a job.
public struct Attempt: Sendable, Equatable {
  /// From 1, over the life of the id.
  public var number: Int
  /// When it started; nil when it never did.
  public var startedAt: Timestamp?
  /// When it ended; nil while it runs.
  public var finishedAt: Timestamp?
  /// `running`, `stopped`, or a final status's name.
  public var status: String
  /// A stable name of the reason.
  public var code: String?
  /// One sentence for a person.
  public var reason: String?
  /// The exit code, 0…255.
  public var exitCode: Int?
  /// The signal that ended it, for example `SIGKILL`.
  public var signal: String?
  /// Whether it counts against the retry policy; default true. A planned stop does not.
  public var counted = true
  /// How long it ran, by the continuous clock.
  public var runSeconds: Duration?
  /// Processor time.
  public var cpuSeconds: Duration?
  /// The most memory, in bytes.
  public var maxMemoryBytes: Int64?

  /// An attempt.
  public init(number: Int, startedAt: Timestamp? = nil, status: String = "running") {
    self.number = number
    self.startedAt = startedAt
    self.status = status
  }
}
