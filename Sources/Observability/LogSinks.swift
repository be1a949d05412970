/// The file operations the log needs. Given from outside: this target touches no file.
///
/// They are called by one thread at a time, without a lock held, and may block. They must not write to the log
/// themselves: the flush that called them would take that along, without end.
public struct LogFile: Sendable {
  /// Appends all of the bytes to the current file, made when it is not there; false when that failed, also in part.
  public var append: @Sendable ([UInt8]) -> Bool
  /// Bytes in the current file; asked once, before the first append. 0 when there is none.
  public var size: @Sendable () -> Int
  /// Carries the steps out and lets the next append begin a new file; false when the current file is still in place.
  public var rotate: @Sendable ([LogRotation.Step]) -> Bool

  /// A sink of those three operations.
  public init(
    append: @escaping @Sendable ([UInt8]) -> Bool, size: @escaping @Sendable () -> Int,
    rotate: @escaping @Sendable ([LogRotation.Step]) -> Bool
  ) {
    self.append = append
    self.size = size
    self.rotate = rotate
  }
}

/// A terminal, or a pipe a person reads.
public struct LogTerminal: Sendable {
  /// Writes the bytes. What fails is lost without a word: a closed pipe must not stop the runner.
  public var write: @Sendable ([UInt8]) -> Void
  /// With ANSI colours.
  public var colour: Bool
  /// Columns, asked at each event because windows change; nil does not cut.
  public var width: @Sendable () -> Int?
  /// Seconds east of Greenwich at a time in nanoseconds since 1970.
  public var utcOffset: @Sendable (Int64) -> Int

  /// A terminal; without colours, uncut and in UTC by default.
  public init(
    write: @escaping @Sendable ([UInt8]) -> Void, colour: Bool = false,
    width: @escaping @Sendable () -> Int? = { nil }, utcOffset: @escaping @Sendable (Int64) -> Int = { _ in 0 }
  ) {
    self.write = write
    self.colour = colour
    self.width = width
    self.utcOffset = utcOffset
  }
}
