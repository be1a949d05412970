import Platform

/// How fast jobs come in by `bobbin submit`: one a call with four calls at a time, and many from standard input beside a C
/// loop that makes the same files. There is no runner.
struct Submits {
  private static let calls = 1000
  private static let atATime = 4
  private static let lines = 20_000

  let bobbin: Bobbin
  let ground: Ground
  let rounds: Int

  func measure(into table: inout Table) throws {
    var (calls, batch, loop, share) = (Sample(), Sample(), Sample(), Sample())
    for round in 0..<rounds {
      ground.calm()
      var rates = [0.0, 0.0]
      for way in [round % 2, 1 - round % 2] {
        try ground.sync()
        rates[way] = Double(Self.lines) / (Double(way == 0 ? try submitLines() : try makeFiles()) / 1e9)
      }
      batch.add(rates[0])
      loop.add(rates[1])
      share.add(rates[0] / rates[1])
      try ground.sync()
      calls.add(Double(Self.calls) / (Double(try submitOneByOne()) / 1e9))
      Bench.say(
        "round \(round + 1): by calls \(Figure.text(calls.values[round], 0))/s, from standard input "
          + "\(Figure.text(rates[0], 0))/s, files alone \(Figure.text(rates[1], 0))/s")
    }
    table.add(
      "`bobbin submit -- true`, \(Self.atATime) at a time", calls.median, "/s", digits: 0, bar: .atLeast(300),
      note: "median of \(rounds) times \(Figure.text(Double(Self.calls), 0)) by `xargs -P\(Self.atATime)`, "
        + calls.spread(digits: 0))
    table.add(
      "`bobbin submit -`, share of a C loop's rate", share.median, "", digits: 2, bar: .atLeast(0.6),
      note: "median of \(rounds), \(share.spread(digits: 2)); \(Figure.text(Double(Self.lines), 0)) lines, "
        + "\(Figure.text(batch.median, 0))/s (\(batch.spread(digits: 0))) against \(Figure.text(loop.median, 0))/s "
        + "(\(loop.spread(digits: 0))) with one sync for each 1,000")
  }

  private func submitOneByOne() throws -> Int64 {
    let spool = try bobbin.makeSpool(ground.newPath("calls"))
    let input = try input("numbers", Self.calls) { "\($0)" }
    return try Child(
      ["/usr/bin/xargs", "-P\(Self.atATime)", "-I{}", bobbin.path, "submit", "--spool", spool.path, "--", "true"],
      input: input
    ).success().wall
  }

  private func submitLines() throws -> Int64 {
    let spool = try bobbin.makeSpool(ground.newPath("lines"))
    let input = try input("jobs", Self.lines) { _ in BenchSpool.trueJob }
    let wall = try Child([bobbin.path, "submit", "--spool", spool.path, "-"], input: input).success().wall
    let count = try spool.inbox.names().count
    guard count == Self.lines else { throw BenchError.waitedInVain("\(Self.lines) jobs in the inbox, \(count) came") }
    return wall
  }

  private func makeFiles() throws -> Int64 {
    let path = ground.newPath("files")
    try FileSystem.makeFolders(path: path)
    return try Files.make(Self.lines, BenchSpool.trueJob, in: path)
  }

  private func input(_ name: String, _ count: Int, _ line: (Int) -> String) throws -> Descriptor {
    let path = ground.newPath(name)
    let above = try Folder(path: ground.path)
    try above.create(String(path.dropFirst(ground.path.count + 1)))
      .write(Array((1...count).map { line($0) + "\n" }.joined().utf8))
    return try FileSystem.openForReading(path: path)
  }
}
