/// Why there is no zone. Cases say of which: a name, a path, or what the variable TZ holds.
public enum ZoneProblem: Error, Sendable, Equatable {
  /// Nothing that can be read under this name or path, or not a name at all.
  case unknown(String)
  /// A file without the magic of tzfile(5).
  case notAZoneFile(String)
  /// A zone file that is cut short or contradicts itself; `what` is wrong.
  case damaged(String, what: String)
  /// A zone of the folder right/: its seconds are not those of POSIX, by which everything else here counts.
  case countsLeapSeconds(String)
  /// TZ is neither a known name nor a rule.
  case badRule(String)

  /// Stable, for programs.
  public var code: String {
    switch self {
    case .unknown: "unknown-zone"
    case .notAZoneFile: "not-a-zone-file"
    case .damaged: "damaged-zone-file"
    case .countsLeapSeconds: "zone-counts-leap-seconds"
    case .badRule: "bad-zone-rule"
    }
  }

  /// A sentence for a person, to follow the name.
  public var reason: String {
    switch self {
    case .unknown: "no such zone on this machine; expected a name such as Europe/Berlin (Debian: tzdata)"
    case .notAZoneFile: "its file is not a zone file; expected one that zic(8) made"
    case .damaged(_, let what): "its zone file is damaged: \(what)"
    case .countsLeapSeconds: "it counts leap seconds; expected a zone that does not, such as Europe/Berlin"
    case .badRule:
      "neither a zone of this machine nor a rule; expected a name such as Europe/Berlin (Debian: tzdata) or a rule such as "
        + "CET-1CEST,M3.5.0,M10.5.0/3"
    }
  }
}
