import Jobs
import Operations

/// What a job waits for, in a few words for a line of `ls`, and as a sentence with a cure for `why`.
enum WaitingText {
  /// A few words.
  static func short(_ waiting: Waiting, now: Timestamp) -> String {
    switch waiting {
    case .held: "held"
    case .beingWritten: "being written"
    case .willBeRefused(let refusal): "will be refused: \(refusal.reason)"
    case .running: "running"
    case .spoolPaused(let reason): "spool paused" + after(reason)
    case .groupPaused(let group, let reason): "group \(group) paused" + after(reason)
    case .groupSettings(let group, let refusal): "groups/\(group).json is bad: \(refusal.reason)"
    case .notBefore(let time): "not before \(Amounts.time(time))"
    case .after(let ids): "after \(Amounts.some(ids))"
    case .afterMissing(let ids): "after \(Amounts.some(ids)), not found"
    case .key(let id): "key held by \(Visible.text(id.text))"
    case .group(let group, let runs): "its group \(group) runs \(Amounts.some(runs))"
    case .disk(let free, let needed): "disk full: \(Amounts.size(free)) free, minFree is \(Amounts.size(needed))"
    case .slot: "free slot"
    case .nextAttempt(let due, let attempt, let of, let code, let reason):
      nextAttempt(due, attempt, of, code, reason, now: now)
    case .cancelledResult: "its result, of being cancelled"
    case .nothing: "the runner's next look"
    }
  }

  /// A sentence, and what to do.
  static func sentence(_ waiting: Waiting, id: String, now: Timestamp) -> (says: String, cure: String?) {
    switch waiting {
    case .held:
      ("it was put aside", "'bobbin release \(id)' lets it wait in the inbox again")
    case .beingWritten:
      (
        "somebody has the file open, or it is not complete: it is left alone until it was unchanged for a while",
        "close it, or write elsewhere on the disk and 'mv' it into the inbox"
      )
    case .willBeRefused(let refusal): ("the runner will refuse it: \(refusal.reason)", "correct the file")
    case .running: ("it runs", "'bobbin logs -f \(id)' follows its output, 'bobbin cancel \(id)' ends it")
    case .spoolPaused(let reason): ("the spool is paused" + after(reason), "'bobbin resume' ends the pause")
    case .groupPaused(let group, let reason):
      ("its group \(group) is paused" + after(reason), "'bobbin resume --group \(group)' ends the pause")
    case .groupSettings(let group, let refusal):
      ("the settings of its group are bad: \(refusal.reason)", "correct groups/\(group).json")
    case .notBefore(let time):
      ("it is not to start before \(Amounts.time(time)), in \(Amounts.age(time.duration(since: now)))", nil)
    case .after(let ids):
      ("it starts after \(Amounts.some(ids)), which \(ids.count == 1 ? "has" : "have") not ended", nil)
    case .afterMissing(let ids):
      (
        "it starts after \(Amounts.some(ids)), which \(ids.count == 1 ? "is" : "are") nowhere in the spool",
        "submit what is missing; after the setting afterTimeout it fails as dependency-missing"
      )
    case .key(let holder):
      (
        "\(Visible.text(holder.text)) has the same key and is first; if that succeeds this one counts as done too",
        nil
      )
    case .group(let group, let runs):
      (
        "its group \(group) runs \(Amounts.some(runs)) already, and that is all it may at a time",
        "\"slots\" in groups/\(group).json sets how many"
      )
    case .disk(let free, let needed):
      (
        "the disk has \(Amounts.size(free)) free, and nothing starts below \(Amounts.size(needed))",
        "make room, or lower minFree in settings.json"
      )
    case .slot: ("all slots are taken", "\"slots\" in settings.json sets how many jobs run at a time")
    case .nextAttempt(let due, let attempt, let of, let code, let reason):
      (
        (code == "earlier-run-alive" ? "" : due == nil ? "its next attempt is " : "it waits for its next attempt ")
          + nextAttempt(due, attempt, of, code, reason, now: now),
        due == nil ? nil : "'touch' of its .run.json in deferred/ makes it due now"
      )
    case .cancelledResult: ("it was cancelled, and a runner has yet to write its result", nil)
    case .nothing: ("nothing holds it up: it starts when the runner looks next", nil)
    }
  }

  private static func after(_ reason: String) -> String {
    // One line of it: a person may have written more into the file.
    let line = reason.split(separator: "\n", omittingEmptySubsequences: true).first.map(String.init) ?? ""
    return line.isEmpty ? "" : ": \(Visible.text(line))"
  }

  private static func nextAttempt(
    _ due: Timestamp?, _ attempt: Int, _ of: Int?, _ code: String?, _ reason: String?, now: Timestamp
  ) -> String {
    if code == "earlier-run-alive" {
      return "earlier-run-alive" + after(reason ?? "an earlier run of it has not ended")
    }
    let when = due.map { "until \(Amounts.time($0)), in \(Amounts.age($0.duration(since: now)))" } ?? "due now"
    let count = of.map { $0 >= attempt ? "attempt \(attempt) of \($0)" : "attempt \(attempt)" } ?? "attempt \(attempt)"
    let why = reason ?? code ?? ""
    return "\(when) (\(count)\(after(why)))"
  }
}
