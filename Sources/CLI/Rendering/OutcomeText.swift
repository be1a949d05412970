import Jobs

/// How a job ended, in a few words.
enum OutcomeText {
  /// `succeeded in 1.2 s`, `failed: exit 3 after 2 attempts`, `refused: …`.
  ///
  /// - Parameter withReason: the sentence beside the code of a failure; default the code alone.
  static func short(_ record: JobRecord, withReason: Bool = false) -> String {
    guard let outcome = record.outcome else { return record.status }
    var text = outcome.status.rawValue
    if let same = outcome.sameAs { return "\(text), same as \(Visible.text(same.text))" }
    if outcome.status == .succeeded {
      if let span = record.runSeconds { text += " in \(DurationText.rounded(span))" }
    } else if let code = outcome.code, outcome.status == .failed, outcome.isExplained {
      let reason = withReason ? outcome.reason.map { Visible.text($0) } : nil
      text += reason.map { ": \($0) [\(code)]" } ?? ": \(code)"
    } else if let code = outcome.exitCode, outcome.status == .failed {
      text += ": exit \(code)"
    } else if let signal = outcome.signal, outcome.status == .failed {
      text += ": \(signal)"
    } else if let reason = outcome.reason, outcome.status == .cancelled, reason.hasPrefix("it was cancelled") {
      text = Visible.text(String(reason.dropFirst("it was ".count)))
    } else if let reason = outcome.reason {
      text += ": \(Visible.text(reason))"
    } else if let code = outcome.code {
      text += ": \(code)"
    }
    if record.attemptsTotal > 1 { text += " (attempt \(record.attemptsTotal))" }
    return text
  }

  /// The exit code that `submit --wait` passes on.
  static func exitCode(_ record: JobRecord?) -> Int32 {
    guard let outcome = record?.outcome else { return ExitCode.no }
    switch outcome.status {
    case .succeeded: return ExitCode.success
    case .timedOut: return ExitCode.timeOver
    case .refused: return ExitCode.badData
    case .failed:
      if let signal = outcome.signal, let number = SignalName.number(of: signal) { return 128 + number }
      if let code = outcome.exitCode, code > 0, code < 256 { return Int32(code) }
      return ExitCode.no
    default: return ExitCode.no
    }
  }
}

extension Outcome {
  /// Its code says more than how the process ended: a limit, a program that is not there.
  var isExplained: Bool { code.map { !["exit", "signal"].contains($0) } ?? false }
}
