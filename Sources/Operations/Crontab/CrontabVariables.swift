import Jobs

/// The settings of a crontab that hold for the entries below.
struct CrontabVariables: Equatable {
  static let standardShell = "/bin/sh"
  /// cronie's, minutes: a day.
  private static let longestDelay = 24 * 60

  /// SHELL.
  private(set) var shell = CrontabVariables.standardShell
  /// HOME: where commands start. First the user's.
  private(set) var home: String?
  /// CRON_TZ: the zone of the times; nil: the machine's.
  private(set) var zone: String?
  /// RANDOM_DELAY, minutes.
  private(set) var delay = 0
  /// What the commands get, in the order of the first settings.
  private(set) var environment: [EnvEntry] = []

  init(home: String?) { self.home = home }

  var hasPath: Bool { environment.contains { $0.name == "PATH" } }

  /// Takes a setting; answers what is to be said about it.
  mutating func set(_ name: String, _ value: String) -> CrontabNote.What? {
    switch name {
    case "SHELL":
      guard !value.isEmpty else { return .badShell }
      shell = value
      // The standard one is not told: shells that want to know it set it themselves.
      environment.removeAll { $0.name == name }
      if value != Self.standardShell { put(name, value) }
    case "HOME":
      guard value.utf8.first == UInt8(ascii: "/") else { return .badHome(value) }
      home = value
      put(name, value)
    case "LOGNAME", "USER": return .fixedVariable(name)
    case "CRON_TZ":
      // Empty means the machine's in cronie.
      zone = value.isEmpty ? nil : value
      return zone.map { .scheduleZone($0) }
    case "TZ":
      put(name, value)
      return .commandZone(value)
    case "RANDOM_DELAY":
      guard value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let minutes = Int("0" + value),
        minutes <= Self.longestDelay
      else {
        delay = 0
        return .badDelay(value)
      }
      delay = minutes
    case "MAILTO", "MAILFROM", "CONTENT_TYPE", "CONTENT_TRANSFER_ENCODING":
      return value.isEmpty ? nil : .mail(name: name, value: value)
    case "START_HOURS_RANGE": return .anacronSetting(name)
    case "MLS_LEVEL": return .securityLevel(value)
    default:
      if name.utf8.starts(with: "BOBBIN_".utf8) { return .ownVariable(name) }
      put(name, value)
    }
    return nil
  }

  private mutating func put(_ name: String, _ value: String) {
    if let index = environment.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
      environment[index] = EnvEntry(name, value)
    } else {
      environment.append(EnvEntry(name, value))
    }
  }
}
