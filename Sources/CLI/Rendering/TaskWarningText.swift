import Jobs
import Operations

/// What `task check` warns of: a sentence and a stable code each.
enum TaskWarningText {
  /// With its code, on one line.
  static func line(_ warning: TaskWarning) -> String { "\(sentence(warning)) [\(warning.code)]" }

  static func sentence(_ warning: TaskWarning) -> String {
    switch warning {
    case .constantKey(let key):
      "all its jobs have the key '\(Visible.text(key))': after the first that succeeds every later one counts as done "
        + "without running; leave 'key' out"
    case .missingPath(let key, let path): "'\(key)' names '\(Visible.text(path))', which is not there"
    case .timeoutPastInterval(let timeout, let interval):
      "a job may run for \(DurationText.format(timeout)) and the next comes after \(DurationText.format(interval)): with "
        + "\"overlap\": \"allow\" ever more of them may run"
    case .missedNotMadeUp(let overlap):
      "\"missed\": \"all\" makes up for one time only, for those that were missed come at once and with \"overlap\": "
        + "\"\(overlap.rawValue)\" one of them runs; it needs \"overlap\": \"queue\" or \"allow\""
    case .heldBack(let key, let span, let interval):
      "'\(key)' is \(DurationText.format(span)) and the next time comes after \(DurationText.format(interval)): several come "
        + "at once, and 'overlap' says what becomes of them"
    case .namesDifferByCase(let others):
      "its name differs from that of \(others.map { "'\(Visible.text($0))'" }.joined(separator: ", ")) by upper and "
        + "lower case alone: two tasks here, one on a system that does not tell them apart"
    case .noFurtherTime: "no time of it comes any more"
    case .unevenDays(let span):
      span < .seconds(86_400)
        ? "a day is no multiple of \(DurationText.format(span)): it comes at other times each day"
        : "\(DurationText.format(span)) is no multiple of a day: it comes at another time of day each time"
    case .skippedByClock(let local, let zone, let runs):
      "\(local) does not exist\(zone.map { " in \(Visible.text($0))" } ?? " here"), the clock is put forward then: it "
        + "runs at \(runs.text)"
    case .badSettings(let refusal, let file): "its jobs would wait: \(Sentences.place(of: refusal, in: file))"
    }
  }
}

extension TaskWarning {
  /// A stable name for programs.
  var code: String {
    switch self {
    case .constantKey: "constant-key"
    case .missingPath: "missing-path"
    case .timeoutPastInterval: "timeout-past-interval"
    case .missedNotMadeUp: "missed-not-made-up"
    case .heldBack: "held-back"
    case .namesDifferByCase: "names-differ-by-case"
    case .noFurtherTime: "no-further-time"
    case .unevenDays: "uneven-days"
    case .skippedByClock: "skipped-by-clock"
    case .badSettings: "bad-settings"
    }
  }
}
