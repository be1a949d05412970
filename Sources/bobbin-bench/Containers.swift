import Jobs
import Platform

/// Jobs that each have a container of their own, against the engine's client called bare, in turns: one at a time from the
/// drop to the result, and many with two slots.
struct Containers {
  private static let slots = 2

  let bobbin: Bobbin
  let ground: Ground
  let options: BenchOptions

  init(_ bobbin: Bobbin, _ ground: Ground, _ options: BenchOptions) {
    (self.bobbin, self.ground, self.options) = (bobbin, ground, options)
  }

  func measure(into table: inout Table) throws {
    for engine in try BareEngine.all(options) {
      try latency(engine, &table)
      try throughput(engine, &table)
    }
  }

  /// Three ways, each first in its turn.
  private func latency(_ engine: BareEngine, _ table: inout Table) throws {
    let spool = try bobbin.makeSpool(ground.newPath(engine.kind.rawValue))
    let drops = try Drops(spool, ground)
    let runner = try bobbin.run(spool)
    let job = #"{"run":["true"],\#(engine.job)}"#
    let (plain, held) = (engine.plain, try engine.held(ground))
    ground.calm()
    // The first one asks what the engine is and has.
    let first = try drops.run(job)
    for command in [plain, held] { try Child(command).success() }
    var samples = [Sample](repeating: Sample(), count: 3)
    var (toPlain, toHeld, create, run, collect) = (Sample(), Sample(), Sample(), Sample(), Sample())
    for pair in 0..<options.pairs {
      var times = [0.0, 0, 0]
      for way in [0, 1, 2].map({ ($0 + pair) % 3 }) {
        drops.pause()
        switch way {
        case 0: times[0] = Double(try Child(plain).success().wall) / 1e6
        case 1: times[1] = Double(try Child(held).success().wall) / 1e6
        default:
          let trip = try drops.run(job)
          times[2] = Double(trip.whole) / 1e6
          guard let phases = trip.record.phases else { continue }
          create.add(phases.create.milliseconds)
          run.add(phases.start.milliseconds + phases.run.milliseconds)
          collect.add(phases.collect.milliseconds)
        }
      }
      for way in 0..<3 { samples[way].add(times[way]) }
      toPlain.add(times[2] / times[0])
      toHeld.add(times[2] / times[1])
    }
    try bobbin.stop(runner)
    let name = engine.kind.rawValue
    table.add(
      "\(name), drop to result, in the time of bare `\(name) run`", toPlain.median, "", digits: 2, bar: .atMost(1.15),
      note:
        "median of \(options.pairs) pairs, half of them \(toPlain.middle(digits: 2)), all \(toPlain.spread(digits: 2))")
    table.add(
      "– of one with the same options", toHeld.median, "", digits: 2,
      note: "half of them \(toHeld.middle(digits: 2)), all \(toHeld.spread(digits: 2))")
    table.add(
      "– time", samples[2].median, " ms", digits: 0,
      note: "half of them \(samples[2].middle(digits: 0)); bare \(samples[0].figure(digits: 0)), with the same options "
        + "\(samples[1].figure(digits: 0)); create \(Figure.text(create.median, 0)), run \(Figure.text(run.median, 1)), "
        + "collect \(Figure.text(collect.median, 0)); the runner's first one \(Figure.text(Double(first.whole) / 1e6, 0))"
    )
  }

  private func throughput(_ engine: BareEngine, _ table: inout Table) throws {
    let jobs = max(10, options.jobs / 200)
    var samples = [Sample](repeating: Sample(), count: 3)
    var (toPlain, toHeld) = (Sample(), Sample())
    let (plain, held) = (engine.plain, try engine.held(ground))
    for round in 0..<options.rounds {
      var rates = [0.0, 0, 0]
      for way in [0, 1, 2].map({ ($0 + round) % 3 }) {
        let wall =
          switch way {
          case 0: try BareLoop.run(plain, times: jobs, threads: Self.slots).wall
          case 1: try BareLoop.run(held, times: jobs, threads: Self.slots).wall
          default: try drain(engine, jobs)
          }
        rates[way] = Double(jobs) / (Double(wall) / 1e9)
      }
      for way in 0..<3 { samples[way].add(rates[way]) }
      toPlain.add(rates[2] / rates[0])
      toHeld.add(rates[2] / rates[1])
      Bench.say(
        "round \(round + 1): bare \(Figure.text(rates[0], 1))/s, with the same options \(Figure.text(rates[1], 1))/s, "
          + "bobbin \(Figure.text(rates[2], 1))/s")
    }
    let name = engine.kind.rawValue
    table.add(
      "\(name), draining \(jobs) jobs with 2 slots, share of two bare loops' rate", toPlain.median, "", digits: 2,
      note: "median of \(options.rounds), \(toPlain.spread(digits: 2)); of loops with the same options "
        + "\(toHeld.figure(digits: 2)); the runner's start and its questions are in it")
    table.add(
      "– rate", samples[2].median, "/s", digits: 1,
      note: "\(samples[2].spread(digits: 1)); bare \(samples[0].figure(digits: 1)), with the same options "
        + samples[1].figure(digits: 1))
  }

  private func drain(_ engine: BareEngine, _ jobs: Int) throws -> Int64 {
    let spool = try bobbin.makeSpool(ground.newPath(engine.kind.rawValue))
    try spool.drop(jobs, #"{"run":["true"],\#(engine.job)}"#)
    try ground.sync()
    let end = try Child([bobbin.path, "run", "--spool", spool.path, "--drain", "--slots", "\(Self.slots)"]).success()
    guard try spool.doneCount == jobs else { throw BenchError.waitedInVain("\(jobs) results") }
    return end.wall
  }
}

extension Duration {
  var milliseconds: Double { Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15 }
}
