import Jobs
import Scheduling
import Spool

/// A message that waits or is under way. What is read of it again when it is taken is not kept: there may be many.
final class OutboxEntry {
  let handle: Handle
  /// The stem of its file, as it lies now.
  var name: JobID
  /// `outbox`, or `sending` where it was taken already.
  var place: SpoolPlace
  var channel: ChannelName
  /// Empty: none.
  var address: String
  /// ns since 1970.
  let arrival: Int64
  /// Of its file in the outbox: another one is another message.
  var inode: UInt64
  /// Not before this, ns since 1970; `Int64.min`: at once.
  var due: Int64
  /// The listing that saw it last.
  var seen: UInt32 = 0

  /// While it is under way.
  var record: MessageRecord?
  var message: OutgoingMessage?
  var file: LastingFile?

  init(
    handle: Handle, name: JobID, place: SpoolPlace, channel: ChannelName, address: String, arrival: Int64,
    inode: UInt64 = 0, due: Int64 = .min
  ) {
    (self.handle, self.name, self.place, self.channel) = (handle, name, place, channel)
    (self.address, self.arrival, self.inode, self.due) = (address, arrival, inode, due)
  }

  /// Back to waiting.
  func forgetContent() { (record, message, file) = (nil, nil, nil) }
}
