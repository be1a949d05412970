import Jobs
import Observability
import Platform
import Testing

@testable import Runner

@Suite("What the log says of a job that ended")
struct LedgerTests {
  private final class Lines: Sendable {
    let bytes = Locked<[UInt8]>([])
  }

  private func line(_ outcome: Outcome, ran: Duration?) -> String {
    let lines = Lines()
    let file = LogFile(
      append: { bytes in
        lines.bytes.withLock { $0 += bytes }
        return true
      }, size: { 0 }, rotate: { _ in true })
    let log = Log(file: file, now: { 0 })
    var record = JobRecord(id: JobID(unchecked: "a"))
    record.state = .finished(outcome)
    record.runSeconds = ran
    Ledger(log).ended(record)
    log.flush()
    return lines.bytes.withLock { String(decoding: $0, as: UTF8.self) }
  }

  @Test(
    "how long it ran stands beside what became of it, before the reason, which is a sentence of its own",
    arguments: [
      (FinalStatus.succeeded, String?.none, Duration?.some(.milliseconds(6)), "succeeded in 6ms"),
      (
        .timedOut, "it ran longer than its timeout of 1s", .seconds(1),
        "timed-out after 1.0s: it ran longer than its timeout of 1s"
      ),
      (.failed, "exit code 3", .milliseconds(6), "failed after 6ms: exit code 3"),
      (.failed, nil, .milliseconds(6), "failed after 6ms"),
      (.refused, "unknown key 'x'", nil, "refused: unknown key 'x'"),
    ])
  func sentence(status: FinalStatus, reason: String?, ran: Duration?, message: String) {
    let line = line(Outcome(status, reason: reason), ran: ran)
    #expect(line.contains(#""code":"job-\#(status.rawValue)","job":"a","message":"\#(message)""#), "\(line)")
  }
}
