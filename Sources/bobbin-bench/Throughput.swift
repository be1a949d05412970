import Platform

/// Draining jobs that were dropped before, against the bare loop, the same with a spool's files, and xargs, in turns.
struct Throughput {
  private static let slots = 2

  private enum Way: Int, CaseIterable { case loop, files, durable, xargs, relaxed }

  /// As long as a job's result.
  private static let record = [UInt8](repeating: UInt8(ascii: " "), count: 800)

  /// All rounds of one way.
  private struct Figures {
    var rate = Sample()
    var ratio = Sample()
    /// CPU a job, µs: of the processes, and of the whole machine.
    var processor = Sample()
    var machine = Sample()
    var idleShare = Sample()

    var note: String {
      "\(rate.spread(digits: 0)); CPU a job \(Figure.text(processor.median, 0)) µs, of the whole machine "
        + "\(Figure.text(machine.median, 0)) µs, idle \(Figure.text(idleShare.median * 100, 0)) %"
    }
  }

  let bobbin: Bobbin
  let ground: Ground
  let jobs: Int
  let rounds: Int

  init(_ bobbin: Bobbin, _ ground: Ground, _ options: BenchOptions) {
    self.bobbin = bobbin
    self.ground = ground
    (jobs, rounds) = (options.jobs, options.rounds)
  }

  func measure(into table: inout Table) throws {
    var figures = [Figures](repeating: Figures(), count: Way.allCases.count)
    var (toFirst, atEnd) = (Sample(), Sample())
    for round in 0..<rounds {
      // Another one first each time.
      let order = (0..<Way.allCases.count).compactMap { Way(rawValue: ($0 + round) % Way.allCases.count) }
      var rates: [Way: Double] = [:]
      for way in order {
        var figure = figures[way.rawValue]
        let (wall, processor, spool, machine) = try run(way)
        let rate = Double(jobs) / (Double(wall) / 1e9)
        rates[way] = rate
        figure.rate.add(rate)
        figure.processor.add(Double(processor) / Double(jobs) / 1000)
        figure.machine.add(machine.busyNanoseconds / Double(jobs) / 1000)
        figure.idleShare.add(machine.idleShare)
        figures[way.rawValue] = figure
        if way == .durable, let spool {
          let spans = try spool.spool.spans()
          guard spans.count == jobs else { throw BenchError.waitedInVain("\(jobs) results, \(spans.count) came") }
          let first = spans.map(\.started).min() ?? 0
          toFirst.add(Double(first - spool.started) / 1e6)
          atEnd.add(Double(spool.started + wall - (spans.last?.finished ?? 0)) / 1e6)
        }
      }
      for way in Way.allCases { figures[way.rawValue].ratio.add((rates[way] ?? 0) / (rates[.loop] ?? 1)) }
      Bench.say(
        "round \(round + 1): "
          + Way.allCases.map { "\($0) \(Figure.text(rates[$0] ?? 0, 0))/s" }.joined(separator: ", "))
    }
    report(figures, toFirst, atEnd, &table)
  }

  private func run(_ way: Way) throws -> (
    wall: Int64, processor: Int64, spool: (spool: BenchSpool, started: Int64)?, machine: ProcFacts.MachineTime
  ) {
    switch way {
    case .loop:
      ground.calm()
      let before = ProcFacts.MachineTime()
      let (wall, processor) = try BareLoop.run(["/bin/true"], times: jobs, threads: Self.slots)
      return (wall, processor, nil, ProcFacts.MachineTime() - before)
    case .files:
      let spool = try bobbin.makeSpool(ground.newPath("files"))
      try spool.drop(jobs, BenchSpool.trueJob)
      try ground.sync()
      ground.calm()
      let before = ProcFacts.MachineTime()
      let (wall, processor) = try BareLoop.run(
        ["/bin/true"], times: jobs, threads: Self.slots, in: spool, record: Self.record)
      return (wall, processor, nil, ProcFacts.MachineTime() - before)
    case .xargs:
      let path = ground.newPath("numbers")
      let lines = (1...jobs).map { "\($0)\n" }.joined()
      let above = try Folder(path: ground.path)
      try above.create(String(path.dropFirst(ground.path.count + 1))).write(Array(lines.utf8))
      let input = try FileSystem.openForReading(path: path)
      ground.calm()
      let before = ProcFacts.MachineTime()
      // -I with a word that does not occur: one line a run, and no argument.
      let xargs = try Child(["/usr/bin/xargs", "-P\(Self.slots)", "-I{}", "/bin/true"], input: input)
      let end = try xargs.success()
      return (end.wall, end.processor, nil, ProcFacts.MachineTime() - before)
    case .durable, .relaxed:
      let spool = try bobbin.makeSpool(
        ground.newPath("\(way)"), settings: way == .relaxed ? #"{"durability":"relaxed"}"# : nil)
      try spool.drop(jobs, BenchSpool.trueJob)
      try ground.sync()
      ground.calm()
      let before = ProcFacts.MachineTime()
      let runner = try Child([bobbin.path, "run", "--spool", spool.path, "--drain", "--slots", "\(Self.slots)"])
      let end = try runner.success()
      return (end.wall, end.processor, (spool, runner.started.wall), ProcFacts.MachineTime() - before)
    }
  }

  private func report(_ figures: [Figures], _ toFirst: Sample, _ atEnd: Sample, _ table: inout Table) {
    let (loop, durable) = (figures[Way.loop.rawValue], figures[Way.durable.rawValue])
    let (xargs, relaxed) = (figures[Way.xargs.rawValue], figures[Way.relaxed.rawValue])
    table.add(
      "draining \(jobs) jobs, durable, share of the loop's rate", durable.ratio.median, "", digits: 2,
      bar: .atLeast(0.7),
      note: "median of \(rounds), \(durable.ratio.spread(digits: 2))")
    table.add("– relaxed", relaxed.ratio.median, "", digits: 2, note: relaxed.ratio.spread(digits: 2))
    let files = figures[Way.files.rawValue]
    table.add(
      "– the loop with a spool's files and nothing else", files.ratio.median, "", digits: 2,
      note: files.ratio.spread(digits: 2))
    table.add("– `xargs -P2`", xargs.ratio.median, "", digits: 2, note: xargs.ratio.spread(digits: 2))
    for (name, figure) in [
      ("bare loop, 2 threads", loop), ("loop with a spool's files", files), ("`xargs -P2`", xargs),
      ("bobbin, 2 slots", durable), ("bobbin, 2 slots, relaxed", relaxed),
    ] { table.add("rate: \(name)", figure.rate.median, "/s", digits: 0, note: figure.note) }
    table.add(
      "start of the runner to its first job", toFirst.median, " ms", digits: 0,
      note: "of \(Figure.text(Double(jobs) / durable.rate.median * 1000, 0)) ms in all; from the last job's end to the "
        + "runner's \(Figure.text(atEnd.median, 0)) ms")
  }
}
