import Jobs

/// Something about a group that an access review tells.
public struct GroupFinding: Equatable, Sendable {
  /// What it is, by a stable name for programs.
  public enum Code: String, Sendable, CaseIterable {
    // What weakens the defaults.
    /// Its jobs are processes of the runner's user.
    case hostGroup = "host-group"
    /// It is the group that may everything.
    case mainGroup = "main-group"
    /// A mount that its containers may write to.
    case mountWritable = "mount-writable"
    /// The machine's own network.
    case networkHost = "network-host"
    /// A network of an engine.
    case network
    /// Containers run as root.
    case userRoot = "user-root"
    /// The agent's container, or any that a person submits, may be privileged.
    case privileged
    case privilegedAllowed = "privileged-allowed"
    /// Device files or GPUs that its jobs have, or may ask for.
    case device
    case devicesAllowed = "devices-allowed"
    /// Secrets that its jobs may ask for.
    case secrets
    /// It may make, change or end what belongs to other groups.
    case mayTasks = "may-tasks"
    case mayJobs = "may-jobs"
    /// It may send messages to every address of a channel, or of all.
    case mayMessages = "may-messages"
    case channelOpen = "channel-open"
    /// One container serves one job after another.
    case keptContainer = "kept-container"
    /// All its chats have one session.
    case sessionShared = "session-shared"
    /// More requests, or larger ones, than by default.
    case requestsRaised = "requests-raised"
    /// Its folder, or that of its requests, is a link.
    case folderLink = "folder-link"
    // What does not.
    /// Its settings are not accepted: its jobs wait, and nothing is granted.
    case badSettings = "bad-settings"
    /// A mount that would be refused.
    case mountRefused = "mount-refused"
    /// A network, a user or a device that the spool's settings do not allow.
    case notAllowed = "not-allowed"
    /// An address that it may send messages to.
    case channel
    /// Limits that nobody sets.
    case noLimits = "no-limits"

    /// Whether jobs of the group may do more than they could without it.
    public var weakens: Bool {
      switch self {
      case .badSettings, .mountRefused, .notAllowed, .channel, .noLimits: false
      default: true
      }
    }
  }

  public var code: Code
  /// Which one: a path, a network, a right; of a refusal its reason.
  public var what: String

  public init(_ code: Code, _ what: String = "") { (self.code, self.what) = (code, what) }
}

/// The access review of one group.
public struct GroupAudit: Sendable {
  public var entry: GroupEntry
  /// Its mounts, with what would become of each.
  public var mounts: [MountVerdict] = []
  /// What its containers have where its jobs say nothing else.
  public var network: String
  /// Whom its containers run as; nil: the runner's own user.
  public var user: UInt32?
  /// What the settings, and its own, let its jobs ask for.
  public var secrets: [String] = []
  public var findings: [GroupFinding] = []
  /// What was refused to it.
  public var trail = AuditTrail.Group()

  public var weakens: Bool { findings.contains { $0.code.weakens } }
}
