/// `groups/G.json`: what is particular to one group. A group without a file has every default.
public struct GroupSettings: Sendable, Equatable {
  /// `slots`: jobs of the group that run at the same time, 1…1024; default 1.
  public var slots = 1
  /// `ordered`: whether a waiting job holds up those behind it; default false.
  public var ordered = false
  /// `host`: whether this is a group of `process` jobs, whose folder no container writes; default false.
  public var host = false
  /// `timeout` of the group's jobs without one; nil: the settings'.
  public var timeout: Duration?
  /// `priority` of the group's jobs without one, and the most for those with `origin`; nil: the settings'.
  public var priority: Int?
  /// `limits` of the group's jobs, under their own and over the settings'; nil: none. For jobs with `origin` they are
  /// ceilings too, where `maxLimits` has none.
  public var limits: Limits?
  /// `env` of the group's jobs, under their own; nil: none.
  public var env: [EnvEntry]?
  /// `maxLimits`: what no job of the group may exceed, under the settings'; none by default.
  public var maxLimits = MaxLimits()
  /// `network` of the group's jobs in sandboxes and containers without one; nil: the runtime's default.
  public var network: String?
  /// `mounts` that the group's jobs get in sandboxes and containers, read-only. One with `"readOnly": false` is a
  /// permission: a job that names it likewise gets it so. Jobs with `origin` get no others. None by default.
  public var mounts: [Mount] = []
  /// `secrets`: those of the settings' that the group's jobs may ask for; nil: all of them, for jobs with `origin` none.
  public var secrets: [String]?
  /// `image` of the group's jobs without one, unless they are processes; those with `origin` get no other. Nil: none.
  public var image: String?
  /// `containerUser`: whom containers of the group run as, by number; nil: the settings'.
  public var containerUser: UInt32?
  /// `keep`: how long the group's container stays after a job, for the next one; nil: it goes at once.
  public var keep: Duration?
  /// `may`: what its jobs may ask for beyond their own group's; nothing by default.
  public var rights = Rights()
  /// `channels`: where its jobs may send messages, `channel` or `channel:address`; nowhere by default.
  public var channels: [String] = []
  /// `requests`: how much its jobs may ask for.
  public var requests = RequestLimits()
  /// `maxParallel`: jobs that its jobs asked for which run at the same time, beside `slots`, 1…1024; default 1.
  public var maxParallel = 1
  /// `agent`: what is run for messages to the group, as a job without the keys that its message gives; nil: none.
  public var agent: Job?
  /// `trigger`: a message starts work if it has this in it, in whatever case; others are kept and told with the next that does.
  /// Nil: each does.
  public var trigger: String?
  /// `session`: what its agent keeps of a conversation.
  public var session = SessionSettings()
  /// `description`, free text.
  public var description: String?

  private static let keys =
    [
      "image", "containerUser", "keep", "slots", "ordered", "host", "timeout", "priority", "limits", "env", "maxLimits",
      "network", "mounts", "secrets", "may", "channels", "requests", "maxParallel",
      "agent", "trigger", "session", "description",
    ]

  /// Every default.
  public init() {}

  /// Reads a group's settings: strict, with comments and trailing commas.
  /// - Throws: the first thing that is wrong, with its place; the codes are those of `Job.read`.
  public static func read(_ bytes: [UInt8]) throws(Refusal) -> GroupSettings {
    let root = Field(root: try JSONReader.read(bytes, dialect: .settings), source: bytes)
    var group = GroupSettings()
    var isolated: Field?
    for field in try root.members("an object of a group's settings") {
      switch field.name {
      case "slots": group.slots = try field.integer(1...1024)
      case "ordered": group.ordered = try field.flag()
      case "host": group.host = try field.flag()
      case "timeout": group.timeout = try field.positiveDuration()
      case "priority": group.priority = try field.integer(-100...100)
      case "limits": group.limits = try Limits.read(field)
      case "env": group.env = try Job.environment(field)
      case "maxLimits": group.maxLimits = try MaxLimits.read(field)
      case "network": group.network = try Job.network(field)
      case "image":
        group.image = try ImageName.read(field)
        isolated = field
      case "containerUser": group.containerUser = UInt32(try field.integer(0...4_294_967_293))
      case "keep":
        group.keep = try field.duration(.seconds(1)...(.seconds(86_400)))
        isolated = field
      case "mounts":
        group.mounts = try Mount.readAll(field)
        if !group.mounts.isEmpty { isolated = field }
      case "secrets": group.secrets = try SecretName.readAll(field)
      case "may": group.rights = try Rights.read(field)
      case "channels":
        for element in try field.elements("an array of channels, or of channel:address") {
          group.channels.append(try element.text("a channel, or channel:address", upTo: 512))
        }
      case "requests": group.requests = try RequestLimits.read(field)
      case "maxParallel": group.maxParallel = try field.integer(1...1024)
      case "agent": group.agent = try agent(field)
      case "trigger": group.trigger = try field.text("what a message has in it", upTo: 256)
      case "session": group.session = try SessionSettings.read(field)
      case "description": group.description = try field.text()
      default: throw field.unknownKey(among: keys)
      }
    }
    if let isolated, group.host {
      throw isolated.keyRefusal(
        .conflictingKeys, "\(quoted(isolated.name)) beside \"host\": true",
        "expected one of the two: a host group's jobs are processes"
      )
    }
    return group
  }

  private static func agent(_ field: Field) throws(Refusal) -> Job {
    let own = [
      "group", "message", "after", "key", "stdin", "stdinFile", "origin", "task", "scheduledFor", "notBefore",
      "expires",
    ]
    for member in try field.members("an object with a job's keys") where own.contains(member.name) {
      throw member.keyRefusal(
        .conflictingKeys, "\(quoted(member.name)) in an agent", "expected none, its message gives it")
    }
    return try Job.read(field)
  }

  /// Whether a message starts work.
  public func isTriggered(by text: String) -> Bool {
    trigger.map { text.lowercased().contains($0.lowercased()) } ?? true
  }
}
