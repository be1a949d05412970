/// What became of a job: the run record while it is under way, and, renamed, its result (DESIGN §3, Result and Settle).
///
/// One shape for both: the record that is made durable in `processing/` is byte for byte the file that appears in `done/`.
public struct JobRecord: Sendable, Equatable {
  /// Where the job stands.
  public enum State: Sendable, Equatable {
    /// Claimed: it runs, or is about to, or is about to settle.
    case running(Live)
    /// It waits for its next attempt.
    case deferred(Deferral)
    /// It is over.
    case finished(Outcome)
  }

  /// The job's id.
  public var id: JobID
  /// The stem that was dropped, where the id is another: taken, or refused as a name. Bytes that are not UTF-8 repaired.
  public var droppedAs: String?
  /// Where the job stands.
  public var state: State
  /// What it wrote to standard output; nil before the end of an attempt.
  public var stdout: StreamText?
  /// What it wrote to standard error.
  public var stderr: StreamText?
  /// When the file arrived (its ctime at intake). Times have milliseconds in the file.
  public var submittedAt: Timestamp?
  /// When the last attempt started.
  public var startedAt: Timestamp?
  /// When the job was over.
  public var finishedAt: Timestamp?
  /// From arrival to the last start. Spans have microseconds in the file, as seconds with three or six decimals.
  public var waitSeconds: Duration?
  /// How long the last attempt ran, by the continuous clock.
  public var runSeconds: Duration?
  /// The processor time of the last attempt.
  public var cpuSeconds: Duration?
  /// The most memory of the last attempt, in bytes.
  public var maxMemoryBytes: Int64?
  /// Where the two figures come from: `cgroup`, `rusage`, …
  public var accounting: String?
  /// The runtime that ran it, for example `process`.
  public var runtime: String?
  /// What that runtime calls its version, where it has one of its own.
  public var runtimeVersion: String?
  /// The container image of the last attempt, as the job names it.
  public var image: String?
  /// What that name meant: the digest of the image's manifest, or of its configuration where the engine knows no other.
  public var imageDigest: String?
  /// How long the last attempt in a container took, step by step.
  public var phases: Phases?
  /// The last attempts, at most `maxAttempts`, oldest first. Added with `append`.
  public var attempts: [Attempt] = []
  /// All attempts there were; more than `attempts` holds when old ones were dropped. Default: their number.
  public var attemptsTotal = 0
  /// Counted attempts since `budgetStartedAt`: what the retry policy counts. Default 0.
  public var attemptsUsed = 0
  /// When the retry budget and `expires` began: nil: at arrival; else at the last retry by hand.
  public var budgetStartedAt: Timestamp?
  /// Runs in a row that the runner's death cut short. Default 0.
  public var interruptions = 0
  /// Processes that were left when the first one ended; nil: none.
  public var leftover: Int?
  /// The folder of files that the job left, beside the result: `NAME.files`; nil: none.
  public var files: String?
  /// The runner that claimed it last.
  public var runner: RunnerMark?
  /// The job's group.
  public var group: GroupName?
  /// The job's idempotency key; `jobKey` in the file, where `key` is a refusal's place.
  public var jobKey: String?
  /// Of a message's work: `channel:chat` that it came from, and the message's own id there.
  public var chat: String?
  public var messageID: String?
  /// What `after` was resolved to, never changed afterwards. Empty: no dependencies, or not yet resolved.
  public var after: [ResolvedDependency] = []
  /// The id it is a retry of, where a copy was made for it; nil: none.
  public var retryOf: JobID?

  /// The steps of an attempt in a container.
  public struct Phases: Sendable, Equatable {
    /// From arrival, or from being due, to the claim: `waitSeconds` of this attempt.
    public var queued: Duration?
    /// Until its first process was there: the engine makes and starts the container.
    public var create: Duration
    /// Until the program was started: mounts are compared, the job is handed over.
    public var start: Duration
    /// Until its first process ended.
    public var run: Duration
    /// Until the container was gone, or ready for the next job.
    public var collect: Duration

    /// The steps.
    public init(queued: Duration?, create: Duration, start: Duration, run: Duration, collect: Duration) {
      (self.queued, self.create, self.start, self.run, self.collect) = (queued, create, start, run, collect)
    }
  }

  /// How many attempts a record keeps in full: a result must not grow with each of 1000 attempts.
  public static let maxAttempts = 50

  /// A record in this state, everything else empty.
  public init(id: JobID, state: State = .running(Live())) {
    self.id = id
    self.state = state
  }

  /// The `status` of the file: `running`, `deferred`, or the final one.
  public var status: String {
    switch state {
    case .running: "running"
    case .deferred: "deferred"
    case .finished(let outcome): outcome.status.rawValue
    }
  }

  /// The outcome, when it is over.
  public var outcome: Outcome? {
    if case .finished(let outcome) = state { outcome } else { nil }
  }

  /// When the next attempt is due, while it waits for one.
  public var nextAttemptAt: Timestamp? {
    if case .deferred(let deferral) = state { deferral.until } else { nil }
  }

  /// Adds an attempt and drops the oldest past `maxAttempts`. What it counts for is the caller's to say.
  public mutating func append(_ attempt: Attempt) {
    attempts.append(attempt)
    attemptsTotal = max(attemptsTotal, attempts.count - 1) + 1
    if attempts.count > JobRecord.maxAttempts { attempts.removeFirst(attempts.count - JobRecord.maxAttempts) }
  }

  /// The record of a retry by hand: id, attempts and arrival stay, the budget, `expires` and interruptions start anew.
  public func retriedByHand(at now: Timestamp) -> JobRecord {
    var record = JobRecord(id: id)
    record.droppedAs = droppedAs
    record.submittedAt = submittedAt
    record.attempts = attempts
    record.attemptsTotal = attemptsTotal
    record.budgetStartedAt = now
    record.group = group
    record.jobKey = jobKey
    (record.chat, record.messageID) = (chat, messageID)
    record.after = after
    record.retryOf = retryOf
    return record
  }
}
