/// What became of a message: `NAME.run.json` while it is under way or waits for its next attempt, and, renamed, its result.
/// A record of a later version may have more keys, which are passed over; a missing one has the default that stands here.
public struct MessageRecord: Sendable, Equatable {
  /// Where the message stands.
  public enum Status: String, Sendable, CaseIterable {
    /// It waits for its next attempt.
    case waiting
    /// Taken from the outbox; an attempt is made.
    case sending
    /// A channel took it: `done/outbox/`.
    case delivered
    /// Given up: `errors/outbox/`.
    case failed
    /// The file was not accepted: `errors/outbox/`.
    case refused

    /// Whether nothing further is done with it.
    public var isFinal: Bool { self == .delivered || self == .failed || self == .refused }
  }

  /// By which whoever receives it knows a repeat: the message's `id`, else the name it was taken under. Never changed.
  public var id: String
  /// The stem that was dropped, where the name is another: taken, or refused. Bytes that are not UTF-8 repaired.
  public var droppedAs: String?
  public var status = Status.sending
  /// A stable name of the reason.
  public var code: String?
  /// One sentence for a person.
  public var reason: String?
  /// Where a refused file is wrong, from 1, in Unicode scalars; and the key.
  public var line: Int?
  public var column: Int?
  public var key: String?
  /// The channel's name.
  public var channel: String?
  /// The address.
  public var to: String?
  public var group: GroupName?
  public var job: JobID?
  /// Of the last attempt: the exit code of its program, the signal that ended it, the status of an answer by HTTP.
  public var exitCode: Int?
  public var signal: String?
  public var httpStatus: Int?
  /// What the last attempt's program said on standard error, or what a server that refused answered: 4 KiB of it.
  public var output: StreamText?
  /// When the file arrived (its ctime at intake).
  public var submittedAt: Timestamp?
  /// When the last attempt started.
  public var startedAt: Timestamp?
  /// When a channel took it.
  public var deliveredAt: Timestamp?
  /// When it was over.
  public var finishedAt: Timestamp?
  /// When the next attempt is due: for people, the file's mtime is what counts.
  public var nextAttemptAt: Timestamp?
  /// The last attempts, at most `maxAttempts`, oldest first. Added with `append`.
  public var attempts: [Attempt] = []
  /// All attempts there were. Default: the number of `attempts`.
  public var attemptsTotal = 0
  /// Counted attempts since the last retry by hand: what the retry rule counts. Default 0.
  public var attemptsUsed = 0
  /// The folder beside the result with the copies of its files that were made for it: `NAME.files`; nil: none.
  public var files: String?
  /// Runs in a row that the runner's death cut short. Default 0.
  public var interruptions = 0
  /// Times in a row that the channel was not ready. Default 0.
  public var notReady = 0

  /// How many attempts are kept in full.
  public static let maxAttempts = 50

  /// A record of a message that was taken.
  public init(id: String) { self.id = id }

  /// Adds an attempt and drops the oldest past `maxAttempts`.
  public mutating func append(_ attempt: Attempt) {
    attempts.append(attempt)
    attemptsTotal = max(attemptsTotal, attempts.count - 1) + 1
    if attempts.count > Self.maxAttempts { attempts.removeFirst(attempts.count - Self.maxAttempts) }
  }

  /// Ends it as a file that is not accepted.
  public mutating func refuse(_ refusal: Refusal, at time: Timestamp) {
    status = .refused
    (code, reason) = (refusal.code.rawValue, refusal.reason)
    (line, column, key) = (refusal.line, refusal.column, refusal.key)
    finishedAt = time
  }

  /// The record of a retry by hand: id, arrival and attempts stay, what counts against the retry rule starts anew.
  public func retriedByHand() -> MessageRecord {
    var record = MessageRecord(id: id)
    record.status = .waiting
    record.submittedAt = submittedAt
    record.attempts = attempts
    record.attemptsTotal = attemptsTotal
    return record
  }
}
