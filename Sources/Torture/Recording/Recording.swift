/// What was done to a folder, from outside: every system call of every process that changed or synced something there.
public struct Recording: Sendable {
  /// As it was before; all of it on the disk.
  public let start: Volume
  public let events: [Event]

  public init(start: Volume, events: [Event]) {
    self.start = start
    self.events = events
  }

  /// The whole of strace's output, from an empty folder on. What is recorded is below `ground`, a path without links; what
  /// was there at the mark `begin` is on the disk.
  ///
  /// - Throws: `TortureError.recording` when calls do not fit together: a model that is wrong finds nothing.
  public init(trace: [UInt8], ground: String) throws(TortureError) {
    let reader = try TraceReader(trace, ground: ground)
    self.init(start: reader.start, events: reader.events)
  }

  /// Where marks are made: an open that fails, and is seen by whoever traces.
  public static let markFolder = "/bobbin-torture-mark/"
}

/// What keeps a search from going on.
public enum TortureError: Error, CustomStringConvertible {
  case usage(String)
  case recording(String)
  case machine(String)

  public var description: String {
    switch self {
    case .usage(let text), .machine(let text): text
    case .recording(let text): "the recording does not fit together: \(text)"
    }
  }
}
