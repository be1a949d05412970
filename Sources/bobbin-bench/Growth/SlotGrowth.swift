import Platform

/// The same jobs with ever more slots, each beside a bare loop with as many threads.
struct SlotGrowth {
  private static let slots = [1, 2, 4, 8, 16, 32, 64]

  let bobbin: Bobbin
  let ground: Ground
  let options: BenchOptions

  func points() throws -> [Growth.Point] {
    var points = Self.slots.map { Growth.Point(place: $0) }
    for round in 0..<options.rounds {
      ground.calm()
      for index in points.indices.map({ ($0 + round) % points.count }) { try measure(&points[index]) }
      Bench.say(
        "round \(round + 1): "
          + points.map { "\($0.place) slots \(Figure.text($0.rate.values[round], 0))/s" }.joined(separator: ", "))
    }
    return points
  }

  private func measure(_ point: inout Growth.Point) throws {
    let loop = try BareLoop.run(["/bin/true"], times: options.jobs, threads: point.place)
    point.loop.add(Double(options.jobs) / (Double(loop.wall) / 1e9))
    let spool = try bobbin.makeSpool(ground.newPath("slots"))
    try spool.drop(options.jobs, BenchSpool.trueJob)
    try ground.sync()
    let runner = try Child([bobbin.path, "run", "--spool", spool.path, "--drain", "--slots", "\(point.place)"])
    let peak = runner.peakMemory()
    let end = try runner.success()
    point.rate.add(Double(options.jobs) / (Double(end.wall) / 1e9))
    point.processor.add(Double(end.processor) / Double(options.jobs) / 1000)
    point.memory.add(peak / 1_048_576)
  }
}
