/// What came about in a soak, counted; and how much has to, for one in which nothing happens finds nothing.
struct SoakFigures: Equatable {
  var drops = 0
  var badFiles = 0
  var badNames = 0
  var namesInUse = 0
  var slowDrops = 0
  var isolated = 0
  var kills = 0
  var stops = 0
  var runs = 0
  /// Runs of those in isolation.
  var isolatedRuns = 0
  var repeats: [SoakRuns.Reason: Int] = [:]
  var ends: [String: Int] = [:]
  var acts: [SoakJournal.Act: Int] = [:]
  var clockSteps = 0
  var fillings = 0
  var overflows = 0
  /// Results that were seen while it went on and said that the job was cut short too often; some are retried later.
  var givenUp = 0

  /// With what the history and the ledger tell; without a report of the end, so far.
  func with(
    _ report: SoakLedger.Report?, _ history: SoakHistory, _ ledger: SoakLedger, _ machine: SoakMachine
  ) -> SoakFigures {
    var figures = self
    figures.drops = ledger.drops.count
    figures.kills = history.lives.values.count { $0.killed != nil }
    figures.stops = history.lives.values.count { $0.stopped != nil }
    for (number, runs) in history.runs {
      figures.runs += runs.count
      if ledger.drops[number]?.isIsolated == true { figures.isolatedRuns += runs.count }
    }
    figures.repeats = report?.reasons ?? ledger.reasons(history)
    figures.ends = report?.ends ?? [:]
    for event in history.acts.values.joined() { figures.acts[event.act, default: 0] += 1 }
    (figures.clockSteps, figures.fillings, figures.overflows) = (
      machine.clockSteps, machine.fillings, machine.overflows
    )
    return figures
  }

  /// What did not come about as often as it has to.
  ///
  /// - Parameters:
  ///   - seconds: how long it was to be; - hasDisk, hasIsolation: whether there was one;
  ///   - isOver: all has come to its end.
  func missing(
    in seconds: Int, maxInterruptions: Int, hasDisk: Bool, hasIsolation: Bool, isOver: Bool = true
  ) -> [String] {
    // A soak of 15 s has some 20 kills and 600 drops on two busy processors (2026-11-28); a third of it is enough.
    let least = max(1, seconds / 5)
    var floors: [(String, Int, Int)] = [
      ("drops", drops, 10 * least), ("kills", kills, least), ("runs", runs, 5 * least), ("bad files", badFiles, least),
      ("bad names", badNames, least), ("names in use", namesInUse, 1), ("files in two pieces", slowDrops, 1),
      ("clock steps", clockSteps, 1), ("runs cut by a kill", repeats[.cut] ?? 0, least),
      ("tries by a rule", repeats[.rule] ?? 0, least), ("tries by hand", repeats[.person] ?? 0, 1),
    ]
    for act in SoakJournal.Act.allCases where act != .drop { floors.append((act.rawValue, acts[act] ?? 0, 1)) }
    // With a disk that is full half of the time little is run.
    if maxInterruptions > 0 && !hasDisk { floors.append((SoakLedger.givenUp, givenUp, 1)) }
    for status in isOver ? ["succeeded", "failed", "timed-out", "cancelled", "refused"] : [] {
      floors.append((status, ends[status] ?? 0, 1))
    }
    if hasDisk { floors.append(("full disks", fillings, 1)) }
    if hasIsolation {
      floors.append(("drops in isolation", isolated, least))
      floors.append(("runs in isolation", isolatedRuns, 1))
    }
    // Rare and slow: each some ten seconds.
    if seconds >= 60 { floors += [("overflows", overflows, 1), ("planned ends of runners", stops, 1)] }
    return floors.filter { $0.1 < $0.2 }.map { "\($0.1) \($0.0), expected \($0.2)" }
  }

  var text: String {
    func list<Key>(_ counts: [Key: Int], _ name: (Key) -> String) -> String {
      counts.map { (name($0.key), $0.value) }.sorted { $0 < $1 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    }
    return """
      \(drops) dropped: \(list(ends) { $0 })
      of them \(badFiles) bad files, \(badNames) bad names, \(namesInUse) names in use, \(slowDrops) in two pieces, \(isolated) in isolation
      done to them: \(list(acts) { $0.rawValue })
      \(kills) kills and \(stops) stops of runners; \(runs) runs, \(isolatedRuns) of them in isolation; again: \(list(repeats) { $0.rawValue })
      the clock was set \(clockSteps) times, the disk full \(fillings) times, \(overflows) times there were more notices than are kept

      """
  }
}
