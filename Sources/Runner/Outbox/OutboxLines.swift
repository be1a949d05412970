import Jobs
import Platform
import Scheduling
import Spool

/// What waits to be delivered, in a line for each channel.
final class OutboxLines {
  private let core: Core
  private let table: OutboxTable
  private let claims: OutboxClaims
  private var lines: [ChannelName: ChannelLine] = [:]

  init(_ core: Core, table: OutboxTable, claims: OutboxClaims) {
    self.core = core
    self.table = table
    self.claims = claims
  }

  var all: [ChannelLine] { Array(lines.values) }
  /// No delivery is under way.
  var isIdle: Bool { lines.values.allSatisfy { $0.current == nil } }
  /// Something waits that goes out by itself.
  var hasReady: Bool { lines.values.contains { $0.hold == nil && $0.queue.count > 0 } }

  /// When the next message may be taken, continuous clock; nil: none can.
  var nextStart: Int64? {
    let (now, wall) = (core.now, core.wall)
    return lines.values.compactMap { $0.nextStart(now: now, wall: wall) }.min()
  }

  /// The line that a message is in.
  func of(_ entry: OutboxEntry) -> ChannelLine? { lines[entry.channel] }

  /// A message that is new, or is there again.
  func admit(_ message: OutgoingMessage, _ name: JobID, _ status: FileStatus) {
    core.keepGoing { () throws(SystemError) in
      let folder = try core.folders[.outbox]
      let record = try folder.status(JobFile.record(name.text))
      let history = record == nil ? nil : try claims.record(of: name, in: .outbox)
      let entry = table.add(
        name, in: .outbox, channel: message.channel, address: message.address ?? "",
        arrival: history?.submittedAt?.nanoseconds ?? status.changed, inode: status.inode,
        due: record?.modified ?? .min)
      wait(entry)
    }
  }

  func wait(_ entry: OutboxEntry) {
    entry.forgetContent()
    let line = lines[entry.channel] ?? ChannelLine(entry.channel)
    lines[entry.channel] = line
    line.queue.add(entry.handle, to: entry.address, arrival: entry.arrival, name: entry.name, due: entry.due)
  }

  /// Its file is gone, or is somebody else's affair.
  func leave(_ entry: OutboxEntry) {
    of(entry)?.queue.remove(entry.handle)
    table.remove(entry)
  }

  func setDue(_ entry: OutboxEntry, _ due: Int64) {
    guard entry.due != due else { return }
    entry.due = due
    guard let line = of(entry) else { return }
    line.queue.setDue(entry.handle, due)
    // A person who touches it says that the channel is ready.
    if due <= core.wall { line.hold = nil }
  }

  /// Its delivery is over: the next one of the channel may begin.
  func free(_ entry: OutboxEntry) {
    guard let line = of(entry), line.current == entry.handle else { return }
    (line.current, line.control) = (nil, nil)
  }
}
