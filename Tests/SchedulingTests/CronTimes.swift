import Jobs
import Platform
import Scheduling
import Testing

/// What the tests of cron lines have in common: times as texts, zones.
enum CronTimes {
  /// The time of seconds since 1970 in UTC, for messages.
  static func text(_ second: Int64) -> String { Timestamp(nanoseconds: second * 1_000_000_000).text }

  /// Each moment from `from` up to `to`, without it, found forwards; and that backwards they are the same.
  static func due(_ line: String, in zone: Zone, from: Int64, to: Int64) throws -> [Int64] {
    let cron = try CronExpression.read(line)
    var forwards: [Int64] = []
    var moment = from - 1
    while let next = cron.next(after: moment, in: zone), next < to {
      forwards.append(next)
      moment = next
    }
    var backwards: [Int64] = []
    moment = to
    while let previous = cron.previous(before: moment, in: zone), previous >= from {
      backwards.append(previous)
      moment = previous
    }
    #expect(backwards.reversed() == forwards, "\(line) backwards")
    return forwards
  }

  private static let table = Locked(ZoneTable(read: { ZoneFiles().read($0) }, machine: { .utc }))

  /// A zone of this machine.
  static func zone(_ name: String) throws -> Zone { try table.withLock { try $0.zone(named: name) } }
}
