/// What somebody asked for by dropping a file: DESIGN §3, every key.
///
/// It is the request and nothing else: where it stands and what became of it is the folder's and the record's to say.
public struct Job: Sendable, Equatable {
  /// What is run.
  public enum Command: Sendable, Equatable {
    /// A program and its arguments, no shell. Not empty; the first is not empty; no NULs.
    case arguments([String])
    /// A line for `/bin/sh -c`. Not empty, no NULs.
    case shell(String)
  }

  /// What the job reads on its standard input.
  public enum Stdin: Sendable, Equatable {
    /// Nothing: `/dev/null`.
    case none
    /// A text, as it is.
    case text(String)
    /// Any other JSON value, in compact form without a line break.
    case json([UInt8])
    /// The file at this absolute path (`process` only).
    case file(String)
  }

  /// When it is too late to start.
  public enum Expiry: Sendable, Equatable {
    /// At this moment.
    case at(Timestamp)
    /// This long after arrival; more than zero.
    case within(Duration)
  }

  /// Keys with a default in the settings, as far as the file itself has them: theirs wins over the settings'.
  public struct Stated: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// A set of bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// `retry` is in the file.
    public static let retry = Stated(rawValue: 1)
    /// `priority` is in the file.
    public static let priority = Stated(rawValue: 2)
  }

  /// `run`.
  public var run: Command
  /// `runtime`; default auto.
  public var runtime = RuntimeChoice.auto
  /// `image`: the container image it runs on; nil: none, the machine's own programs.
  public var image: String?
  /// `user`: whom it runs as in a container, by number, as far as the settings' `allowUsers` has it; nil: `containerUser`.
  public var user: UInt32?
  /// `privileged`: a container that may do what the engine may, where the settings' `allowPrivileged` says so; default
  /// false.
  public var isPrivileged = false
  /// `group`; nil: the jobs without a group are a lane of their own.
  public var group: GroupName?
  /// `stdin` or `stdinFile`; default none.
  public var stdin = Stdin.none
  /// `env` in the order of the file; names are unique, not empty, without `=`, and never start with `BOBBIN_`.
  public var env: [EnvEntry] = []
  /// `directory`, an absolute path; nil: a host group's folder, else a scratch folder.
  public var directory: String?
  /// `timeout`, more than zero; nil: the settings' or the runtime's default.
  public var timeout: Duration?
  /// `idle`, more than zero: how long it may neither write anything nor touch its heartbeat; nil: for ever.
  public var idle: Duration?
  /// `grace` between SIGTERM and SIGKILL; nil: the settings' (10 s).
  public var grace: Duration?
  /// `retry`; default `RetryPolicy()`.
  public var retry = RetryPolicy()
  /// `rerun`; nil means the default, true: run again what the runner's death cut short.
  public var rerun: Bool?
  /// `priority`, −100…100, higher first; default 0.
  public var priority = 0
  /// `after`: the jobs it waits for.
  public var after: After?
  /// `notBefore`: the earliest start.
  public var notBefore: Timestamp?
  /// `expires`: checked before each start.
  public var expires: Expiry?
  /// `key`: idempotency key within the group, 1…256 bytes.
  public var key: String?
  /// `limits`; nothing is limited by default but `output`.
  public var limits = Limits()
  /// `mounts`: what of the machine it sees in a sandbox or container; none by default. No two lie in each other.
  public var mounts: [Mount] = []
  /// `secrets`: names of secrets that become variables; none by default. Unique, and none is a name of `env`.
  public var secrets: [String] = []
  /// `network`; nil: the runtime's default.
  public var network: String?
  /// `labels` in the order of the file.
  public var labels: [Label] = []
  /// `description`, free text.
  public var description: String?
  /// `origin`: `ipc` for a job that a container asked for. It only takes rights away (DESIGN §1, 7).
  public var origin: String?
  /// `task`: the task whose time it was made for; written by the scheduler.
  public var task: String?
  /// `scheduledFor`: that time, which may lie before the moment at which the job was made.
  public var scheduledFor: Timestamp?
  /// `message`: from outside, for the agent of the group that its chat belongs to; there is no `run` then.
  public var message: IncomingMessage?
  /// Which keys with defaults in the settings the file has.
  public var stated: Stated = []

  /// The most jobs that `after` may name.
  public static let maxAfter = 1000
  /// The most bytes of an idempotency key.
  public static let maxKeyBytes = 256

  /// Whether it must not run as a plain process: a container asked for it, or it asks for an image or mounts, which a
  /// process cannot be given.
  public var needsIsolation: Bool { origin != nil || image != nil || !mounts.isEmpty }

  /// A job that runs this, with every default.
  public init(run: Command) { self.run = run }
}

/// A variable of a job's environment.
public struct EnvEntry: Sendable, Equatable {
  /// Not empty, no `=`, no NUL.
  public var name: String
  /// No NUL.
  public var value: String

  /// A variable.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A label: a pair of texts that means something to its author only.
public struct Label: Sendable, Equatable {
  /// The key.
  public var name: String
  /// The text.
  public var value: String

  /// A label.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// Where a job is to run.
public enum RuntimeChoice: String, Sendable, Hashable, CaseIterable {
  /// Chosen by what the job is: DESIGN §3, `runtime`.
  case auto
  /// A process of the runner's user.
  case process
  /// A sandbox made of namespaces.
  case sandbox
  /// A podman container.
  case podman
  /// A docker container.
  case docker
  /// A container of Apple's `container`.
  case container
}
