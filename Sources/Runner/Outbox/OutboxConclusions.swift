import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// What becomes of a message after an attempt, or without one: its record, where it goes, and what is told of it.
struct OutboxConclusions {
  let core: Core
  let journal: OutboxJournal
  let intake: OutboxIntake

  /// An attempt was made.
  func conclude(_ entry: OutboxEntry, _ report: DeliveryReport, on line: ChannelLine) {
    guard var record = entry.record else { return }
    let now = Timestamp(nanoseconds: core.wall)
    let policy = core.settings.channel(line.name)?.retry ?? RetryPolicy()
    let decision = DeliveryRule.decide(
      after: report.outcome, record: record, policy: policy, random: Double.random(in: 0..<1))
    var isCounted = true
    if case .wait(_, false) = decision { isCounted = false }
    // What could not even be begun is no attempt: whoever receives the message later must not take it for a repeat.
    if report.outcome != .notReady { record.append(report.attempt(record, at: now, isCounted: isCounted)) }
    if isCounted { record.attemptsUsed += 1 }
    (record.exitCode, record.signal, record.httpStatus) = (report.exitCode, report.signal, report.httpStatus)
    record.output = report.output
    record.notReady = report.outcome == .notReady ? record.notReady + 1 : 0
    record.interruptions = 0
    line.hold = nil
    switch decision {
    case .deliver:
      record.deliveredAt = now
      // Of one that failed they stay where its file names them, for a retry by hand.
      let copies = JobFile.files(entry.name.text)
      if entry.message?.files.contains(where: { $0.contains("/outbox/\(copies)/") }) ?? false { record.files = copies }
      finish(entry, record, .delivered, report.code, report.reason)
    case .fail: finish(entry, record, .failed, report.code, report.reason)
    case .wait(let delay, _):
      if report.outcome == .notReady {
        line.hold = (report.reason ?? "", (now + delay).nanoseconds)
        if record.notReady == 1 {
          core.log.write(.error, "channel-not-ready", "channel '\(line.name)': \(report.reason ?? "")")
        }
      }
      putBack(entry, record, after: delay, report.code, report.reason)
    }
  }

  private func finish(
    _ entry: OutboxEntry, _ record: MessageRecord, _ status: MessageRecord.Status, _ code: String?, _ reason: String?
  ) {
    var record = record
    record.status = status
    (record.code, record.reason) = (code, reason)
    record.finishedAt = Timestamp(nanoseconds: core.wall)
    entry.record = record
    journal.settle(entry, record, in: status == .delivered ? .doneMessages : .failedMessages)
  }

  /// It goes back to wait.
  func putBack(
    _ entry: OutboxEntry, _ record: MessageRecord, after delay: Duration, _ code: String?, _ reason: String?
  ) {
    var record = record
    record.status = .waiting
    (record.code, record.reason) = (code, reason)
    record.nextAttemptAt = Timestamp(nanoseconds: core.wall) + delay
    if record.attemptsTotal > 0, delay > .zero {
      core.log.write(
        .info, "message-deferred",
        "message '\(entry.name)' waits \(DurationText.rounded(delay)) for its next attempt: \(reason ?? "")")
    }
    putBack(entry, record)
  }

  /// It goes back to wait until its record says.
  func putBack(_ entry: OutboxEntry, _ record: MessageRecord) {
    entry.record = record
    let due = record.nextAttemptAt ?? Timestamp(nanoseconds: core.wall)
    entry.due = due.nanoseconds
    intake.returning.insert(entry.name)
    journal.putBack(entry, record, due: due)
  }

  /// Ends it without an attempt.
  func settle(
    _ entry: OutboxEntry, _ record: MessageRecord, failed code: String, _ reason: String, _ line: ChannelLine
  ) {
    line.current = entry.handle
    finish(entry, record, .failed, code, reason)
  }

  /// Ends one that can never be a message.
  func settle(_ entry: OutboxEntry, _ record: MessageRecord, refusal: Refusal) {
    var record = record
    if record.id.isEmpty { record.id = entry.name.text }
    record.refuse(refusal, at: Timestamp(nanoseconds: core.wall))
    entry.record = record
    journal.settle(entry, record, in: .failedMessages)
  }

  /// Its result shows.
  func tell(_ entry: OutboxEntry) {
    guard let record = entry.record else { return }
    let name = "message '\(entry.name)'"
    switch record.status {
    case .delivered:
      core.log.write(
        .info, "message-delivered", "\(name) was delivered by '\(entry.channel)'",
        fields: [("attempts", .int(Int64(record.attemptsTotal)))])
    case .refused: core.log.write(.warn, "message-refused", "\(name): \(record.reason ?? "")")
    default: core.log.write(.warn, "message-failed", "\(name): \(record.code ?? ""): \(record.reason ?? "")")
    }
  }
}
