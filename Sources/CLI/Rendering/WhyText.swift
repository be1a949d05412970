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
      if let code = outcome.exitCode { return "failed with exit code \(code)\(attempts)" }
      if let signal = outcome.signal { return "was ended by \(signal)\(attempts)" }
      return "failed\(attempts)\(reason)"
    case .timedOut: return "took longer than its timeout\(reason)"
    case .cancelled: return "was cancelled\(reason)"
    case .refused: return "was refused\(reason)"
    case .expired: return "was not started in time\(reason)"
    case .dependencyFailed: return "needs a job that did not succeed\(reason)"
    case .dependencyMissing: return "needs a job that never came\(reason)"
    case .interrupted: return "was cut short by the end of the runner\(reason)"
    }
  }

  private static func cure(_ outcome: Outcome, _ id: String, _ record: JobRecord) -> String? {
    switch outcome.status {
    case .succeeded: nil
    case .refused: "correct the file and submit it again"
    case .failed, .timedOut:
      record.stdout?.log != nil || record.stderr?.log != nil
        ? "'bobbin logs \(id)' shows what it wrote, 'bobbin retry \(id)' runs it again"
        : "'bobbin retry \(id)' runs it again"
    default: "'bobbin retry \(id)' runs it again"
    }
  }
}
