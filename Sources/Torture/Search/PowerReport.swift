/// What a search covered, and what it found.
public struct PowerReport: Sendable {
  public var recordings = 0
  /// Moments between two events at which the power was cut.
  public var cuts = 0
  /// Those of which every state was looked at.
  public var exhausted = 0
  public var states = 0
  /// States that differ in something that a runner reads.
  public var distinct = 0
  public var recovered = 0
  public var changes = 0
  /// How often each kind of sync was recorded.
  public var syncs: [String: Int] = [:]
  /// How often each promise was broken, and where first.
  public private(set) var findings: [Finding.Code: (count: Int, first: [String])] = [:]

  public init() {}

  public var isClean: Bool { findings.isEmpty }

  mutating func add(_ found: [Finding], at origin: PowerSearch.Origin) {
    for finding in found {
      findings[finding.code, default: (0, [])].count += 1
      if (findings[finding.code]?.first.count ?? 0) < 5 {
        findings[finding.code]?.first.append("\(finding.what)\n    \(origin.replay)")
      }
    }
  }

  public var text: String {
    var lines = [
      "\(recordings) recordings, \(changes) changes, syncs: "
        + syncs.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "),
      "\(states) states at \(cuts) cuts (\(exhausted) of them with every state there is), \(distinct) of them different, "
        + "\(recovered) recovered by the program",
    ]
    for (code, found) in findings.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      lines.append("FOUND \(code.rawValue): \(found.count) times")
      lines += found.first.map { "  " + $0 }
    }
    if findings.isEmpty { lines.append("nothing found") }
    return lines.joined(separator: "\n")
  }
}
