import Jobs
import Platform

/// From a drop to the start of its program and to its result, with a runner that has nothing else to do.
struct Latency {
  private static let drops = 300

  let bobbin: Bobbin
  let ground: Ground

  init(_ bobbin: Bobbin, _ ground: Ground) {
    self.bobbin = bobbin
    self.ground = ground
  }

  func measure(into table: inout Table) throws {
    let spool = try bobbin.makeSpool(ground.newPath("latency"))
    let drops = try Drops(spool, ground)
    let names = try (0..<Self.drops).map { _ in try drops.make(DateJob.json) }
    try ground.sync()
    let runner = try bobbin.run(spool)
    var (toStart, toResult, base) = (Sample(), Sample(), Sample())
    ground.calm()
    for name in names {
      let trip = try drops.drop(name)
      toResult.add(Double(trip.whole) / 1e6)
      guard let stamp = trip.record.stdout.flatMap({ DateJob.stamp($0.text) }) else {
        throw BenchError.program("date", reason: "no time in the result of \(name)")
      }
      toStart.add(Double(stamp - trip.dropped) / 1e6)
      base.add(try DateJob.bare())
      drops.pause()
    }
    try bobbin.stop(runner)
    let note =
      "\(Self.drops) drops; bare posix_spawn to the same point p50 \(Figure.text(base.median, 2)) ms, p99 "
      + "\(Figure.text(base.percentile(99), 2)) ms"
    table.add("drop to start, p50", toStart.median, " ms", digits: 2, bar: .atMost(3), note: note)
    table.add(
      "drop to start, p99", toStart.percentile(99), " ms", digits: 2, bar: .atMost(20),
      note: "highest \(Figure.text(toStart.percentile(100), 2)) ms")
    table.add("drop to result, p50", toResult.median, " ms", digits: 2, note: "durable")
    table.add("drop to result, p99", toResult.percentile(99), " ms", digits: 2)
  }
}
