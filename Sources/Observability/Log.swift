import Platform
import Synchronization

/// The runner's log: events in, buffered lines out.
///
/// `write` formats and returns; `flush` hands all lines to the sinks in one append each. The runner flushes once per turn
/// of its loop, events of level `error` flush at once. Nothing here throws or stops the caller: lines that could not be
/// written are counted, and the number is told when writing works again (`log-lines-dropped`).
public final class Log: Sendable {
  /// Bytes kept for a sink between two flushes: 1 MiB, some thousands of lines. Lines beyond it are dropped and counted.
  public static let bufferLimit = 1 << 20

  private struct State {
    var file = Buffer()
    var terminal = Buffer()
    /// One caller at a time writes to the sinks, outside the lock; what comes meanwhile it takes along.
    var isFlushing = false
    /// Lines lost since writing last worked.
    var dropped = 0
    /// Lines lost in all.
    var droppedInAll = 0
    /// Bytes in the current file; nil before the first append.
    var size: Int?
    /// The last append failed, and may have left half a line.
    var isTorn = false
  }

  private struct Buffer {
    var bytes: [UInt8] = []
    var lines = 0

    /// False when there is no room.
    mutating func add(_ line: [UInt8]) -> Bool {
      guard bytes.count + line.count <= Log.bufferLimit else { return false }
      bytes.append(contentsOf: line)
      lines += 1
      return true
    }

    mutating func take() -> Buffer {
      defer { self = Buffer() }
      return self
    }
  }

  private let threshold: Atomic<UInt8>
  private let state = Locked(State())
  private let now: @Sendable () -> Int64
  private let file: LogFile?
  private let terminal: LogTerminal?
  private let rotation: LogRotation

  /// A log.
  ///
  /// - Parameters:
  ///   - level: events below it are not even made. Default `info`.
  ///   - file: where JSON lines go; nil, the default, is nowhere.
  ///   - terminal: where a person reads along; nil, the default, is nowhere.
  ///   - rotation: 5 files of 10 MiB by default.
  ///   - now: the wall clock, in nanoseconds since 1970.
  public init(
    level: LogLevel = .info, file: LogFile? = nil, terminal: LogTerminal? = nil, rotation: LogRotation = LogRotation(),
    now: @escaping @Sendable () -> Int64
  ) {
    threshold = Atomic(level.rawValue)
    self.file = file
    self.terminal = terminal
    self.rotation = rotation
    self.now = now
  }

  /// From where on events are written. May be changed at any time, from any thread.
  public var level: LogLevel {
    get { LogLevel(rawValue: threshold.load(ordering: .relaxed)) ?? .info }
    set { threshold.store(newValue.rawValue, ordering: .relaxed) }
  }

  /// Lines lost since the program started: a sink that fails, or a buffer that nobody flushed.
  public var droppedLines: Int { state.withLock { $0.droppedInAll } }

  /// Whether events of that level are written. One atomic read.
  public func isOn(_ level: LogLevel) -> Bool {
    level != .silent && level.rawValue >= threshold.load(ordering: .relaxed)
  }

  /// Tells an event that happened now. Below the level, message and fields are not evaluated.
  public func write(
    _ level: LogLevel, _ code: String, job: @autoclosure () -> String? = nil, _ message: @autoclosure () -> String,
    fields: @autoclosure () -> [(String, LogValue)] = []
  ) {
    guard isOn(level) else { return }
    write(LogEvent(time: now(), level: level, code: code, job: job(), message: message(), fields: fields()))
  }

  /// Tells an event with its own time.
  public func write(_ event: LogEvent) {
    guard isOn(event.level) else { return }
    let line = file.map { _ in event.jsonLine() }
    let shown = terminal.map {
      Array(event.pretty(colour: $0.colour, width: $0.width(), utcOffset: $0.utcOffset(event.time)).utf8)
    }
    state.withLock { state in
      if let line, !state.file.add(line) {
        state.dropped += 1
        state.droppedInAll += 1
      }
      if let shown { _ = state.terminal.add(shown) }
    }
    if event.level >= .error { flush() }
  }

  /// Lines wait to be flushed.
  public var hasUnflushed: Bool { state.withLock { $0.file.lines > 0 || $0.terminal.lines > 0 } }

  /// Writes what is buffered. While another thread does so it returns at once: that thread takes these lines along.
  public func flush() {
    let mine = state.withLock { state in
      defer { state.isFlushing = true }
      return !state.isFlushing
    }
    guard mine else { return }
    while let (lines, shown) = nextBatch() {
      if !shown.bytes.isEmpty { terminal?.write(shown.bytes) }
      if lines.lines > 0, let file { append(lines, to: file) }
    }
  }

  /// What is to be written; nil when there is nothing more, and then flushing has ended under the same lock.
  private func nextBatch() -> (file: Buffer, terminal: Buffer)? {
    state.withLock { state in
      guard state.file.lines > 0 || state.terminal.lines > 0 else {
        state.isFlushing = false
        return nil
      }
      return (state.file.take(), state.terminal.take())
    }
  }

  /// Only ever called by the one that flushes.
  private func append(_ batch: Buffer, to file: LogFile) {
    let (known, dropped, torn) = state.withLock { ($0.size, $0.dropped, $0.isTorn) }
    var bytes: [UInt8] = []
    // An empty line, which readers of JSON lines skip, ends the half line that a failed append may have left.
    if torn { bytes.append(UInt8(ascii: "\n")) }
    if dropped > 0 {
      let notice = LogEvent(
        time: now(), level: .warn, code: "log-lines-dropped", message: "\(dropped) lines of this log were lost",
        fields: [("lines", .int(Int64(dropped)))])
      bytes.append(contentsOf: notice.jsonLine())
    }
    bytes.append(contentsOf: batch.bytes)

    var size = known ?? file.size()
    // When rotating fails the file grows past its size: rather too long than lost.
    if rotation.isDue(size: size, adding: bytes.count), file.rotate(rotation.steps) { size = 0 }
    let worked = file.append(bytes)
    state.withLock { state in
      // After a failure the size is asked again: nobody knows how much of it was written.
      state.size = worked ? size + bytes.count : nil
      state.isTorn = !worked
      if worked {
        state.dropped -= dropped
      } else {
        state.dropped += batch.lines
        state.droppedInAll += batch.lines
      }
    }
  }
}
