/// When the log file is set aside, and the renames that do it. Pure; the sink carries the steps out.
public struct LogRotation: Sendable, Equatable {
  /// One step, on names in the folder of the logs. In this order, and each may find nothing to do: a file that is not
  /// there is not an error.
  public enum Step: Sendable, Equatable {
    /// The oldest file goes.
    case remove(String)
    /// A file becomes one older; the new name is free by then.
    case rename(from: String, to: String)
  }

  /// Bytes a file may grow to. Default 10 MiB.
  public var maxBytes: Int
  /// Files in all, the current one included, at least 1. Default 5: `bobbin.log`, `.1` … `.4`.
  public var files: Int
  /// The current file's name. Default `bobbin.log`.
  public var name: String

  /// The defaults.
  public init(maxBytes: Int = 10 << 20, files: Int = 5, name: String = "bobbin.log") {
    self.maxBytes = maxBytes
    self.files = files
    self.name = name
  }

  /// Whether the file is set aside before so many more bytes. An empty one never is.
  public func isDue(size: Int, adding more: Int) -> Bool { size > 0 && size + more > maxBytes }

  /// What sets the current file aside. With one file in all it is removed.
  public var steps: [Step] {
    let oldest = max(0, files - 1)
    var steps: [Step] = [.remove(numbered(oldest))]
    for number in stride(from: oldest, to: 0, by: -1) {
      steps.append(.rename(from: numbered(number - 1), to: numbered(number)))
    }
    return steps
  }

  private func numbered(_ number: Int) -> String { number == 0 ? name : "\(name).\(number)" }
}
