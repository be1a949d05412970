import Jobs
import Observability
import Platform
import Spool

/// Takes messages out of the outbox: chooses the names that they have from then on, and finds their histories.
final class OutboxClaims {
  /// What was taken: its file lies in `processing/outbox`.
  struct Taken {
    let name: JobID
    /// Its history, or a new one, whose id is empty until the message was read.
    var record: MessageRecord
  }

  private let core: Core
  private let files: MessageFiles
  private var chooser = IDChooser(holders: SpoolPlace.messageHolders, oftenEmpty: [.sending, .failedMessages])
  private var refusedCount = 0

  init(_ core: Core, files: MessageFiles) {
    self.core = core
    self.files = files
  }

  /// Takes a file; nil: it is gone.
  ///
  /// - Parameters:
  ///   - stem: its name; nil: one that cannot be kept; - arrival: its ctime, ns, which the rename changes;
  ///   - refusal: why it is taken, where it is no message.
  func take(
    _ dropped: [UInt8], _ stem: JobID?, arrival: Int64, refusal: Refusal? = nil
  ) throws(SystemError) -> Taken? {
    let outbox = try core.folders[.outbox]
    if let stem, try outbox.has(JobFile.record(stem.text)), try !core.folders[.sending].has(JobFile.job(stem.text)) {
      guard try files.resume(stem) else { return nil }
      return Taken(name: stem, record: try record(of: stem, in: .sending) ?? Self.lost(arrival))
    }
    guard let stem else { return try takeNameless(dropped, arrival, refusal) }
    let choice = try chooser.choose(for: stem, in: core.folders, wall: core.wall)
    var record = MessageRecord(id: "")
    if case .retry(let name, let place) = choice {
      guard try outbox.status(dropped) != nil else { return nil }
      record = try self.record(of: name, in: place)?.retriedByHand() ?? Self.lost(arrival)
      try files.adopt(record, of: name, from: place)
    }
    if choice.id != stem { record.droppedAs = stem.text }
    return try claim(dropped, as: choice.id, record, arrival)
  }

  /// Takes a file whose name cannot be kept. Under its new one nothing shows what is wrong with it: its refusal is there before it,
  /// or after the runner's death it would be delivered.
  private func takeNameless(
    _ dropped: [UInt8], _ arrival: Int64, _ refusal: Refusal?
  ) throws(SystemError) -> Taken? {
    let name = try refusedName()
    var record = MessageRecord(id: name.text)
    record.droppedAs = String(decoding: dropped.dropLast(5), as: UTF8.self)
    record.submittedAt = Timestamp(nanoseconds: arrival)
    if let refusal { record.refuse(refusal, at: Timestamp(nanoseconds: core.wall)) }
    let (sending, file) = (try core.folders[.sending], JobFile.record(name.text))
    try core.writer.writeDurably(record.encode(), as: file, in: sending)
    do throws(SystemError) { if let taken = try claim(dropped, as: name, record, arrival) { return taken } } catch {
      try? core.disk.remove(file, in: sending)  // one that stays is removed by the next start
      throw error
    }
    try core.disk.remove(file, in: sending)
    return nil
  }

  private func claim(
    _ dropped: [UInt8], as name: JobID, _ record: MessageRecord, _ arrival: Int64
  ) throws(SystemError) -> Taken? {
    guard try files.claim(dropped, as: name) else { return nil }
    var record = record
    record.submittedAt = record.submittedAt ?? Timestamp(nanoseconds: arrival)
    return Taken(name: name, record: record)
  }

  /// The record of a message; nil: it has none. One that cannot be read says at least that there was an attempt.
  func record(of name: JobID, in place: SpoolPlace) throws(SystemError) -> MessageRecord? {
    switch try files.record(of: name, in: place) {
    case nil: return nil
    case .success(let record): return record
    case .failure(let problem):
      core.log.write(
        .warn, "message-record-bad",
        "the record of message '\(name)' is not whole, its history is lost: \(problem.reason)"
      )
      return Self.lost(nil)
    }
  }

  /// A history of which nothing is left: whoever receives the message is told that it may be a repeat.
  private static func lost(_ arrival: Int64?) -> MessageRecord {
    var record = MessageRecord(id: "")
    record.submittedAt = arrival.map { Timestamp(nanoseconds: $0) }
    record.attemptsTotal = 1
    return record
  }

  /// `refused-TIME-N`, free in every folder: for a file whose own name cannot be kept.
  private func refusedName() throws(SystemError) -> JobID {
    let time = Timestamp(nanoseconds: core.wall).text.filter { $0.isNumber || $0 == "T" }.prefix(15)
    while true {
      refusedCount += 1
      let name = JobID(unchecked: "refused-\(time)-\(refusedCount)")
      if case .free = try chooser.choose(for: name, in: core.folders, wall: core.wall) { return name }
    }
  }
}
