/// The runs of one drop, each in a life of a runner: why it ran more than once, and what may not be.
struct SoakRuns {
  /// Why a job was run again.
  enum Reason: String, CaseIterable {
    /// Its runner was killed before the run had noted its end.
    case cut = "cut by a kill"
    /// Its runner was killed after that, and before anything on the disk told of the end.
    case late = "killed before the end was written"
    /// Its runner was stopped after that, and the disk was full.
    case unwritten = "stopped with a full disk"
    /// Its runner was stopped, and ended it.
    case stopped = "stopped with the runner"
    /// As its own `retry` says.
    case rule = "by its own rule"
    /// By a person.
    case person = "by hand"
  }

  let number: Int
  let drop: SoakDrop
  let history: SoakHistory
  /// The setting; 0: never.
  let maxInterruptions: Int

  private var runs: [SoakHistory.Run] { history.runs[number] ?? [] }
  private func acts(_ act: SoakJournal.Act) -> [Int] {
    (history.acts[number] ?? []).filter { $0.act == act }.map(\.place)
  }

  /// Why the second of two runs came after the first; nil: for no reason.
  func reason(_ first: SoakHistory.Run, _ second: SoakHistory.Run) -> Reason? {
    let between = first.began..<second.began
    if acts(.retry).contains(where: { between.contains($0) }) { return .person }
    if acts(.shown).contains(where: { between.contains($0) }) { return nil }
    // A retry that is due: how many there may be is counted.
    if drop.attempts > 1, let ended = first.ended, ended < second.began { return .rule }
    guard let life = history.lives[first.life], second.life > first.life else { return nil }
    if history.mayBeUnwritten(first) { return life.killed == nil ? .unwritten : .late }
    if let killed = life.killed, killed < second.began { return .cut }
    // It has its time to end by itself, and then it is not run again.
    if let stopped = life.stopped, stopped < second.began, first.ended == nil { return .stopped }
    return nil
  }

  /// All reasons, and what is wrong.
  func check() -> (reasons: [Reason], findings: [Finding]) {
    var reasons: [Reason] = []
    var findings: [Finding] = []
    var cuts = 0
    for (first, second) in zip(runs, runs.dropFirst()) {
      if let ended = first.ended, ended > second.began { findings.append(ranAgain("ran while an earlier run went on")) }
      if second.life < first.life {
        findings.append(ranAgain("began in life \(second.life) after one of a later life"))
      }
      guard let reason = reason(first, second) else {
        findings.append(
          ranAgain("ran again without a reason: first in life \(first.life), then in life \(second.life)"))
        continue
      }
      reasons.append(reason)
      // Which of them it was is not to be seen where no end is noted.
      if drop.notesEnd { cuts = reason == .cut || reason == .late ? cuts + 1 : 0 }
      if maxInterruptions > 0, cuts >= maxInterruptions {
        findings.append(ranAgain("ran after \(cuts) interruptions in a row"))
      }
    }
    for budget in history.budgets(of: number) { findings += check(budget) }
    for (away, back) in [(SoakJournal.Act.hold, SoakJournal.Act.release), (.discard, .retry), (.remove, .drop)] {
      for place in acts(away) {
        let returns = acts(back).first { $0 > place } ?? .max
        if runs.contains(where: { $0.began > place && $0.began < returns }) {
          findings.append(ranAgain("ran after '\(away.rawValue)'"))
        }
      }
    }
    return (reasons, findings)
  }

  /// As often as its rule says, and a cancel that stood outlives a kill.
  private func check(_ budget: SoakHistory.Budget) -> [Finding] {
    var findings: [Finding] = []
    if drop.isOnce, budget.runs.count > 1 { findings.append(ranAgain("ran \(budget.runs.count) times and is not to")) }
    // Of those whose runner was killed nobody knows whether they were counted.
    let counted = budget.runs.count {
      $0.ended != nil && history.lives[$0.life]?.killed == nil && !history.mayBeUnwritten($0)
    }
    if counted > drop.attempts { findings.append(ranAgain("had \(counted) attempts of \(drop.attempts)")) }
    for cancel in budget.acts where cancel.act == .cancelStood {
      // By the same runner it may just have been started, and note that when the runner is gone already.
      guard let gone = history.life(at: cancel.place)?.gone,
        budget.runs.contains(where: { history.lives[$0.life].map { $0.started > gone } ?? false })
      else { continue }
      findings.append(ranAgain("ran in a later life than it was cancelled in"))
    }
    return findings
  }

  private func ranAgain(_ what: String) -> Finding { Finding(.ranAgain, "drop \(number) \(what)") }
}
