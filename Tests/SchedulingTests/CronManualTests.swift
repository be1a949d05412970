import Jobs
import Scheduling
import Testing

/// Without a zone: what crontab(5) promises. The expected times are worked out with a calendar.
@Suite struct CronManualTests {
  /// A line, a moment, and the moments after it.
  fileprivate typealias Row = (line: String, after: String, next: [String])

  private static let manual: [Row] = [
    ("5 0 * * *", "2026-11-26T00:05:00Z", ["2026-11-27T00:05:00Z", "2026-11-28T00:05:00Z"]),
    ("5 0 * * *", "2026-11-26T00:04:59Z", ["2026-11-26T00:05:00Z"]),
    ("15 14 1 * *", "2026-11-26T00:00:00Z", ["2026-12-01T14:15:00Z", "2027-01-01T14:15:00Z", "2027-02-01T14:15:00Z"]),
    // Thursday, Friday, Monday.
    ("0 22 * * 1-5", "2026-11-26T00:00:00Z", ["2026-11-26T22:00:00Z", "2026-11-27T22:00:00Z", "2026-11-30T22:00:00Z"]),
    (
      "23 0-23/2 * * *", "2026-11-26T20:00:00Z",
      ["2026-11-26T20:23:00Z", "2026-11-26T22:23:00Z", "2026-11-27T00:23:00Z"]
    ),
    ("5 4 * * sun", "2026-11-26T00:00:00Z", ["2026-11-29T04:05:00Z", "2026-12-06T04:05:00Z"]),
    ("0 */2 * * *", "2026-11-26T21:30:00Z", ["2026-11-26T22:00:00Z", "2026-11-27T00:00:00Z", "2026-11-27T02:00:00Z"]),
    ("0 8-11 * * *", "2026-11-26T10:00:00Z", ["2026-11-26T11:00:00Z", "2026-11-27T08:00:00Z"]),
    ("0 0-4,8-12 * * *", "2026-11-26T04:00:00Z", ["2026-11-26T08:00:00Z"]),
    ("* * * * *", "2026-12-31T23:59:00Z", ["2027-01-01T00:00:00Z", "2027-01-01T00:01:00Z"]),
    ("* * * * *", "2026-12-31T23:58:59Z", ["2026-12-31T23:59:00Z"]),
    ("0 0 1 1 *", "2026-11-26T00:00:00Z", ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]),
    ("33 22 * JAN,dec *", "2026-12-31T23:00:00Z", ["2027-01-01T22:33:00Z"]),
    // With seconds.
    (
      "*/20 * * * * *", "2026-11-26T23:59:30Z",
      ["2026-11-26T23:59:40Z", "2026-11-27T00:00:00Z", "2026-11-27T00:00:20Z"]
    ),
    (
      "7,8 59 23 31 12 *", "2026-11-26T00:00:00Z",
      ["2026-12-31T23:59:07Z", "2026-12-31T23:59:08Z", "2027-12-31T23:59:07Z"]
    ),
  ]

  private static let dayFields: [Row] = [
    // The 1st and the 15th and every Friday: the manual's own.
    (
      "30 4 1,15 * 5", "2026-11-26T00:00:00Z",
      [
        "2026-11-27T04:30:00Z", "2026-12-01T04:30:00Z", "2026-12-04T04:30:00Z", "2026-12-11T04:30:00Z",
        "2026-12-15T04:30:00Z",
      ]
    ),
    (
      "30 4 1,15 * *", "2026-11-26T00:00:00Z", ["2026-12-01T04:30:00Z", "2026-12-15T04:30:00Z", "2027-01-01T04:30:00Z"]
    ),
    ("30 4 * * 5", "2026-11-26T00:00:00Z", ["2026-11-27T04:30:00Z", "2026-12-04T04:30:00Z"]),
    // A field that begins with a star restricts and does not count as restricted: Fridays on odd days.
    (
      "30 4 */2 * 5", "2026-11-26T00:00:00Z",
      ["2026-11-27T04:30:00Z", "2026-12-11T04:30:00Z", "2026-12-25T04:30:00Z", "2027-01-01T04:30:00Z"]
    ),
    // The 15th on a Sunday, Tuesday, Thursday or Saturday.
    ("30 4 15 * */2", "2026-11-26T00:00:00Z", ["2026-12-15T04:30:00Z", "2027-04-15T04:30:00Z"]),
    // 1-31 is no star: every day.
    ("30 4 1-31 * 5", "2026-11-26T05:00:00Z", ["2026-11-27T04:30:00Z", "2026-11-28T04:30:00Z"]),
    // Friday the 13th needs two lines in cron; this is every 13th and every Friday.
    ("0 0 13 * FRI", "2026-11-07T00:00:00Z", ["2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"]),
    // Sunday twice.
    ("0 0 * * 0,7", "2026-11-26T00:00:00Z", ["2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z"]),
    ("0 0 * * 7", "2026-11-26T00:00:00Z", ["2026-11-29T00:00:00Z"]),
    (
      "0 0 * * FRI-SUN", "2026-11-26T00:00:00Z",
      ["2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z", "2026-12-04T00:00:00Z"]
    ),
    // The last day, alone, in a list, with a weekday.
    (
      "0 0 L * *", "2026-11-26T00:00:00Z",
      ["2026-11-30T00:00:00Z", "2026-12-31T00:00:00Z", "2027-01-31T00:00:00Z", "2027-02-28T00:00:00Z"]
    ),
    ("0 0 15,L 2 *", "2028-01-01T00:00:00Z", ["2028-02-15T00:00:00Z", "2028-02-29T00:00:00Z", "2029-02-15T00:00:00Z"]),
    ("0 0 L * MON", "2026-11-26T00:00:00Z", ["2026-11-30T00:00:00Z", "2026-12-07T00:00:00Z"]),
    ("0 0 31,L * *", "2027-01-31T00:00:00Z", ["2027-02-28T00:00:00Z", "2027-03-31T00:00:00Z", "2027-04-30T00:00:00Z"]),
    // The k-th: 2026-11-01 was a Sunday.
    (
      "0 0 * * SUN#1", "2026-10-31T00:00:00Z", ["2026-11-01T00:00:00Z", "2026-12-06T00:00:00Z", "2027-01-03T00:00:00Z"]
    ),
    ("0 0 * * 6#1", "2026-11-01T00:00:00Z", ["2026-11-07T00:00:00Z", "2026-12-05T00:00:00Z"]),
    (
      "0 0 * * SUN#5", "2026-11-01T00:00:00Z", ["2026-11-29T00:00:00Z", "2027-01-31T00:00:00Z", "2027-05-30T00:00:00Z"]
    ),
    (
      "0 0 * * 7#5,MON#5", "2026-11-01T00:00:00Z",
      ["2026-11-29T00:00:00Z", "2026-11-30T00:00:00Z", "2027-01-31T00:00:00Z"]
    ),
    ("0 9 * NOV THU#4", "2026-01-01T00:00:00Z", ["2026-11-26T09:00:00Z", "2027-11-25T09:00:00Z"]),
    (
      "0 0 1 * TUE#2", "2026-11-26T00:00:00Z", ["2026-12-01T00:00:00Z", "2026-12-08T00:00:00Z", "2027-01-01T00:00:00Z"]
    ),
  ]

  private static let leapDays: [Row] = [
    ("0 0 29 2 *", "2096-03-01T00:00:00Z", ["2104-02-29T00:00:00Z", "2108-02-29T00:00:00Z"]),
    ("0 0 29 2 *", "1996-03-01T00:00:00Z", ["2000-02-29T00:00:00Z", "2004-02-29T00:00:00Z"]),
    ("0 0 L 2 *", "2099-03-01T00:00:00Z", ["2100-02-28T00:00:00Z", "2101-02-28T00:00:00Z"]),
    ("0 0 1 3 *", "2100-02-28T12:00:00Z", ["2100-03-01T00:00:00Z"]),
    // A fifth Monday in February: on the 29th, 2044 and 2072; 2100 has none, so 2112 is next.
    (
      "0 0 * 2 MON#5", "2026-01-01T00:00:00Z", ["2044-02-29T00:00:00Z", "2072-02-29T00:00:00Z", "2112-02-29T00:00:00Z"]
    ),
    // A leap day that is a Sunday or a Saturday: 2032 (Sunday), 2048 (Saturday), 2060 (Sunday).
    ("0 0 29 2 */6", "2028-03-01T00:00:00Z", ["2032-02-29T00:00:00Z", "2048-02-29T00:00:00Z", "2060-02-29T00:00:00Z"]),
    ("0 0 31 */2 *", "2026-11-26T00:00:00Z", ["2027-01-31T00:00:00Z", "2027-03-31T00:00:00Z", "2027-05-31T00:00:00Z"]),
  ]

  @Test("each line is due when the manual says", arguments: manual)
  fileprivate func examples(row: Row) throws { try check(row) }

  @Test("the two day fields are taken together by cron's rule, with L and n#k", arguments: dayFields)
  fileprivate func days(row: Row) throws { try check(row) }

  @Test("leap days come as the calendar has them", arguments: leapDays)
  fileprivate func leaps(row: Row) throws { try check(row) }

  private func check(_ row: Row) throws {
    let cron = try CronExpression.read(row.line)
    let expected = try row.next.map { CronTimes.text(try seconds($0)) }
    var moment = try seconds(row.after)
    var found: [Int64] = []
    for _ in row.next {
      moment = try #require(cron.next(after: moment, in: .utc))
      found.append(moment)
    }
    #expect(found.map(CronTimes.text) == expected, "\(row.line)")
    var back: [Int64] = []
    moment += 1
    for _ in row.next {
      moment = try #require(cron.previous(before: moment, in: .utc))
      back.append(moment)
    }
    #expect(back.reversed().map(CronTimes.text) == expected, "\(row.line) backwards")
  }

  @Test("a moment itself is neither after nor before it")
  func strictly() throws {
    let cron = try CronExpression.read("0 12 * * *")
    let noon = try seconds("2026-11-26T12:00:00Z")
    #expect(cron.next(after: noon, in: .utc) == noon + 86_400)
    #expect(cron.previous(before: noon, in: .utc) == noon - 86_400)
    #expect(cron.next(after: noon - 1, in: .utc) == noon)
    #expect(cron.previous(before: noon + 1, in: .utc) == noon)
  }

  @Test("there is nothing after 2262 and nothing before 1900")
  func horizon() throws {
    let cron = try CronExpression.read("0 0 1 1 *")
    let last = try seconds("2262-01-01T00:00:00Z")
    #expect(cron.previous(before: .max, in: .utc) == last)
    #expect(cron.next(after: last - 1, in: .utc) == last)
    #expect(cron.next(after: last, in: .utc) == nil)
    #expect(cron.next(after: .max, in: .utc) == nil)
    // 1900-01-01.
    #expect(cron.next(after: .min, in: .utc) == -2_208_988_800)
    #expect(cron.previous(before: -2_208_988_799, in: .utc) == -2_208_988_800)
    #expect(cron.previous(before: -2_208_988_800, in: .utc) == nil)
    #expect(cron.previous(before: .min, in: .utc) == nil)
    let minutes = try CronExpression.read("* * * * *")
    #expect(minutes.next(after: 9_223_372_019, in: .utc) == 9_223_372_020)
    #expect(minutes.next(after: 9_223_372_020, in: .utc) == nil)
  }

  @Test("a line without any value is never due and ends its search")
  func empty() throws {
    var cron = try CronExpression.read("* * * * *")
    cron.seconds = 0
    #expect(cron.next(after: 0, in: .utc) == nil && cron.previous(before: 0, in: .utc) == nil)
    cron = try CronExpression.read("* * * * *")
    cron.months = 0
    #expect(cron.next(after: 0, in: .utc) == nil && cron.previous(before: 0, in: .utc) == nil)
  }
}
