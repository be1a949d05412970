/// How a drop may have ended, given what was done to it and to its runners: the statuses, exactly, and what its result has to say.
struct SoakEnds {
  let number: Int
  let drop: SoakDrop
  let history: SoakHistory
  let maxInterruptions: Int

  /// Each status that the drop may have now.
  var statuses: Set<String> {
    var statuses: Set<String> = []
    for budget in history.budgets(of: number) {
      // Moved away before it was claimed. Of one that a person had taken back, and moved there again, the result may still lie
      // there, and then it is the old one.
      if budget.has(.discard) {
        statuses = budget.places.lowerBound < 0 ? ["cancelled"] : statuses.union(["cancelled"])
        continue
      }
      statuses = [drop.status]
      if budget.has(.cancel) { statuses.insert("cancelled") }
      if mayBeInterrupted(budget) { statuses.insert("interrupted") }
    }
    return statuses
  }

  private func mayBeInterrupted(_ budget: SoakHistory.Budget) -> Bool {
    guard drop.status != "refused" else { return false }
    if drop.isOnce {
      guard let run = budget.runs.last else { return history.ends(in: budget.places) > 0 }
      // By the end of its own runner, whichever it was, and not if it had its time to end.
      guard let life = history.lives[run.life] else { return false }
      return life.killed != nil || life.stopped != nil && run.ended == nil || history.mayBeUnwritten(run)
    }
    return maxInterruptions > 0 && history.kills(in: budget.places) >= maxInterruptions
  }

  /// - Parameters:
  ///   - place: where it lies; - stem: its name there; - result: beside it.
  func check(_ place: String, _ stem: String, _ result: SoakResult) -> [Finding] {
    var findings: [Finding] = []
    func wrong(_ what: String) { findings.append(Finding(.notRecovered, "drop \(number) \(what)")) }
    let status = result.status
    if !statuses.contains(status) {
      wrong(
        "ended as '\(status)' (\(result.code ?? "no code")), not as \(statuses.sorted().joined(separator: " or "))")
    }
    if place != SoakDrop.place(of: status) { wrong("ended as '\(status)' in \(place)") }
    if result.id != stem {
      findings.append(Finding(.torn, "drop \(number) has the result of \(result.id ?? "nobody")"))
    }
    if status == "refused", result.code != drop.code {
      wrong("was refused as '\(result.code ?? "")', not as '\(drop.code ?? "")'")
    }
    // Of one that was moved back the old result stands.
    let last = history.budgets(of: number).last { !$0.has(.discard) }?.runs ?? []
    let ended = last.count { $0.ended != nil }
    switch status {
    case "succeeded", "failed":
      let least = status == "failed" ? drop.attempts : 1
      if ended < least { wrong("\(status) with \(ended) runs that came to their end, of \(least)") }
      if last.last?.ended == nil { wrong("\(status), and its last run never came to its end") }
      if !result.output.hasPrefix(SoakDrop.word(number)) {
        findings.append(Finding(.torn, "drop \(number) \(status) and its output is not its own"))
      }
    case "interrupted" where !drop.isOnce:
      let lately = result.attempts.suffix(maxInterruptions)
      if lately.count < maxInterruptions || lately.contains(where: { $0 != "interrupted" }) {
        wrong("was given up with the attempts \(result.attempts)")
      }
    case "refused":
      if let runs = history.runs[number], !runs.isEmpty { wrong("was refused and ran \(runs.count) times") }
    default: break
    }
    findings += attempts(result)
    return findings
  }

  /// Each run is told of, whenever its runner ended, but one that had been cancelled by then.
  private func attempts(_ result: SoakResult) -> [Finding] {
    let runs = history.runs[number] ?? []
    let isCancelled = (history.acts[number] ?? []).contains { $0.act == .cancel }
    guard !isCancelled, drop.hasOwnName, drop.notesEnd, result.attempts.count < 50, result.attempts.count < runs.count
    else {
      return []
    }
    return [Finding(.historyLost, "drop \(number) ran \(runs.count) times and tells of \(result.attempts.count)")]
  }
}
