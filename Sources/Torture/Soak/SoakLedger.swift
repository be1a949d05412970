import Platform

/// All that was dropped, kept outside of the spool, and whether the spool agrees at the end.
struct SoakLedger {
  /// By the number that its description has.
  private(set) var drops: [Int: SoakDrop] = [:]
  private var numbers: [[UInt8]: Int] = [:]

  mutating func drop(_ drop: SoakDrop, _ number: Int) {
    if let earlier = drops[number] { numbers[earlier.bytes] = nil }
    drops[number] = drop
    numbers[drop.bytes] = number
  }

  /// It did not come about.
  mutating func undrop(_ number: Int) {
    if let drop = drops.removeValue(forKey: number) { numbers[drop.bytes] = nil }
  }

  /// Its name is, or was, another's as well.
  mutating func shareName(_ number: Int) { drops[number]?.hasOwnName = false }

  /// The drop that has these bytes.
  func number(of bytes: [UInt8]) -> Int? { numbers[bytes] }

  /// A status, for counting: after too many interruptions.
  static let givenUp = "given-up"

  struct Report {
    var findings: [Finding] = []
    /// How many drops came to which status, or were removed.
    var ends: [String: Int] = [:]
    var reasons: [SoakRuns.Reason: Int] = [:]
  }

  /// Why jobs were run again so far.
  func reasons(_ history: SoakHistory) -> [SoakRuns.Reason: Int] {
    var counts: [SoakRuns.Reason: Int] = [:]
    for (number, drop) in drops {
      for reason in SoakRuns(number: number, drop: drop, history: history, maxInterruptions: 0).check().reasons {
        counts[reason, default: 0] += 1
      }
    }
    return counts
  }

  /// - Parameters:
  ///   - spool: after a drain; - maxInterruptions: the setting.
  func report(_ spool: Folder, _ history: SoakHistory, maxInterruptions: Int) throws -> Report {
    let view = SpoolView(
      try Volume(reading: spool, path: "") { path in
        path.hasPrefix("logs/") || path.hasPrefix("processing/.") || path.hasPrefix("state/")
          || path.hasSuffix(".files")
      }, .jobs, spool: Volume.root)
    var report = Report()
    report.findings += history.unreadable.map { Finding(.torn, "the journal has '\($0)'") }
    report.findings += history.overlaps.map { Finding(.ranAgain, "drop \($0): two runs were alive at the same time") }
    report.findings += history.runs.keys.filter { drops[$0] == nil }.map {
      Finding(.ranAgain, "\($0) ran and nobody dropped it")
    }
    var homes: [Int: [SpoolView.Home]] = [:]
    for home in view.homes {
      if let number = number(of: home.content.bytes) {
        homes[number, default: []].append(home)
      } else {
        report.findings.append(Finding(.twoHomes, "\(home.place)/\(home.stem).json is nobody's drop"))
      }
    }
    for (number, drop) in drops.sorted(by: { $0.key < $1.key }) {
      let runs = SoakRuns(number: number, drop: drop, history: history, maxInterruptions: maxInterruptions).check()
      report.findings += runs.findings
      for reason in runs.reasons { report.reasons[reason, default: 0] += 1 }
      let ends = SoakEnds(number: number, drop: drop, history: history, maxInterruptions: maxInterruptions)
      check(number, ends, homes[number] ?? [], view, &report)
    }
    return report
  }

  private func check(
    _ number: Int, _ ends: SoakEnds, _ homes: [SpoolView.Home], _ view: SpoolView, _ report: inout Report
  ) {
    if ends.history.acts[number]?.contains(where: { $0.act == .remove }) == true {
      report.ends["removed", default: 0] += 1
      if !homes.isEmpty { report.findings.append(Finding(.twoHomes, "drop \(number) was removed and is there")) }
      return
    }
    guard let home = homes.first, homes.count == 1 else {
      let code: Finding.Code = homes.isEmpty ? .jobLost : .twoHomes
      return report.findings.append(Finding(code, "drop \(number) is in \(homes.map { "\($0.place)/\($0.stem)" })"))
    }
    guard view.family.ends.contains(home.place), let sidecar = view.sidecar(home.stem, in: home.place),
      let result = SoakResult(sidecar.bytes), result.isFinal
    else {
      return report.findings.append(Finding(.notRecovered, "drop \(number) is left in \(home.place)/\(home.stem)"))
    }
    let isGivenUp = result.status == "interrupted" && !ends.drop.isOnce
    report.ends[isGivenUp ? Self.givenUp : result.status, default: 0] += 1
    report.findings += ends.check(home.place, home.stem, result)
  }
}
