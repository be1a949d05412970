import Jobs
import Observability

/// Tells of jobs that ended, and counts them.
final class Ledger {
  private let log: Log
  private(set) var summary = RunnerSummary()

  init(_ log: Log) { self.log = log }

  func ended(_ record: JobRecord) {
    guard let outcome = record.outcome else { return }
    summary.finished += 1
    if outcome.status.isSuccess {
      log.write(
        .info, "job-succeeded", job: record.id.text, "succeeded" + Self.time(record, "in"), fields: Self.facts(record))
    } else {
      summary.failed += 1
      log.write(
        .warn, "job-\(outcome.status.rawValue)", job: record.id.text,
        outcome.status.rawValue + Self.time(record, "after") + (outcome.reason.map { ": " + $0 } ?? ""))
    }
  }

  private static func time(_ record: JobRecord, _ word: String) -> String {
    record.runSeconds.map { " \(word) \(DurationText.rounded($0))" } ?? ""
  }

  private static func facts(_ record: JobRecord) -> [(String, LogValue)] {
    var facts: [(String, LogValue)] = [("attempts", .int(Int64(record.attemptsTotal)))]
    if let ran = record.runSeconds { facts.append(("runSeconds", .duration(ran))) }
    if let waited = record.waitSeconds { facts.append(("waitSeconds", .duration(waited))) }
    return facts
  }
}
