/// How long the short commands take, from posix_spawn(3) to the end.
struct StartTimes {
  private static let times = 50

  let bobbin: Bobbin
  let ground: Ground

  init(_ bobbin: Bobbin, _ ground: Ground) {
    self.bobbin = bobbin
    self.ground = ground
  }

  func measure(into table: inout Table) throws {
    let spool = try bobbin.makeSpool(ground.newPath("start"))
    try spool.drop(20, BenchSpool.trueJob)
    let commands = [
      ["--version"], ["ls", "--spool", spool.path], ["submit", "--spool", spool.path, "--", "true"],
    ]
    var samples = [Sample](repeating: Sample(), count: commands.count)
    var base = Sample()
    ground.calm()
    for _ in 0..<Self.times {
      base.add(Double(try Child(["/bin/true"]).success().wall) / 1e6)
      for (index, command) in commands.enumerated() {
        samples[index].add(Double(try Child([bobbin.path] + command).success().wall) / 1e6)
      }
    }
    for (command, sample) in zip(commands, samples) {
      let words = command.filter { $0 != "--spool" && $0 != spool.path }.joined(separator: " ")
      table.add(
        "`bobbin \(words)`", sample.median, " ms", digits: 1, bar: .atMost(10),
        note: "median of \(Self.times), \(sample.spread(digits: 1)); `/bin/true` \(Figure.text(base.median, 1)) ms")
    }
  }
}
