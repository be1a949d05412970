import Jobs
import Operations
import Spool

/// `why`: one sentence and one thing to do.
enum WhyText {
  static func sentence(_ detail: JobDetail, now: Timestamp, isRunnerAlive: Bool) -> (says: String, cure: String?) {
    let id = Visible.text(detail.sighting.id.text)
    let place = "\(id) is in \(detail.sighting.place.rawValue)/"
    if let waiting = detail.waiting {
      var (says, cure) = WaitingText.sentence(waiting, id: id, now: now)
      if detail.isCancelRequested { (says, cure) = ("it runs and was asked to end", nil) }
      // Whatever else holds it up: without a runner nothing ever moves.
      if !isRunnerAlive, waiting != .held {
        if waiting == .running {
          return ("\(place): no runner runs, so it is what a runner left when it died", "'bobbin run' settles it")
        }
        let also = waiting == .nothing ? "" : "; besides, \(says)"
        return ("\(place): no runner runs on this spool\(also)", "'bobbin run' starts one")
      }
      return ("\(place): \(says)", cure)
    }
    guard let record = detail.record, let outcome = record.outcome else {
      return ("\(place): its result cannot be read", nil)
    }
    return ("\(place): it \(ended(record, outcome))", cure(outcome, id, record))
  }

  /// Which task it is of, and which of its times; nil: of none.
  static func occurrence(_ detail: JobDetail) -> String? {
    guard let (task, time, isManual) = detail.occurrence else { return nil }
    let name = Visible.text(task)
    let why = isManual ? "was asked for by a person at" : "is for its time"
    return "it is a job of the task \(name) and \(why) \(Amounts.time(time)); 'bobbin task show \(name)' tells more"
  }

  /// Which chat it came from, and whose that is; nil: it is no message.
  static func message(_ detail: JobDetail) -> String? {
    guard let chat = detail.chat else { return nil }
    let text = "it is a message of the chat \(Visible.text(chat))"
    guard let group = detail.group else { return text + ", which no route in settings.json leads from" }
    return text + " to the group \(group); 'bobbin group show \(group)' tells about it"
  }

  /// With a full stop, unless it ends in a mark of its own: a reason may ask "did you mean 'timeout'?".
  static func closed(_ sentence: String) -> String {
    guard let last = sentence.last, !".?!".contains(last) else { return sentence }
    return sentence + "."
  }

  private static func ended(_ record: JobRecord, _ outcome: Outcome) -> String {
    let reason = outcome.reason.map { ": " + Visible.text($0) } ?? ""
    switch outcome.status {
    case .succeeded:
      if let same = outcome.sameAs { return "counts as done because \(Visible.text(same.text)) did the same" }
      return "succeeded" + (record.runSeconds.map { " in \(DurationText.rounded($0))" } ?? "")
    case .failed:
      let attempts = record.attemptsTotal > 1 ? " in attempt \(record.attemptsTotal), the last" : ""
      // What says more than a number: a limit, a program that is not there.
      if outcome.isExplained { return "failed\(attempts)\(reason)" }
      if let code = outcome.exitCode { return "failed with exit code \(code)\(attempts)" }
      if let signal = outcome.signal { return "was ended by \(signal)\(attempts)" }
      return "failed\(attempts)\(reason)"
    case .timedOut, .cancelled:
      // Most of their reasons are whole sentences that say it themselves.
      if let says = outcome.reason, says.hasPrefix("it ") { return Visible.text(String(says.dropFirst(3))) }
      return (outcome.status == .cancelled ? "was cancelled" : "took longer than its timeout") + reason
    case .refused: return "was refused\(reason)"
    case .expired: return "was not started in time\(reason)"
    case .dependencyFailed: return "needs a job that " + (outcome.reason.map { Visible.text($0) } ?? "did not succeed")
    case .dependencyMissing: return "needs a job that never came\(reason)"
    case .interrupted: return "was cut short by the end of the runner\(reason)"
    }
  }

  private static func cure(_ outcome: Outcome, _ id: String, _ record: JobRecord) -> String? {
    if let mend = outcome.code.flatMap(mend) { return "\(mend), then 'bobbin retry \(id)'" }
    return switch outcome.status {
    case .succeeded: nil
    case .refused: "correct the file and submit it again"
    case .failed, .timedOut:
      record.stdout?.log != nil || record.stderr?.log != nil
        ? "'bobbin logs \(id)' shows what it wrote, 'bobbin retry \(id)' runs it again"
        : "'bobbin retry \(id)' runs it again"
    default: "'bobbin retry \(id)' runs it again"
    }
  }

  /// What has to change first, where the file is good and another run would end in the same way.
  private static func mend(_ code: String) -> String? {
    switch code {
    case "secret-not-allowed": "allow it under \"secrets\" in settings.json, or in its group's file"
    case "secret-missing", "secret-unsafe": "put it right in bobbin/secrets of the configuration folder"
    case "host-group": "change its group's file in groups/"
    case "limit-unavailable": "let this machine hold the limit, or take it out of the file"
    case "runtime-missing": "install what is missing"
    case "mount-not-allowed", "mount-list-unusable", "mount-blocked", "mount-read-only":
      "change mounts.json ('bobbin mounts' says what it allows)"
    case "mount-missing", "mount-unsafe", "mount-wrong-kind": "put the path right ('bobbin mounts' checks it)"
    case "not-found", "not-executable", "directory-unusable", "stdin-unreadable": "put that right"
    default: nil
    }
  }
}
