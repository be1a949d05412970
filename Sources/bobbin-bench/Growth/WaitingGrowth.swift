import Platform

/// The same runner with ever more jobs waiting. They are read while `paused` is there; then it is taken away, and the rate is
/// that of the next jobs, of which each has at least the told number behind it.
struct WaitingGrowth {
  private static let counted = 3000
  /// The first ones are the start.
  private static let skipped = 200

  /// A spool that serves all rounds.
  private struct Deep {
    let spool: BenchSpool
    var dropped = 0
  }

  let bobbin: Bobbin
  let ground: Ground
  let options: BenchOptions

  private var depths: [Int] { [1000, 10_000, 100_000] + (options.isMillion ? [1_000_000] : []) }

  func points() throws -> [Growth.Point] {
    var points = depths.map { Growth.Point(place: $0) }
    var deeps = try depths.map { _ in Deep(spool: try bobbin.makeSpool(ground.newPath("waiting"))) }
    for round in 0..<options.rounds {
      for index in points.indices.map({ ($0 + round) % points.count }) { try measure(&points[index], &deeps[index]) }
      Bench.say(
        "round \(round + 1): "
          + points.map { "\($0.place) waiting \(Figure.text($0.rate.values[round], 0))/s" }.joined(separator: ", "))
    }
    return points
  }

  private func measure(_ point: inout Growth.Point, _ deep: inout Deep) throws {
    let spool = deep.spool
    let before = try spool.doneCount
    let missing = point.place + Self.counted - (deep.dropped - before)
    try spool.drop(missing, BenchSpool.trueJob, from: deep.dropped)
    deep.dropped += missing
    _ = try spool.root.create("paused")
    try ground.sync()
    let runner = try bobbin.run(spool)
    try RunnerLog(runner, spool).untilRead(point.place + Self.counted, seconds: 1200)
    _ = try runner.untilQuiet()
    ground.calm()
    let (used, released) = (used(runner), Clock.wall())
    try spool.root.remove("paused")
    try wait("\(Self.counted) jobs to finish", seconds: 900, every: 50_000_000) {
      try spool.doneCount >= before + Self.counted
    }
    let processor = Double(self.used(runner) - used) / Double(try spool.doneCount - before)
    point.memory.add(ProcFacts.memory("VmHWM", of: runner.pid) / 1_048_576)
    try bobbin.stop(runner)
    let ends = try spool.spans().map(\.finished).filter { $0 > released }
    point.rate.add(BenchSpool.rate(of: Array(ends.prefix(Self.counted).dropFirst(Self.skipped))))
    point.processor.add(processor / 1000)
  }

  /// Processor time of the runner and of the jobs it has waited for, ns.
  private func used(_ runner: Child) -> Int64 {
    ProcFacts.processorTime(of: runner.pid) + ProcFacts.waitedTime(of: runner.pid)
  }
}
