import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Puts in order what an earlier runner left in `processing/outbox`.
struct OutboxRecovery {
  struct Found {
    enum State {
      /// The next attempt is made, or this one for the first time.
      case goesOn(OutgoingMessage, due: Int64)
      /// It had come to its end: what is left of its way there is gone.
      case ended(SpoolPlace)
    }

    let name: JobID
    var record: MessageRecord?
    let state: State
    /// The file's ctime, ns since 1970: near enough to when it arrived where no record says.
    var changed: Int64 = 0
    /// Nobody saw the end of its attempt: what that started may be alive, and carries this.
    var cutShort: DeliveryMark?
  }

  private let core: Core
  private let files: MessageFiles
  private let claims: OutboxClaims

  init(_ core: Core, files: MessageFiles, claims: OutboxClaims) {
    (self.core, self.files, self.claims) = (core, files, claims)
  }

  /// Goes through the folder.
  func run() throws(SystemError) -> [Found] {
    let sending = try core.folders[.sending]
    var messages: [JobID] = []
    var records: Set<JobID> = []
    for name in try sending.names() {
      if let id = JobFile.sidecarID(of: name, in: .sending) {
        records.insert(JobID(unchecked: id))
      } else if let stem = JobFile.stem(of: name), let id = try? JobID(derived: Array(stem.utf8)) {
        messages.append(id)
      }
    }
    var found: [Found] = []
    for name in messages.sorted() {
      guard var one = try recover(name) else { continue }
      one.changed = try sending.status(JobFile.job(name.text))?.changed ?? core.wall
      found.append(one)
    }
    for name in records.subtracting(messages) { try follow(name) }
    let cutShort = Set(found.compactMap(\.cutShort))
    if !cutShort.isEmpty, !DeliveryMark.end(cutShort) {
      core.log.write(.error, "delivery-alive", "what an earlier runner's channel started does not end")
    }
    return found
  }

  private func recover(_ name: JobID) throws(SystemError) -> Found? {
    var record = try claims.record(of: name, in: .sending)
    let outbox = try core.folders[.outbox]
    if record == nil, try outbox.has(JobFile.record(name.text)), try !outbox.has(JobFile.job(name.text)) {
      // It was on its way back, and a power loss left of the two renames the second alone, which POSIX allows: without its
      // record it would be delivered as often again, and the next one of its name would be taken for it.
      try JobMover(folders: core.folders, disk: core.disk).move(JobFile.record(name.text), from: .outbox, to: .sending)
      record = try claims.record(of: name, in: .sending)
    }
    if record == nil {
      // Its result went ahead.
      for place in [SpoolPlace.doneMessages, .failedMessages] {
        let folder = try core.folders[place]
        guard try folder.has(JobFile.result(name.text)), try !folder.has(JobFile.job(name.text)) else { continue }
        tell(name, "its result was written; it follows now")
        try files.follow(name, to: place)
        return nil
      }
    }
    if let record, record.status.isFinal {
      tell(name, "its result was written; it follows now")
      return Found(
        name: name, record: record, state: .ended(record.status == .delivered ? .doneMessages : .failedMessages))
    }
    let reader = DropReader(maxBytes: Int(core.settings.maxJobBytes.bytes))
    let content = try reader.readTaken(JobFile.job(name.text), in: core.folders[.sending]) { (bytes) throws(Refusal) in
      try OutgoingMessage.read(bytes)
    }.content
    let now = Timestamp(nanoseconds: core.wall)
    var due = Int64.min
    var cutShort: DeliveryMark?
    if var known = record {
      if known.status == .sending, !known.id.isEmpty {
        cutShort = DeliveryMark(spool: core.spoolID, channel: known.channel ?? "", message: known.id)
        interrupt(&known, at: now)
        due = (now + DeliveryRule.delay(afterInterruptionOf: known, random: Double.random(in: 0..<1))).nanoseconds
        tell(name, "its delivery was cut short by the runner's end: it is tried again")
      } else {
        due = known.nextAttemptAt?.nanoseconds ?? .min
        tell(name, "it waits for its next attempt")
      }
      record = known
    } else {
      tell(name, "it was taken, and no attempt was made")
    }
    switch content {
    case .success(let message):
      return Found(name: name, record: record, state: .goesOn(message, due: due), cutShort: cutShort)
    case .failure(let refusal):
      var refused = record ?? MessageRecord(id: name.text)
      if refused.id.isEmpty { refused.id = name.text }
      refused.refuse(refusal, at: now)
      return Found(name: name, record: refused, state: .ended(.failedMessages), cutShort: cutShort)
    }
  }

  /// The attempt that nobody saw the end of: it may have been delivered.
  private func interrupt(_ record: inout MessageRecord, at now: Timestamp) {
    var attempt = Attempt(number: record.attemptsTotal + 1, startedAt: record.startedAt, status: "interrupted")
    attempt.counted = false
    attempt.reason = "the runner ended while it was delivered"
    record.append(attempt)
    record.interruptions += 1
    record.status = .waiting
  }

  /// A record whose message is not here: on its way back to the outbox, or a retry by hand that was not taken.
  private func follow(_ name: JobID) throws(SystemError) {
    let file = JobFile.record(name.text)
    let outbox = try core.folders[.outbox]
    if try outbox.has(JobFile.job(name.text)), try !outbox.has(file) { return try files.followBack(name) }
    if let record = try claims.record(of: name, in: .sending), record.code == RefusalCode.badName.rawValue,
      let dropped = record.droppedAs, try outbox.hasName(shownAs: dropped + ".json"),
      try !outbox.has(JobFile.job(name.text))
    {
      // It has its bad name still, and is refused under another one now.
      return try core.disk.remove(file, in: core.folders[.sending])
    }
    if let record = try claims.record(of: name, in: .sending), record.status.isFinal {
      // It had come to its end, and the message went ahead: POSIX lets the second rename come to the disk without the first.
      let place: SpoolPlace = record.status == .delivered ? .doneMessages : .failedMessages
      if try core.folders[place].has(JobFile.job(name.text)) { return try files.follow(name, to: place) }
    }
    // The history of a message that a person took away: kept as a result, which the message finds again when it comes back.
    let failed = try core.folders[.failedMessages]
    let result = JobFile.result(name.text)
    guard try !failed.has(result) else { return }
    try JobMover(folders: core.folders, disk: core.disk).move(file, from: .sending, to: .failedMessages, as: result)
  }

  private func tell(_ name: JobID, _ what: String) {
    core.log.write(.info, "message-recovered", "message '\(name)': \(what)")
  }
}
