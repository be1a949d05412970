import Jobs
import Platform

/// A job of a group that keeps its container against one that has a new one, in turns with one runner: as seen in the
/// spool, from the drop to the result, and from the job's start to its end as its result says.
struct KeptContainers {
  let bobbin: Bobbin
  let ground: Ground
  let options: BenchOptions

  init(_ bobbin: Bobbin, _ ground: Ground, _ options: BenchOptions) {
    (self.bobbin, self.ground, self.options) = (bobbin, ground, options)
  }

  func measure(into table: inout Table) throws {
    for engine in try BareEngine.all(options) {
      try measure(engine.kind.rawValue, engine.job, bar: .atLeast(20), into: &table)
    }
    // No engine, and nothing that could be twenty times faster: a plain process from the drop to the result is not.
    try measure("sandbox", #""runtime":"sandbox""#, bar: .none, into: &table)
  }

  private func measure(_ name: String, _ members: String, bar: Table.Bar, into table: inout Table) throws {
    let spool = try bobbin.makeSpool(ground.newPath("kept"))
    try spool.root.folder("groups").create("kept.json").write(Array(#"{"keep":"10m"}"#.utf8))
    let drops = try Drops(spool, ground)
    let runner = try bobbin.run(spool)
    let cold = #"{"run":["true"],\#(members)}"#
    let kept = #"{"run":["true"],"group":"kept",\#(members)}"#
    ground.calm()
    for job in [cold, kept, kept] { _ = try drops.run(job) }
    var (whole, own, coldWhole, coldOwn, keptWhole, keptOwn) = (
      Sample(), Sample(), Sample(), Sample(), Sample(), Sample()
    )
    var plain = Sample()
    for pair in 0..<options.pairs {
      var trips: [Drops.Trip?] = [nil, nil]
      for way in [0, 1].map({ ($0 + pair) % 2 }) {
        drops.pause()
        trips[way] = try drops.run(way == 0 ? cold : kept)
      }
      drops.pause()
      plain.add(Double(try drops.run(BenchSpool.trueJob).whole) / 1e6)
      guard let (first, second) = trips[0].flatMap({ cold in trips[1].map { (cold, $0) } }),
        let long = first.record.runSeconds?.milliseconds, let short = second.record.runSeconds?.milliseconds
      else { throw BenchError.program(name, reason: "no time in a result") }
      whole.add(Double(first.whole) / Double(second.whole))
      own.add(long / short)
      coldWhole.add(Double(first.whole) / 1e6)
      keptWhole.add(Double(second.whole) / 1e6)
      coldOwn.add(long)
      keptOwn.add(short)
    }
    try bobbin.stop(runner)
    table.add(
      "\(name), kept: times faster than a new one, drop to result", whole.median, "", digits: 1, bar: bar,
      note:
        "median of \(options.pairs) pairs, half of them \(whole.middle(digits: 1)), all \(whole.spread(digits: 1)); "
        + "\(keptWhole.figure(digits: 1)) ms against \(coldWhole.figure(digits: 0)) ms; a plain process "
        + "\(plain.figure(digits: 1)) ms")
    table.add(
      "– from its start to its end", own.median, "", digits: 1, bar: bar,
      note:
        "half of them \(own.middle(digits: 1)), all \(own.spread(digits: 1)); \(keptOwn.figure(digits: 2)) ms against "
        + "\(coldOwn.figure(digits: 0)) ms")
  }
}
