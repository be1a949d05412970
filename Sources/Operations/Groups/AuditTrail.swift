import Jobs
import Platform
import Spool

/// What `logs/audit.jsonl` tells of refused requests, group by group.
public struct AuditTrail: Equatable, Sendable {
  /// A request that was refused.
  public struct Refused: Equatable, Sendable {
    public var time: Timestamp?
    /// The folder it was written in: `messages`, `tasks`, `jobs`.
    public var kind: String
    /// Its id; empty: its name was none.
    public var request: String
    public var code: String
    public var reason: String
  }

  /// Of one group.
  public struct Group: Equatable, Sendable {
    /// How many were refused in all.
    public var refused = 0
    /// The last of them, oldest first.
    public var last: [Refused] = []
    /// How many reached into another group, and were allowed.
    public var allowed = 0

    public init() {}
  }

  public var groups: [String: Group] = [:]
  /// Lines that are none of the runner's: cut short by a crash, or written by somebody else.
  public var badLines = 0

  /// How many of the last are kept of each group.
  public static let kept = 3
  private static let longestLine = 1 << 20

  public init() {}

  /// Takes a line in; an empty one says nothing.
  mutating func add(_ line: some Collection<UInt8>) {
    if line.isEmpty { return }
    guard let node = try? JSONReader.read(Array(line)), case .string(let group)? = node.member("group")?.value else {
      badLines += 1
      return
    }
    func text(_ key: String) -> String {
      if case .string(let text)? = node.member(key)?.value { text } else { "" }
    }
    var known = groups[group] ?? Group()
    if text("verdict") == "refused" {
      known.refused += 1
      if known.last.count == Self.kept { known.last.removeFirst() }
      known.last.append(
        Refused(
          time: Timestamp(rfc3339: text("time")), kind: text("kind"), request: text("request"), code: text("code"),
          reason: text("reason")))
    } else {
      known.allowed += 1
    }
    groups[group] = known
  }

  /// Reads a file of such lines to its end, however long it is.
  mutating func read(_ file: Descriptor) throws(SystemError) {
    var rest: [UInt8] = []
    while true {
      let more = try file.readChunk(1 << 20)
      if more.isEmpty { break }
      rest += more
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else {
        // No line of ours is so long.
        if rest.count > Self.longestLine {
          badLines += 1
          rest = []
        }
        continue
      }
      for line in rest[..<end].split(separator: UInt8(ascii: "\n")) { add(line) }
      rest = Array(rest[(end + 1)...])
    }
    add(rest)
  }
}

extension SpoolAccess {
  /// The trail as it is now; an empty one if there is no file.
  public func auditTrail() throws(SystemError) -> AuditTrail {
    var trail = AuditTrail()
    guard let logs = try readable(.logs) else { return trail }
    do throws(SystemError) {
      let file = try logs.open("audit.jsonl")
      guard try file.status().kind == .file else { return trail }
      try trail.read(file)
    } catch {
      if error.isMissing || error.isLink { return trail }
      throw error
    }
    return trail
  }
}
