import Jobs
import Platform

/// What a runner takes that has nothing to do.
struct Idle {
  private static let watched: Int64 = 65_000_000_000

  let bobbin: Bobbin
  let ground: Ground

  init(_ bobbin: Bobbin, _ ground: Ground) {
    self.bobbin = bobbin
    self.ground = ground
  }

  func measure(into table: inout Table) throws {
    try measure(waiting: 0, memory: 20, into: &table)
    try measure(waiting: 100_000, memory: 48, into: &table)
  }

  private func measure(waiting: Int, memory: Double, into table: inout Table) throws {
    let spool = try bobbin.makeSpool(ground.newPath("idle"))
    if waiting > 0 {
      let due = Timestamp(nanoseconds: Clock.wall()) + .seconds(365 * 86_400)
      try spool.drop(waiting, #"{"run":["/bin/true"],"notBefore":"\#(due.text)"}"#)
      try ground.sync()
    }
    let runner = try bobbin.run(spool)
    let reading = try runner.untilQuiet()
    let before = ProcFacts.processorTime(of: runner.pid)
    Clock.wait(nanoseconds: Self.watched)
    let used = ProcFacts.processorTime(of: runner.pid) - before
    let resident = ProcFacts.memory("VmRSS", of: runner.pid) / 1_048_576
    let peak = ProcFacts.memory("VmHWM", of: runner.pid) / 1_048_576
    try bobbin.stop(runner)
    let what = waiting == 0 ? "idle, empty spool" : "idle, \(Figure.text(Double(waiting), 0)) jobs wait for `notBefore`"
    table.add(
      "\(what): resident", resident, " MiB", digits: 1, bar: .atMost(memory),
      note: "highest \(Figure.text(peak, 1)) MiB"
        + (waiting > 0 ? "; all read \(Figure.text(reading, 1)) s after the start" : ""))
    table.add(
      "\(what): share of a core", Double(used) / Double(Self.watched) * 100, " %", digits: 2, bar: .atMost(0.2),
      note: "over 65 s, all threads")
  }
}
