import Platform

/// What a job costs when 200,000 wait, or a million, against 1,000.
///
/// The deep runner reads everything while it works. Then it is stopped (SIGSTOP) and let go for two seconds at a time, in
/// turns with a shallow one that drains 3,000 jobs, of which those are counted that had at least 1,000 behind them. Rates
/// come from the times in the results.
struct Depth {
  private static let shallow = 3000
  private static let turn: Int64 = 2_000_000_000

  let bobbin: Bobbin
  let ground: Ground
  let rounds: Int
  private let deep: Int
  /// Seconds to the first start, MiB, and the cost of a job.
  private let bars: (first: Double, memory: Double, cost: Double)

  init(_ bobbin: Bobbin, _ ground: Ground, _ options: BenchOptions) {
    self.bobbin = bobbin
    self.ground = ground
    rounds = options.rounds
    deep = options.isMillion ? 1_000_000 : 200_000
    bars = options.isMillion ? (10, 250, 1.2) : (5, 100, 1.3)
  }

  func measure(into table: inout Table) throws {
    let spool = try bobbin.makeSpool(ground.newPath("deep"))
    try spool.drop(deep, BenchSpool.trueJob)
    try ground.sync()
    ground.calm()
    let runner = try bobbin.run(spool)
    try RunnerLog(runner, spool).untilRead(deep, seconds: 1200)
    let allRead = Clock.wall()
    let peak = ProcFacts.memory("VmHWM", of: runner.pid) / 1_048_576
    var turns: [ClosedRange<Int64>] = []
    var shallowRates = Sample()
    for _ in 0..<rounds {
      let start = Clock.wall()
      Clock.wait(nanoseconds: Self.turn)
      turns.append(start + Self.turn / 10...Clock.wall())
      runner.signal(SignalNumber.stop)
      shallowRates.add(try shallowRate())
      runner.signal(SignalNumber.go)
    }
    let resident = ProcFacts.memory("VmHWM", of: runner.pid) / 1_048_576
    try bobbin.stop(runner)
    let spans = try spool.spans()
    let deepRates = Sample(turns.map { turn in BenchSpool.rate(of: spans.map(\.finished).filter(turn.contains)) })
    let ratios = Sample(zip(shallowRates.values, deepRates.values).map { $0 / $1 })
    let first = spans.map(\.started).min() ?? 0
    let whileReading = BenchSpool.rate(of: spans.map(\.finished).filter { $0 <= allRead })
    let count = Figure.text(Double(deep), 0)
    table.add(
      "\(count) waiting: start of the runner to its first job", Double(first - runner.started.wall) / 1e9, " s",
      digits: 2,
      bar: .atMost(bars.first), note: "all read after \(Figure.text(Double(allRead - runner.started.wall) / 1e9, 1)) s")
    table.add(
      "\(count) waiting: highest resident", resident, " MiB", digits: 1, bar: .atMost(bars.memory),
      note: "when all was read \(Figure.text(peak, 1)) MiB")
    table.add(
      "\(count) waiting: cost of a job, in that with 1,000", ratios.median, "", digits: 2, bar: .atMost(bars.cost),
      note: "median of \(rounds), \(ratios.spread(digits: 2)); \(Figure.text(deepRates.median, 0))/s against "
        + "\(Figure.text(shallowRates.median, 0))/s; while reading \(Figure.text(whileReading, 0))/s")
  }

  /// 1,000 waiting and 2,000 that finish: the rate of the latter without the first 200.
  private func shallowRate() throws -> Double {
    let spool = try bobbin.makeSpool(ground.newPath("shallow"))
    try spool.drop(Self.shallow, BenchSpool.trueJob)
    try ground.sync()
    try Child([bobbin.path, "run", "--spool", spool.path, "--drain", "--slots", "2"]).success()
    return BenchSpool.rate(of: try spool.spans().prefix(2000).dropFirst(200).map(\.finished))
  }
}
