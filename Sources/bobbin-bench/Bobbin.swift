import Platform

/// The `bobbin` that was built beside this program, driven as a person does: by its commands and by files.
struct Bobbin {
  let path: String

  static func besideUs() throws -> Bobbin {
    let own = Machine.executable ?? ""
    let path = String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/bobbin"
    guard try FileSystem.status(path: path, following: true) != nil else { throw BenchError.noBobbin(path) }
    return Bobbin(path: path)
  }

  /// `bobbin init`.
  func makeSpool(_ path: String, settings: String? = nil) throws -> BenchSpool {
    try Child([self.path, "init", path]).success()
    let spool = try BenchSpool(path)
    if let settings { try spool.root.append("settings.json").write(Array(settings.utf8)) }
    return spool
  }

  /// `bobbin run` until it says that it runs. The spool may have had runners before.
  func run(_ spool: BenchSpool, slots: Int = 2) throws -> Child {
    let before = Self.starts(spool)
    let runner = try Child([path, "run", "--spool", spool.path, "--slots", String(slots)])
    try wait("a runner's start", seconds: 30) { Self.starts(spool) > before }
    return runner
  }

  private static func starts(_ spool: BenchSpool) -> Int {
    ProcFacts.text(spool.path + "/logs/bobbin.log").split(separator: "\n").count { $0.contains("\"runner-started\"") }
  }

  /// Claims nothing more and ends.
  @discardableResult
  func stop(_ runner: Child) throws -> Child.End {
    runner.signal(SignalNumber.terminate)
    return try runner.end()
  }
}

/// Looks every millisecond whether something has come.
func wait(_ what: String, seconds: Int64, every: Int64 = 1_000_000, until isThere: () throws -> Bool) throws {
  let end = Clock.continuous() + seconds * 1_000_000_000
  while try !isThere() {
    guard Clock.continuous() < end else { throw BenchError.waitedInVain(what) }
    Clock.wait(nanoseconds: every)
  }
}
