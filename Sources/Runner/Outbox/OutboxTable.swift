import Jobs
import Scheduling
import Spool

/// The messages that are known, by where they lie and what they are called.
final class OutboxTable {
  private var entries: [Handle: OutboxEntry] = [:]
  private var waiting: [JobID: Handle] = [:]
  private var nextHandle: Handle = 0

  var all: [OutboxEntry] { Array(entries.values) }

  subscript(handle: Handle) -> OutboxEntry? { entries[handle] }
  /// The one that lies in the outbox under a name.
  func inOutbox(_ name: JobID) -> OutboxEntry? { waiting[name].flatMap { entries[$0] } }

  func add(
    _ name: JobID, in place: SpoolPlace, channel: ChannelName, address: String, arrival: Int64, inode: UInt64 = 0,
    due: Int64 = .min
  ) -> OutboxEntry {
    repeat { nextHandle = nextHandle == .max ? 0 : nextHandle + 1 } while entries[nextHandle] != nil
    let entry = OutboxEntry(
      handle: nextHandle, name: name, place: place, channel: channel, address: address, arrival: arrival, inode: inode,
      due: due)
    entries[nextHandle] = entry
    note(entry)
    return entry
  }

  func remove(_ entry: OutboxEntry) {
    forget(entry)
    entries[entry.handle] = nil
  }

  /// It lies somewhere else now, or under another name.
  func move(_ entry: OutboxEntry, to place: SpoolPlace, as name: JobID? = nil) {
    forget(entry)
    (entry.place, entry.name) = (place, name ?? entry.name)
    note(entry)
  }

  private func note(_ entry: OutboxEntry) {
    if entry.place == .outbox { waiting[entry.name] = entry.handle }
  }

  private func forget(_ entry: OutboxEntry) {
    if waiting[entry.name] == entry.handle { waiting[entry.name] = nil }
  }
}
