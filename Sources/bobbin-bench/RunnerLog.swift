import Platform

/// What a runner says of itself in its log when it is asked, read on from where it was read before.
final class RunnerLog {
  private let runner: Child
  private let file: Descriptor
  private var rest: [UInt8] = []
  private var status: Substring?

  init(_ runner: Child, _ spool: BenchSpool) throws(SystemError) {
    self.runner = runner
    file = try FileSystem.openForReading(path: spool.path + "/logs/bobbin.log")
  }

  /// Asks for the next one: SIGUSR1, a status into the log.
  func ask() { runner.signal(10) }

  /// How many of something there are by the newest status of this runner, "17 waiting"; nil: it has told none yet.
  func count(_ word: String) throws(SystemError) -> Int? {
    try readOn()
    return status.flatMap { Self.number(before: word, in: $0) }
  }

  /// Asks until all these jobs were seen. Those between a run and its result are in none of the counts, so some may be
  /// missing.
  func untilRead(_ jobs: Int, seconds: Int64) throws {
    try wait("\(Figure.text(Double(jobs), 0)) jobs to be read", seconds: seconds, every: 200_000_000) {
      ask()
      Clock.wait(nanoseconds: 50_000_000)
      let known = try ["running", "waiting", "finished"].map { try count($0) ?? 0 }.reduce(0, +)
      return known > jobs - min(1000, jobs / 10)
    }
  }

  private func readOn() throws(SystemError) {
    while true {
      let more = try file.readChunk(1 << 20)
      if more.isEmpty { return }
      rest += more
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      for line in rest[..<end].split(separator: UInt8(ascii: "\n")) {
        let text = String(decoding: line, as: UTF8.self)
        if text.contains("\"runner-started\"") { status = nil }
        if text.contains("\"status\"") { status = text[...] }
      }
      rest.removeSubrange(...end)
    }
  }

  /// "17 waiting" → 17.
  private static func number(before word: String, in line: Substring) -> Int? {
    let words = line.split { $0 == " " || $0 == "," || $0 == "\"" }
    guard let place = words.firstIndex(of: word[...]), place > 0 else { return nil }
    return Int(words[place - 1])
  }
}
