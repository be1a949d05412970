/// `settings.json`: DESIGN §5. A spool without one has every default.
public struct Settings: Sendable, Equatable {
  /// What a settled job costs in syncs.
  public enum Durability: String, Sendable, CaseIterable {
    /// Every promise of DESIGN §1, 3.
    case full
    /// No syncs: a power loss may lose or repeat what finished in the last seconds.
    case relaxed
  }

  /// The least that is written to `logs/bobbin.log`, by the names of the log itself.
  public enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, warn, error, silent
  }

  /// How eagerly folders and due times are looked at: the defaults of `scanInterval` and `taskInterval`.
  public enum Profile: String, Sendable, CaseIterable {
    /// 250 ms and 1 s.
    case responsive
    /// 1 s and 1 s.
    case balanced
    /// 5 s and 10 s: for batteries.
    case saver

    /// The default of `scanInterval`.
    public var scanInterval: Duration {
      switch self {
      case .responsive: .milliseconds(250)
      case .balanced: .seconds(1)
      case .saver: .seconds(5)
      }
    }

    /// The default of `taskInterval`.
    public var taskInterval: Duration { self == .saver ? .seconds(10) : .seconds(1) }
  }

  /// `slots`: jobs that run at the same time, 1…1024; nil: as many as processors.
  public var slots: Int?
  /// `profile`; default balanced.
  public var profile = Profile.balanced
  /// `scanInterval`: how often folders are looked at without a notification, 50 ms…1 h; nil: the profile's.
  public var statedScanInterval: Duration?
  /// `taskInterval`: the grain of due times. A task is looked at when it is due, but no more often than this, 1 s…1 h; nil:
  /// the profile's.
  public var statedTaskInterval: Duration?
  /// `maxMissed`: the most times that a task with `missed: all` makes up for, and that wait in the queue of one with
  /// `overlap: queue`, 1…100,000; default 100.
  public var maxMissed = 100
  /// `notifications`: whether the kernel's file notifications are used; default true.
  public var notifications = true
  /// `quiet`: how long a doubtful drop must stay unchanged, 0…1 h; default 2 s.
  public var quiet = Duration.seconds(2)
  /// `maxJobBytes`: the largest job file, 1…64 MiB; default 1 MiB.
  public var maxJobBytes = ByteCount.mebibytes(1)
  /// `grace` between SIGTERM and SIGKILL, 0…1 d; default 10 s.
  public var grace = Duration.seconds(10)
  /// `minFree`: free space below which nothing is claimed; default 256 MiB, 0 switches it off.
  public var minFree = ByteCount.mebibytes(256)
  /// `maxInterruptions` in a row before a job settles as interrupted, 0…1000; default 3, 0 is never.
  public var maxInterruptions = 3
  /// `afterTimeout`: how long a dependency may be missing; default 1 h.
  public var afterTimeout = Duration.seconds(3600)
  /// `durability`; default full.
  public var durability = Durability.full
  /// `env`: names of the runner's variables that jobs get; none by default.
  public var env: [String] = []
  /// `secrets`: names of secrets that jobs may ask for; none by default.
  public var secrets: [String] = []
  /// `sandboxUser`: whom sandboxed jobs run as where the runner is root's, 1…4294967293; default 65534, nobody.
  public var sandboxUser = nobody
  /// `containerUser`: whom containers run as, 0…4294967293; nil: the runner's own user, or 65534 where that is root.
  public var containerUser: UInt32?
  /// `allowNetworks`: networks of an engine that containers may have beside `none`; none by default.
  public var allowNetworks: [String] = []
  /// `allowUsers`: users that a job may name beside `containerUser`; none by default.
  public var allowUsers: [UInt32] = []
  /// `allowPrivileged`: whether a job may ask for a privileged container; default false.
  public var allowPrivileged = false
  /// `allowDevices`: device files that a job may ask for, and `gpus`; none by default.
  public var allowDevices: [String] = []
  /// `sandboxPaths`: absolute paths that every sandbox sees read-only, for /opt or /nix; none by default.
  public var sandboxPaths: [String] = []
  /// `routes`: which group a chat belongs to, the first that fits; none by default.
  public var routes: [Route] = []
  /// `tellFailures`: whether a chat is told when the work for its message failed for good; default true.
  public var tellFailures = true
  /// `defaults` of job keys by runtime; none by default.
  public var defaults = DefaultsByRuntime()
  /// `maxLimits`: what no job may exceed; none by default.
  public var maxLimits = MaxLimits()
  /// `retention`: what `clean` removes; nothing by default.
  public var retention = Retention()
  /// `channels`: the ways to the outside, by their names; none by default.
  public var channels: [ChannelName: Channel] = [:]
  /// `shared`: whether `inbox/` may be writable for others; default false.
  public var shared = false
  /// `networkFileSystem`: whether to run on NFS, SMB, FUSE; default false.
  public var networkFileSystem = false
  /// `logLevel`; default info.
  public var logLevel = LogLevel.info

  /// How often folders are looked at.
  public var scanInterval: Duration { statedScanInterval ?? profile.scanInterval }
  /// The grain of due times.
  public var taskInterval: Duration { statedTaskInterval ?? profile.taskInterval }

  /// The user that owns nothing: nobody, on most systems.
  public static let nobody: UInt32 = 65_534

  /// Every default.
  public init() {}
}

/// Job keys that have defaults, per runtime: `"defaults": { "process": { "timeout": "1h" } }`.
public struct DefaultsByRuntime: Sendable, Equatable {
  private var byRuntime: [RuntimeChoice: JobDefaults] = [:]

  /// No defaults.
  public init() {}

  /// The defaults of a runtime; empty ones where the settings have none.
  public subscript(runtime: RuntimeChoice) -> JobDefaults {
    get { byRuntime[runtime] ?? JobDefaults() }
    set { byRuntime[runtime] = newValue }
  }
}

/// Defaults of one runtime. Nil: the built-in default.
public struct JobDefaults: Sendable, Equatable {
  /// `timeout`.
  public var timeout: Duration?
  /// `grace`.
  public var grace: Duration?
  /// `retry`.
  public var retry: RetryPolicy?
  /// `env`; the job's own variables win.
  public var env: [EnvEntry] = []
  /// `limits`; the job's own win, one by one.
  public var limits = Limits()
  /// `rerun`.
  public var rerun: Bool?
  /// `priority`.
  public var priority: Int?

  /// No defaults.
  public init() {}
}

/// What no job may exceed: `"maxLimits": { "timeout": "1d", "output": "100m" }`.
public struct MaxLimits: Sendable, Equatable {
  /// The limits, in the same keys as a job's.
  public var limits = Limits()
  /// The longest timeout; a job without one gets this.
  public var timeout: Duration?

  /// No bounds.
  public init() {}
}

/// What `clean` removes, by folder: `"retention": { "done": { "age": "30d", "count": 10000 } }`. The rules of `done` and `errors`
/// hold for messages, requests and tasks that ended there too, for each of their folders on its own.
public struct Retention: Sendable, Equatable {
  /// A rule; what breaks either part is removed.
  public struct Rule: Sendable, Equatable {
    /// `age`: older families go; nil: age does not matter.
    public var age: Duration?
    /// `count`: all but the newest this many go, 0…1,000,000,000; nil: the number does not matter.
    public var count: Int?
    /// Whether nothing is ever removed.
    public var keepsAll: Bool { age == nil && count == nil }

    /// Keeps everything.
    public init(age: Duration? = nil, count: Int? = nil) {
      self.age = age
      self.count = count
    }
  }

  /// For `done/`.
  public var done = Rule()
  /// For `errors/`.
  public var errors = Rule()
  /// For `logs/`.
  public var logs = Rule()

  /// Keeps everything.
  public init() {}
}
