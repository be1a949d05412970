import Observability
import Platform
import Testing

/// A disk that can be full, with files by name.
private final class Disk: Sendable {
  struct State {
    var files: [String: [UInt8]] = [:]
    var isFull = false
    var refusesRotation = false
    var appends = 0
  }

  let state = Locked(State())

  func file(_ name: String = "bobbin.log") -> String {
    state.withLock { String(decoding: $0.files[name] ?? [], as: UTF8.self) }
  }

  func lines(_ name: String = "bobbin.log") -> [Substring] { file(name).split(separator: "\n") }

  var sink: LogFile {
    LogFile(
      append: { bytes in
        self.state.withLock { state in
          state.appends += 1
          // A full disk takes the first bytes of what it is given and leaves half a line.
          let taken = state.isFull ? bytes.prefix(40) : bytes[...]
          state.files["bobbin.log", default: []].append(contentsOf: taken)
          return !state.isFull
        }
      },
      size: { self.state.withLock { $0.files["bobbin.log"]?.count ?? 0 } },
      rotate: { steps in
        self.state.withLock { state in
          guard !state.refusesRotation else { return false }
          for step in steps {
            switch step {
            case .remove(let name): state.files[name] = nil
            case .rename(let from, let to):
              #expect(state.files[to] == nil, "a step overwrites \(to)")
              state.files[to] = state.files.removeValue(forKey: from)
            }
          }
          return true
        }
      })
  }
}

@Suite struct LogTests {
  private let disk = Disk()

  private func log(_ level: LogLevel = .info, rotation: LogRotation = LogRotation()) -> Log {
    Log(level: level, file: disk.sink, rotation: rotation, now: { moment })
  }

  @Test("what happens in one turn reaches the file in one append")
  func oneAppend() {
    let log = log()
    for number in 0..<100 { log.write(.info, "job-started", job: "j\(number)", "started") }
    #expect(disk.state.withLock { $0.appends } == 0)
    log.flush()
    log.flush()
    #expect(disk.state.withLock { $0.appends } == 1)
    #expect(disk.lines().count == 100)
    #expect(disk.lines().last?.contains(#""job":"j99""#) == true)
  }

  @Test("an error is in the file at once, with all that came before it")
  func errorsFlush() {
    let log = log()
    log.write(.info, "a", "first")
    log.write(.error, "b", "second")
    #expect(disk.lines().count == 2)
  }

  @Test("below the level nothing is made, not even the sentence", arguments: LogLevel.allCases)
  func threshold(level: LogLevel) {
    let log = log(level)
    var made = 0
    func sentence() -> String {
      made += 1
      return "s"
    }
    for each in LogLevel.allCases { log.write(each, "c", sentence()) }
    log.flush()
    let expected = LogLevel.allCases.count { $0 >= level && $0 != .silent }
    #expect(made == expected)
    #expect(disk.lines().count == expected)
  }

  @Test("the level may be changed while the program runs")
  func levelChanges() {
    let log = log(.warn)
    log.write(.info, "a", "not told")
    log.level = .debug
    log.write(.debug, "b", "told")
    log.flush()
    #expect(disk.lines().count == 1)
    #expect(log.level == .debug)
  }

  @Test("the file is set aside before it passes its size; five files are kept, newest first, no line lost among them")
  func rotates() {
    let log = log(rotation: LogRotation(maxBytes: 1000, files: 5))
    var written = 0
    while disk.file("bobbin.log.4").isEmpty {
      log.write(.info, "c", job: "j\(written)", "x")
      log.flush()
      written += 1
    }
    let names = ["bobbin.log.4", "bobbin.log.3", "bobbin.log.2", "bobbin.log.1", "bobbin.log"]
    let lines = names.flatMap { disk.lines($0) }
    #expect(lines.count == written)
    for (number, line) in lines.enumerated() { #expect(line.contains("\"job\":\"j\(number)\"")) }
    for name in names { #expect((1...1000).contains(disk.file(name).utf8.count)) }

    for _ in 0..<100 {
      log.write(.info, "c", "x")
      log.flush()
    }
    #expect(disk.state.withLock { $0.files.keys.sorted() } == names.sorted())
  }

  @Test("a file that an earlier program left full is set aside first")
  func oldSizeCounts() {
    disk.state.withLock { $0.files["bobbin.log"] = [UInt8](repeating: 65, count: 999) }
    let log = log(rotation: LogRotation(maxBytes: 1000))
    log.write(.error, "c", "x")
    #expect(disk.file("bobbin.log.1").utf8.count == 999)
    #expect(disk.lines().count == 1)
  }

  @Test("when the file cannot be set aside it grows on")
  func rotationFails() {
    disk.state.withLock { $0.refusesRotation = true }
    let log = log(rotation: LogRotation(maxBytes: 200))
    for _ in 0..<20 { log.write(.error, "c", "x") }
    #expect(disk.lines().count == 20)
    disk.state.withLock { $0.refusesRotation = false }
    log.write(.error, "c", "x")
    #expect(disk.lines().count == 1)
    #expect(disk.lines("bobbin.log.1").count == 20)
  }

  @Test("with one file in all nothing is kept aside")
  func oneFile() {
    #expect(LogRotation(files: 1, name: "l").steps == [.remove("l")])
    #expect(
      LogRotation(files: 3, name: "l").steps
        == [.remove("l.2"), .rename(from: "l.1", to: "l.2"), .rename(from: "l", to: "l.1")])
  }

  @Test("a full disk stops nobody; once there is room the log says how many lines are missing")
  func diskFull() {
    let log = log()
    log.write(.info, "a", "before")
    log.flush()
    disk.state.withLock { $0.isFull = true }
    for _ in 0..<3 { log.write(.error, "b", "lost") }
    log.write(.info, "b", "lost")
    log.write(.info, "b", "lost")
    log.flush()
    #expect(log.droppedLines == 5)
    disk.state.withLock { $0.isFull = false }
    log.write(.info, "c", "after")
    log.flush()
    let told = disk.lines().filter { $0.hasPrefix("{") && $0.hasSuffix("}") }
    #expect(told.count == 3)
    #expect(told[1].contains(#""code":"log-lines-dropped""#) && told[1].hasSuffix(#""lines":5}"#))
    #expect(told[2].contains(#""message":"after""#))

    log.write(.info, "c", "and on")
    log.flush()
    #expect(disk.file().components(of: "log-lines-dropped") == 1)
    #expect(log.droppedLines == 5)
  }

  @Test("a log that nobody flushes stays small and counts what it leaves out")
  func bounded() {
    let log = log()
    let long = String(repeating: "x", count: 2000)
    for _ in 0..<1000 { log.write(.info, "c", long) }
    log.flush()
    #expect(disk.file().utf8.count <= Log.bufferLimit + LogLine.limit)
    #expect(disk.lines().count - 1 + log.droppedLines == 1000)
  }

  @Test("lines told by several threads at once all arrive, each whole", .timeLimit(.minutes(60)))
  func manyWriters() async {
    let log = log()
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask {
          for number in 0..<500 {
            log.write(number % 50 == 0 ? .error : .info, "c", job: "w\(writer)", "line", fields: [("n", "\(number)")])
            if number % 7 == 0 { log.flush() }
          }
        }
      }
    }
    log.flush()
    #expect(disk.lines().count == 4000)
    #expect(disk.lines().allSatisfy { $0.hasPrefix("{\"time\"") && $0.hasSuffix("\"}") })
    for writer in 0..<8 {
      let mine = disk.lines().filter { $0.contains("\"w\(writer)\"") }
      #expect(mine.count == 500)
      for (number, line) in mine.enumerated() { #expect(line.hasSuffix("\"n\":\"\(number)\"}")) }
    }
  }

  @Test("a terminal shows the same events in its own way, with or without a file")
  func terminal() {
    let shown = Locked<[UInt8]>([])
    let terminal = LogTerminal(
      write: { bytes in shown.withLock { $0 += bytes } }, width: { 20 }, utcOffset: { _ in 3600 })
    let log = Log(terminal: terminal, now: { moment })
    log.write(.info, "job-succeeded", job: "a", "done and dusted")
    log.flush()
    #expect(String(decoding: shown.withLock { $0 }, as: UTF8.self) == "12:02:03 ✓ a  done …\n")
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
