/// How much an event matters, and from where on events are written (`LOG_LEVEL`).
public enum LogLevel: UInt8, Comparable, CaseIterable, Sendable {
  /// Every step, for finding a bug in Bobbin itself.
  case trace
  /// Decisions: why this job, why now.
  case debug
  /// What a user of the spool wants to know afterwards. The default.
  case info
  /// Something is off and the runner goes on.
  case warn
  /// Something was not done.
  case error
  /// As a threshold: nothing is written. Not the level of an event.
  case silent

  /// The level of that name, lower case; nil when there is none.
  public init?(name: String) {
    guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = level
  }

  /// `trace`, `debug`, `info`, `warn`, `error`, `silent`.
  public var name: String {
    switch self {
    case .trace: "trace"
    case .debug: "debug"
    case .info: "info"
    case .warn: "warn"
    case .error: "error"
    case .silent: "silent"
    }
  }

  /// The less severe first.
  public static func < (first: LogLevel, second: LogLevel) -> Bool { first.rawValue < second.rawValue }
}
