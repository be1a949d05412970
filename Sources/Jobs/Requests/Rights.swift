/// What a group may ask for beyond what is its own: `may` and `channels` of its settings. The group `main` may everything.
public struct Rights: Sendable, Equatable {
  /// Other groups, or channels, that something may be for.
  public struct Reach: Sendable, Equatable {
    public var isAny = false
    public var names: [String] = []

    public init() {}

    /// Whether it reaches to this one.
    public func contains(_ name: String) -> Bool { isAny || names.contains { UTF8Text.same($0, name) } }
  }

  /// `message:any`, `message:CHANNEL`: where messages may go beside `channels`.
  public var messages = Reach()
  /// `task:any`, `task:GROUP`: for which other groups tasks may be made and changed.
  public var tasks = Reach()
  /// `job:any`, `job:GROUP`: in which other groups jobs may be run and ended.
  public var jobs = Reach()

  /// The group that people steer the others from.
  public static let main = "main"

  public init() {}

  /// Everything.
  public static let all: Rights = {
    var rights = Rights()
    rights.messages.isAny = true
    rights.tasks.isAny = true
    rights.jobs.isAny = true
    return rights
  }()

  /// Reads `may`.
  static func read(_ field: Field) throws(Refusal) -> Rights {
    var rights = Rights()
    for element in try field.elements("an array such as [\"message:any\", \"job:reports\"]") {
      let text = try element.text("a right such as \"message:any\"", upTo: 200)
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      guard parts.count == 2, !parts[1].isEmpty else {
        throw element.badValue("message:, task: or job: with any or a name")
      }
      func add(_ reach: inout Reach) {
        if parts[1] == "any" { reach.isAny = true } else { reach.names.append(parts[1]) }
      }
      switch parts[0] {
      case "message": add(&rights.messages)
      case "task": add(&rights.tasks)
      case "job": add(&rights.jobs)
      default: throw element.badValue("message:, task: or job: with any or a name")
      }
      if parts[0] != "message", parts[1] != "any" {
        do throws(Refusal) { _ = try GroupName(validating: parts[1]) } catch {
          throw element.refusal(.badName, "bad group name", error.reason)
        }
      }
    }
    return rights
  }
}

/// How much a group may ask for: `requests` of its settings. What is over it is refused, and told when to ask again.
public struct RequestLimits: Sendable, Equatable {
  /// `perMinute`, 1…100,000; default 60.
  public var perMinute = 60
  /// `waiting`: files that lie in its folders at a time, 1…100,000; default 1000.
  public var waiting = 1000
  /// `bytes`: the largest request, 1k…64m; default 1 MiB.
  public var bytes = ByteCount.mebibytes(1)
  /// `fileBytes`: the files of one message together, 0…1g; default 25 MiB.
  public var fileBytes = ByteCount.mebibytes(25)

  public init() {}

  static func read(_ field: Field) throws(Refusal) -> RequestLimits {
    var limits = RequestLimits()
    for member in try field.members("an object of limits on requests") {
      switch member.name {
      case "perMinute": limits.perMinute = try member.integer(1...100_000)
      case "waiting": limits.waiting = try member.integer(1...100_000)
      case "bytes": limits.bytes = try member.byteCount(1024...1 << 26)
      case "fileBytes": limits.fileBytes = try member.byteCount(0...1 << 30)
      default: throw member.unknownKey(among: ["perMinute", "waiting", "bytes", "fileBytes"])
      }
    }
    return limits
  }
}
