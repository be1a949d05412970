import Jobs
import Platform

/// Whether it matters how many results `done` holds already: the same jobs in a spool whose `done` has very many of them and
/// in one that began empty, in turns.
struct FullDone {
  /// One of the two spools.
  private struct Side {
    let spool: BenchSpool
    let drops: Drops
    var dropped = 0
    var wall = Sample()
    /// Processor time a job, µs.
    var processor = Sample()
    /// From the runner's start to its first job, ms.
    var first = Sample()
    var latency = Sample()
    var resident = Sample()

    init(_ spool: BenchSpool, _ ground: Ground) throws {
      self.spool = spool
      drops = try Drops(spool, ground)
    }
  }

  let bobbin: Bobbin
  let ground: Ground
  let options: BenchOptions

  private var held: Int { options.isMillion ? 1_000_000 : 100_000 }

  func measure(into table: inout Table) throws {
    var sides = try [bobbin.makeSpool(ground.newPath("empty")), bobbin.makeSpool(ground.newPath("full"))]
      .map { try Side($0, ground) }
    let sample = try sides[0].drops.sample(bobbin, BenchSpool.trueJob)
    let path = sides[1].spool.path + "/done"
    try Files.link(held, ending: ".json", BenchSpool.trueJob, in: path)
    try Files.link(held, ending: ".result.json", sample, in: path)
    for round in 0..<options.rounds {
      for side in [round % 2, 1 - round % 2] { try measure(&sides[side]) }
      Bench.say(
        "round \(round + 1): a job takes \(sides.map { Figure.text($0.wall.values[round], 0) }.joined(separator: " and ")) "
          + "µs with an empty and a full folder")
    }
    report(sides[0], sides[1], &table)
  }

  private func measure(_ side: inout Side) throws {
    try side.spool.drop(options.jobs, BenchSpool.trueJob, from: side.dropped)
    side.dropped += options.jobs
    try ground.sync()
    ground.calm()
    let before = Clock.wall()
    let end = try Child([bobbin.path, "run", "--spool", side.spool.path, "--drain", "--slots", "2"]).success()
    side.wall.add(Double(end.wall) / Double(options.jobs) / 1000)
    side.processor.add(Double(end.processor) / Double(options.jobs) / 1000)
    let first = try side.spool.spans(prefix: "j").map(\.started).filter { $0 >= before }.min() ?? before
    side.first.add(Double(first - before) / 1e6)

    let runner = try bobbin.run(side.spool)
    for _ in 0..<options.pairs {
      let trip = try side.drops.run(DateJob.json)
      side.latency.add(Double(try DateJob.first(trip.record.stdout?.text ?? "") - trip.dropped) / 1e6)
      side.drops.pause()
    }
    side.resident.add(ProcFacts.memory("VmHWM", of: runner.pid) / 1_048_576)
    try bobbin.stop(runner)
  }

  private func report(_ empty: Side, _ full: Side, _ table: inout Table) {
    let ratios = Sample(zip(full.wall.values, empty.wall.values).map { $0 / $1 })
    let processor = Sample(zip(full.processor.values, empty.processor.values).map { $0 / $1 })
    let what = "\(Figure.text(Double(held), 0)) results in `done`"
    table.add(
      "\(what): cost of a job, in that with none", ratios.median, "", digits: 2, bar: .atMost(1.05),
      note: "median of \(options.rounds), \(ratios.spread(digits: 2)); \(Figure.text(full.wall.median, 0)) against "
        + "\(Figure.text(empty.wall.median, 0)) µs")
    table.add(
      "– its processor time, likewise", processor.median, "", digits: 2, bar: .atMost(1.05),
      note: "\(processor.spread(digits: 2)); \(Figure.text(full.processor.median, 0)) against "
        + "\(Figure.text(empty.processor.median, 0)) µs")
    table.add(
      "– start of the runner to its first job", full.first.median, " ms", digits: 0,
      note: "with none \(Figure.text(empty.first.median, 0)) ms; \(full.first.spread(digits: 0)), with none "
        + empty.first.spread(digits: 0))
    table.add(
      "– drop to start, p50", full.latency.median, " ms", digits: 2,
      note:
        "with none \(Figure.text(empty.latency.median, 2)) ms; p95 \(Figure.text(full.latency.percentile(95), 2)) and "
        + "\(Figure.text(empty.latency.percentile(95), 2)) ms of \(full.latency.values.count)")
    table.add(
      "– highest resident", full.resident.median, " MiB", digits: 1,
      note: "with none \(Figure.text(empty.resident.median, 1)) MiB")
  }
}

extension Drops {
  /// The bytes of a result, of a job that is run for it.
  fileprivate func sample(_ bobbin: Bobbin, _ json: String) throws -> String {
    let runner = try bobbin.run(spool)
    let name = try make(json)
    _ = try drop(name)
    try bobbin.stop(runner)
    return String(decoding: try spool.done.open(name + ".result.json").readAll(limit: 1 << 20), as: UTF8.self)
  }
}
