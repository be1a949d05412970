import Jobs
import Platform

/// How an attempt to deliver ended, as far as what follows is concerned.
enum DeliveryOutcome: Equatable {
  /// A channel took it.
  case delivered
  /// It did not, and may the next time; `after`: when it asked to be tried again.
  case again(after: Duration?)
  /// It never will.
  case final
  /// Nothing was tried: a program or a secret of the channel is missing. Not the message's fault.
  case notReady
  /// The runner ended it.
  case stopped
}

/// What there is to tell of an attempt. Nothing in it has a secret.
struct DeliveryReport: Equatable {
  var outcome: DeliveryOutcome
  /// A stable name of the reason; nil: delivered.
  var code: String?
  /// One sentence.
  var reason: String?
  var exitCode: Int?
  var signal: String?
  var httpStatus: Int?
  var output: StreamText?

  init(_ outcome: DeliveryOutcome, _ code: String? = nil, _ reason: String? = nil) {
    self.outcome = outcome
    self.code = code
    self.reason = reason
  }

  static let delivered = DeliveryReport(.delivered)

  /// The attempt as it stands in the record, which does not have it yet.
  func attempt(_ record: MessageRecord, at now: Timestamp, isCounted: Bool) -> Attempt {
    var attempt = Attempt(number: record.attemptsTotal + 1, startedAt: record.startedAt, status: word)
    attempt.finishedAt = now
    (attempt.code, attempt.reason) = (code, reason)
    (attempt.exitCode, attempt.signal) = (exitCode, signal)
    attempt.counted = isCounted
    return attempt
  }

  private var word: String {
    switch outcome {
    case .delivered: "delivered"
    case .again, .final: "failed"
    case .notReady: "not-ready"
    case .stopped: "stopped"
    }
  }

  /// A program that did not get to its end by itself; nil: it did.
  init?(_ end: DeliveryProgram.End, timeout: Duration) {
    switch end {
    case .ended, .cut: return nil
    case .timedOut:
      self.init(.again(after: nil), "timed-out", "it took longer than its timeout of \(DurationText.format(timeout))")
    case .stopped: self.init(.stopped, "stopped", "the runner was told to end")
    }
  }

  /// Notes how the program ended.
  mutating func note(_ cause: ProcessEnd.Cause) {
    switch cause {
    case .exited(let code): exitCode = Int(code)
    case .signalled(let number): signal = SignalName.name(of: number)
    }
  }
}
