import Jobs
import Platform
import Scheduling
import Spool

/// Makes attempts in the threads of their channels, and hands their reports to the loop.
final class DeliveryAttempts {
  /// The folder of the channels' workshops in `processing/outbox`: hidden, so that nobody takes it for a message.
  private static let workshops = ".work"

  /// Reports of other threads.
  private final class Mailbox: Sendable {
    private let reports = Locked<[(Handle, DeliveryReport)]>([])

    func put(_ handle: Handle, _ report: DeliveryReport) { reports.withLock { $0.append((handle, report)) } }

    func takeAll() -> [(Handle, DeliveryReport)] {
      reports.withLock { reports in
        defer { reports = [] }
        return reports
      }
    }
  }

  private let core: Core
  private let mailbox = Mailbox()
  private let notify: @Sendable () -> Void

  init(_ core: Core, notify: @escaping @Sendable () -> Void) {
    self.core = core
    self.notify = notify
  }

  /// What came to an end since the last call.
  func takeReports() -> [(Handle, DeliveryReport)] { mailbox.takeAll() }

  /// Begins an attempt.
  ///
  /// - Parameter record: as it is on the disk: this attempt is not among its attempts yet.
  func make(
    _ handle: Handle, _ record: MessageRecord, _ message: OutgoingMessage, _ channel: Channel,
    _ control: DeliveryControl, on line: ChannelLine
  ) throws(SystemError) {
    let sending = try core.folders[.sending]
    try sending.makeFolder(Self.workshops)
    let workshops = try sending.folder(Self.workshops)
    try workshops.makeFolder(line.name.text)
    let now = Timestamp(nanoseconds: core.wall)
    let delivery = Delivery(
      envelope: MessageEnvelope(id: record.id, attempt: record.attemptsTotal + 1, message: message), channel: channel,
      arrivedAt: record.submittedAt ?? now, startedAt: record.startedAt ?? now,
      grace: core.settings.grace.wholeNanoseconds, spoolID: core.spoolID,
      workshop: try workshops.folder(line.name.text),
      workshopPath: "\(core.realPath)/\(SpoolPlace.sending.rawValue)/\(Self.workshops)/\(line.name.text)",
      control: control)
    let (mailbox, notify) = (mailbox, notify)
    try line.submit {
      mailbox.put(handle, delivery.deliver())
      notify()
    }
  }
}
