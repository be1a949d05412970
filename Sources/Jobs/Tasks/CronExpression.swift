/// The times that a line of a crontab names, as sets: `*/5 9-17 * * MON-FRI`.
///
/// The grammar is that of crontab(5) with a sixth field of seconds in front, `L` for a month's last day and `n#k` for the
/// k-th weekday of a month. Which instants they are in a zone is `Scheduling`'s to say.
public struct CronExpression: Sendable, Hashable {
  /// Bit n is second n, 0…59; only second 0 for a line of five fields.
  public var seconds: UInt64
  /// Bit n is minute n, 0…59.
  public var minutes: UInt64
  /// Bit n is hour n, 0…23.
  public var hours: UInt32
  /// Bit n is day n, 1…31.
  public var days: UInt32
  /// `L`: the month's last day, beside `days`.
  public var hasLastDay: Bool
  /// Bit n is month n, 1…12.
  public var months: UInt16
  /// Bit n is weekday n, 0…6, Sunday 0.
  public var weekdays: UInt8
  /// `n#k`: bit n * 5 + k - 1 is the k-th weekday n of a month, k 1…5, beside `weekdays`.
  public var nthWeekdays: UInt64
  /// Both day fields are restricted (neither begins with `*`): a day that fits either is meant. Otherwise it has to fit
  /// both. The rule of Vixie's cron, crontab(5).
  public var fitsEitherDay: Bool
  /// One of second, minute and hour begins with `*`: it follows the wall clock through a change of the offset. Otherwise a
  /// time that is skipped runs right after the gap, and one that comes twice runs once. Vixie's cron.c.
  public var followsClock: Bool
}
