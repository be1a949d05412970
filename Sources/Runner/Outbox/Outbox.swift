import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Delivers messages: what lies in `outbox/` goes out through the channels of the settings, one at a time for each, in order
/// for each address. A message's way reads from top to bottom here: looked at, taken, begun, made, concluded.
///
/// Every attempt is on the disk with its number before it is made, and its end before it shows: killed at any moment, a message
/// is delivered at least once, and a repeat has the same id and a higher attempt.
final class Outbox {
  /// After the disk or the machine refused something, ns.
  private static let pause: Int64 = 1_000_000_000

  private let core: Core
  private let files: MessageFiles
  private let table = OutboxTable()
  private let claims: OutboxClaims
  private let journal: OutboxJournal
  private let attempts: DeliveryAttempts
  let intake: OutboxIntake
  private let conclusions: OutboxConclusions
  private let lines: OutboxLines
  private let refusals: OutboxRefusals
  private var pausedUntil: Int64 = .min
  private var isHeld = false
  private var isStopping = false
  /// Reads the settings again if their file changed: a message may come right after its channel.
  var reload: () -> Void = {}

  init(_ core: Core, notify: @escaping @Sendable () -> Void) {
    self.core = core
    files = MessageFiles(folders: core.folders, disk: core.disk)
    claims = OutboxClaims(core, files: files)
    journal = OutboxJournal(core, files: files, notify: notify)
    attempts = DeliveryAttempts(core, notify: notify)
    intake = OutboxIntake(core, table: table)
    conclusions = OutboxConclusions(core: core, journal: journal, intake: intake)
    lines = OutboxLines(core, table: table, claims: claims)
    refusals = OutboxRefusals(
      core, table: table, claims: claims, journal: journal, conclusions: conclusions, intake: intake)
    intake.admit = { [lines] in lines.admit($0, $1, $2) }
    intake.refuse = { [unowned self] in refusals.add($0, $1) }
    intake.leave = { [lines] in lines.leave($0) }
    intake.setDue = { [lines] in lines.setDue($0, $1) }
    journal.done = { [unowned self] in done($0) }
    journal.taken = { [unowned self] in if let entry = table[$0] { stayTaken(entry) } }
  }

  // MARK: the loop

  /// Every file that was named has been looked at.
  var isCaughtUp: Bool { intake.isCaughtUp }
  /// Nothing is under way.
  var isIdle: Bool { journal.isIdle && lines.isIdle }
  /// A message is under way, or goes out by itself: a drain stays for it. Not for those whose channel is not ready.
  var hasWork: Bool {
    if !isIdle || !isCaughtUp || intake.hasUnsettled { return true }
    if isHeld { return false }
    return !refusals.isEmpty || lines.hasReady
  }

  /// When something is to be done, continuous clock.
  var nextDue: Int64? {
    let due = earlier(journal.nextDue, intake.nextLook)
    if isHeld { return due }
    let start = refusals.isEmpty ? lines.nextStart : core.now
    return earlier(due, start.map { max($0, pausedUntil) })
  }

  /// Tells what is on the disk and what was delivered, looks at what came, and takes what is due.
  ///
  /// - Parameters:
  ///   - isHeld: nothing new is taken: the runner is paused or ends; - mayTake: all that waits is known, so the order is.
  func proceed(isHeld: Bool, mayTake: Bool) {
    self.isHeld = isHeld
    journal.proceed()
    concludeAttempts()
    core.keepGoing { () throws(SystemError) in try intake.look() }
    if mayTake, !isHeld, core.now >= pausedUntil {
      tryOrPause { () throws(SystemError) in try refusals.proceed() }
      for line in lines.all { startNext(line) }
    }
    journal.flush()
  }

  private func concludeAttempts() {
    for (handle, report) in attempts.takeReports() {
      if let entry = table[handle], let line = lines.of(entry) { conclusions.conclude(entry, report, on: line) }
    }
  }

  func scan() { core.keepGoing { () throws(SystemError) in try intake.scan() } }

  func settingsChanged() { journal.settingsChanged() }

  /// The runner ends: deliveries under way get SIGTERM, and SIGKILL after the grace.
  func stop() {
    isStopping = true
    for line in lines.all { line.control?.stop() }
  }

  func stopAtOnce() {
    stop()
    for line in lines.all { line.control?.stopAtOnce() }
  }

  func close() {
    for line in lines.all { line.close() }
    concludeAttempts()
    journal.close()
  }

  /// What waits, and why.
  var left: [(name: String, reason: String)] {
    let waiting = table.all.map { entry -> (name: String, reason: String) in
      let why = lines.of(entry)?.hold.map { "channel '\(entry.channel)' is not ready: \($0.reason)" }
      return ("outbox/\(entry.name)", why ?? "a message to '\(entry.channel)'")
    }
    return waiting.sorted { $0.name < $1.name } + intake.notMovable.map { ("outbox/\($0)", "it cannot be taken") }
      + intake.beingWritten.map { ("outbox/\($0)", "being written") }
  }

  private func tryOrPause(_ body: () throws(SystemError) -> Void) {
    do throws(SystemError) { try body() } catch {
      core.log.write(.error, "message-not-taken", "a message cannot be taken now: \(error)")
      pausedUntil = core.now + Self.pause
    }
  }

  // MARK: taken

  private func startNext(_ line: ChannelLine) {
    line.setRate(core.settings.channel(line.name)?.rate, now: core.now)
    guard let start = line.nextStart(now: core.now, wall: core.wall), start <= core.now,
      let handle = line.queue.next(now: core.wall), let entry = table[handle]
    else { return }
    tryOrPause { () throws(SystemError) in
      try journal.open()
      do throws(SystemError) { try take(entry, line) } catch {
        guard entry.place == .outbox, intake.setAside(Array(JobFile.job(entry.name.text).utf8), error) else {
          throw error
        }
        lines.leave(entry)
      }
    }
  }

  private func take(_ entry: OutboxEntry, _ line: ChannelLine) throws(SystemError) {
    var record: MessageRecord?
    if entry.place == .outbox {
      guard
        let taken = try claims.take(Array(JobFile.job(entry.name.text).utf8), entry.name, arrival: entry.arrival)
      else { return lines.leave(entry) }
      record = taken.record
      table.move(entry, to: .sending, as: taken.name)
    } else {
      guard try core.folders[.sending].has(JobFile.job(entry.name.text)) else { return lines.leave(entry) }
      record = entry.record
    }
    // Kept where it lies if it cannot be read now.
    entry.record = record
    let reader = DropReader(maxBytes: Int(core.settings.maxJobBytes.bytes))
    let (content, file, _) = try reader.readTaken(JobFile.job(entry.name.text), in: core.folders[.sending]) {
      (bytes) throws(Refusal) in try OutgoingMessage.read(bytes)
    }
    entry.file = file.map { LastingFile($0, name: JobFile.job(entry.name.text), in: .sending) }
    line.queue.remove(entry.handle)
    let known = record ?? MessageRecord(id: "")
    switch content {
    case .failure(let refusal): conclusions.settle(entry, known, refusal: refusal)
    case .success(let message) where message.channel != entry.channel || (message.address ?? "") != entry.address:
      // It was replaced after it was looked at.
      (entry.channel, entry.address) = (message.channel, message.address ?? "")
      lines.wait(entry)
      entry.record = record
    case .success(let message): begin(entry, known, message, line)
    }
  }

  private func begin(_ entry: OutboxEntry, _ known: MessageRecord, _ message: OutgoingMessage, _ line: ChannelLine) {
    var record = known
    if record.id.isEmpty { record.id = message.id ?? entry.name.text }
    // Ended by a person's hand and come again with its record beside it.
    if record.status.isFinal { record = record.retriedByHand() }
    record.submittedAt = record.submittedAt ?? Timestamp(nanoseconds: entry.arrival)
    (record.channel, record.to, record.group, record.job) =
      (message.channel.text, message.address, message.group, message.job)
    if core.settings.channel(line.name) == nil { reload() }
    guard core.settings.channel(line.name) != nil else {
      return conclusions.settle(entry, record, failed: "no-channel", noChannel(line.name), line)
    }
    record.status = .sending
    (record.code, record.reason, record.nextAttemptAt) = (nil, nil, nil)
    record.startedAt = Timestamp(nanoseconds: core.wall)
    (entry.record, entry.message) = (record, message)
    line.current = entry.handle
    line.spend(core.now)
    journal.begin(entry, record)
  }

  private func noChannel(_ name: ChannelName) -> String {
    let known = core.settings.channels.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
    return known.isEmpty
      ? "there is no channel '\(name)': settings.json has none" : "there is no channel '\(name)': there are \(known)"
  }

  // MARK: on the disk

  private func done(_ step: OutboxJournal.Step) {
    switch step {
    case .begin(let handle): if let entry = table[handle] { make(entry) }
    case .settle(let handle):
      guard let entry = table[handle] else { return }
      lines.free(entry)
      conclusions.tell(entry)
      table.remove(entry)
    case .putBack(let handle):
      guard let entry = table[handle] else { return }
      lines.free(entry)
      intake.returning.remove(entry.name)
      table.move(entry, to: .outbox)
      let status = try? core.folders[.outbox].status(JobFile.job(entry.name.text))
      // Taken away or replaced meanwhile: the listing finds what is there.
      guard let status = status ?? nil else { return table.remove(entry) }
      entry.inode = status.inode
      lines.wait(entry)
    }
  }

  /// Another one of its name was dropped while it was away: it waits where it is. That one gets a number when it is taken, for
  /// the name, which is the id that receivers may know, is held here.
  private func stayTaken(_ entry: OutboxEntry) {
    lines.free(entry)
    intake.returning.remove(entry.name)
    // The other one was passed over.
    intake.hint(Array(JobFile.job(entry.name.text).utf8))
    let record = entry.record
    lines.wait(entry)
    entry.record = record
  }

  /// The attempt is on the disk.
  private func make(_ entry: OutboxEntry) {
    guard let record = entry.record, let message = entry.message, let line = lines.of(entry) else { return }
    // Not made after all: what it says of itself goes back with it.
    if isStopping { return conclusions.putBack(entry, record, after: .zero, "stopped", "the runner was told to end") }
    guard let channel = core.settings.channel(line.name) else {
      return conclusions.putBack(
        entry, record, after: .zero, "no-channel", "the channel was taken out of settings.json")
    }
    let control = DeliveryControl()
    line.control = control
    do throws(SystemError) {
      try attempts.make(entry.handle, record, message, channel, control, on: line)
    } catch {
      conclusions.putBack(
        entry, record, after: .seconds(1), "machine-exhausted", "the machine cannot make the attempt now: \(error)")
    }
  }

  // MARK: recovered

  /// What an earlier runner took and did not end goes on; a record is nil where there was none.
  func recover() throws(SystemError) {
    let recovery = OutboxRecovery(core, files: files, claims: claims)
    for found in try recovery.run() {
      switch found.state {
      case .goesOn(let message, let due):
        let entry = table.add(
          found.name, in: .sending, channel: message.channel, address: message.address ?? "",
          arrival: found.record?.submittedAt?.nanoseconds ?? found.changed, due: due)
        if due > core.wall, var record = found.record {
          try journal.open()
          record.nextAttemptAt = Timestamp(nanoseconds: due)
          conclusions.putBack(entry, record)
        } else {
          lines.wait(entry)
          entry.record = found.record
        }
      case .ended(let place):
        guard let channel = OutboxRefusals.channel else { continue }
        let entry = table.add(found.name, in: .sending, channel: channel, address: "", arrival: found.changed)
        entry.record = found.record
        if let record = found.record {
          try journal.open()
          journal.settle(entry, record, in: place)
        }
      }
    }
    journal.flush()
  }
}
