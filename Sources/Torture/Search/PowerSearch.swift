import Platform

/// Cuts the power at every moment of a recording, and looks at what may be left.
public final class PowerSearch {
  /// How a state comes about again.
  public struct Origin: Sendable {
    let seed: UInt64
    let rules: Rules
    let cut: Int
    let state: Int
    let perCut: Int
    let size: Int
    let ground: String

    /// The words for `bobbin-torture`.
    var replay: String {
      "power --trace \(ground).trace --ground \(ground) --seed \(seed) --size \(size) --model \(rules.rawValue) --per-cut \(perCut) "
        + "--cut \(cut) --state \(state)"
    }
  }

  public private(set) var report = PowerReport()
  private let history: History
  private let size: Int
  private var recover: Recoverer?
  private var seen: Set<Int> = []
  /// Says what a state lacks, where it is found.
  public var tell: (String) -> Void = { _ in }

  /// - Parameters:
  ///   - size: of the history; - bobbin: the program that recovers; nil: none does; - place: an empty folder for states.
  public init(_ history: History, size: Int, bobbin: String?, place: Folder?) {
    self.history = history
    self.size = size
    if let bobbin, let place {
      recover = Recoverer(bobbin: bobbin, place: place) { [unowned self] origin, findings in note(findings, origin) }
    }
  }

  private func note(_ findings: [Finding], _ origin: Origin) {
    report.add(findings, at: origin)
    for finding in findings { tell("\(finding.code.rawValue): \(finding.what)") }
  }

  /// - Parameters:
  ///   - perCut: states at each cut; - recoveriesPerCut: of new ones, how many the program recovers.
  ///   - only: this cut and state alone.
  public func search(
    _ recording: Recording, _ rules: Rules, perCut: Int, recoveriesPerCut: Int,
    only: (cut: Int, state: Int)? = nil, show: (Frontier, Crash, Volume) throws -> Void = { _, _, _ in }
  ) throws {
    var frontier = Frontier(recording.start, rules)
    var accepted: [Content] = []
    var started: Set<String> = []
    let dropped = Set(history.drops.map { Content($0.bytes).digest })
    report.recordings += 1
    for (cut, event) in recording.events.enumerated() {
      frontier.take(event)
      switch event {
      case .change: report.changes += 1
      case .sync(let sync, _): report.syncs[Self.name(sync), default: 0] += 1
      case .mark(let text):
        let words = text.split(separator: "/", maxSplits: 1).map(String.init)
        if words.first == "accepted" {
          accepted += history.drops.filter { $0.number == words.last.flatMap { Int($0) } }.map { Content($0.bytes) }
        } else if words.first == "started", let job = words.last {
          started.insert(job)
        }
        continue
      }
      if let only, only.cut != cut { continue }
      guard let spool = frontier.live.find("spool") else { continue }
      report.cuts += 1
      let check = CutCheck(
        live: frontier.live, durable: frontier.durable, spool: spool, accepted: accepted, started: started,
        dropped: dropped)
      var random = Seeded(history.seed, rules == .ext4 ? 1 : 2, UInt64(cut))
      let (crashes, isAll) = frontier.crashes(atMost: perCut, &random)
      if isAll { report.exhausted += 1 }
      var left = recoveriesPerCut
      // Those that are recovered come from anywhere in the list.
      for (number, crash) in crashes.enumerated().shuffled(using: &random) {
        if let only, only.state != number { continue }
        let volume = frontier.volume(after: crash)
        let origin = Origin(
          seed: history.seed, rules: rules, cut: cut, state: number, perCut: perCut, size: size, ground: history.ground)
        report.states += 1
        if only != nil { try show(frontier, crash, volume) }
        note(check.findings(in: volume, spool: spool), origin)
        guard seen.insert(Self.digest(volume, spool)).inserted else { continue }
        report.distinct += 1
        guard let recover, left > 0 else { continue }
        left -= 1
        report.recovered += 1
        try recover.recover(.init(volume: volume, spool: spool, origin: origin))
      }
    }
    try recover?.finishAll()
  }

  private static func name(_ sync: Sync) -> String {
    switch sync {
    case .file: "of files"
    case .entries: "of folders"
    case .everything: "of everything"
    }
  }

  /// Tells states apart by what a runner reads in them.
  private static func digest(_ volume: Volume, _ spool: Inode) -> Int {
    var hasher = Hasher()
    volume.walk(from: spool, skips: Recoverer.isLeftOut) { path, node in
      hasher.combine(path)
      hasher.combine(node.content.digest)
      hasher.combine(node.modified)
    }
    return hasher.finalize()
  }
}
