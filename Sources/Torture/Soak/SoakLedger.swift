import Platform

/// What was done to the spool, noted outside of it, and whether the spool agrees at the end.
struct SoakLedger {
  /// A file that was dropped.
  struct Drop {
    let bytes: [UInt8]
    /// Whether it is a job that could be run.
    let isGood: Bool
    /// It runs in isolation, where nobody sees its runs: what it printed tells of the last one.
    var isIsolated = false
    /// A person took it away before anybody claimed it.
    var isRemoved = false
    /// When somebody put it back, or changed its fate; ns since 1970.
    var touched: [Int64] = []
  }

  /// By the number that its description has.
  var drops: [Int: Drop] = [:]
  /// Ends of runners, ns since 1970.
  var kills: [Int64] = []

  struct Report {
    var findings: [Finding] = []
    var ends: [String: Int] = [:]
    var runs = 0
    var repeats = 0
  }

  /// - Parameters:
  ///   - trace: lines `number time`, one a start; - spool: after a drain.
  func report(_ spool: Folder, trace: [UInt8], overlap: Bool) throws -> Report {
    let view = SpoolView(
      try Volume(reading: spool, path: "") { path in
        path.hasPrefix("logs/") || path.hasPrefix("processing/.") || path.hasPrefix("state/")
          || path.hasSuffix(".files")
      }, .jobs, spool: Volume.root)
    var report = Report()
    var starts: [Int: [Int64]] = [:]
    for line in trace.split(separator: UInt8(ascii: "\n")) {
      let words = line.split(separator: UInt8(ascii: " ")).compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
      guard words.count == 2 else { continue }  // cut short by a full disk
      starts[Int(words[0]), default: []].append(words[1])
    }
    report.runs = starts.values.reduce(0) { $0 + $1.count }
    var byBytes: [UInt64: [SpoolView.Home]] = [:]
    for home in view.homes { byBytes[home.content.digest, default: []].append(home) }
    for (number, drop) in drops.sorted(by: { $0.key < $1.key }) {
      let homes = (byBytes[Content(drop.bytes).digest] ?? []).filter { $0.content.bytes == drop.bytes }
      check(number, drop, homes, view, starts[number]?.sorted() ?? [], &report)
    }
    if overlap { report.findings.append(Finding(.ranAgain, "two runs of a job were alive at the same time")) }
    return report
  }

  /// What a job in isolation prints.
  static func word(_ number: Int) -> String { "ran-\(number)-" }

  private func check(
    _ number: Int, _ drop: Drop, _ homes: [SpoolView.Home], _ view: SpoolView, _ starts: [Int64],
    _ report: inout Report
  ) {
    if drop.isRemoved {
      report.ends["removed", default: 0] += 1
      if !homes.isEmpty { report.findings.append(Finding(.twoHomes, "drop \(number) was removed and is there")) }
      return
    }
    guard let home = homes.first, homes.count == 1 else {
      let code: Finding.Code = homes.isEmpty ? .jobLost : .twoHomes
      return report.findings.append(Finding(code, "drop \(number) is in \(homes.map { "\($0.place)/\($0.stem)" })"))
    }
    guard view.family.ends.contains(home.place), let result = view.sidecar(home.stem, in: home.place),
      result.facts.isFinal
    else {
      return report.findings.append(Finding(.notRecovered, "drop \(number) is left in \(home.place)/\(home.stem)"))
    }
    let status = result.facts.status ?? ""
    report.ends[status, default: 0] += 1
    if drop.isGood, status == "refused" {
      report.findings.append(Finding(.notRecovered, "drop \(number) is good and was refused"))
    }
    if drop.isIsolated {
      if status == "succeeded", !String(decoding: result.bytes, as: UTF8.self).contains(Self.word(number)) {
        report.findings.append(Finding(.notRecovered, "drop \(number) succeeded and did not print what it prints"))
      }
    } else if status == "succeeded", starts.isEmpty {
      report.findings.append(Finding(.notRecovered, "drop \(number) succeeded and never ran"))
    }
    // A run more than one has a reason in between: the runner's end, or a person.
    for (earlier, later) in zip(starts, starts.dropFirst()) {
      report.repeats += 1
      let reasons = kills + drop.touched
      if !reasons.contains(where: { $0 > earlier - 1_000_000_000 && $0 < later + 1_000_000 }) {
        report.findings.append(Finding(.ranAgain, "drop \(number) ran again without a reason"))
      }
    }
  }
}
