import Jobs
import Scheduling
import Testing

/// Nights on which the clock is changed. All expected times are worked out by hand from zdump(8).
@Suite struct CronChangeTests {
  /// A line, and every moment of it from one time to another.
  fileprivate struct Night: Sendable {
    var zone: String
    var from: String
    var to: String
    var line: String
    var due: [String]

    init(_ line: String, _ due: [String]) { (zone, from, to, self.line, self.due) = ("", "", "", line, due) }
  }

  private static func nights(_ zone: String, _ from: String, _ to: String, _ lines: [Night]) -> [Night] {
    lines.map {
      var night = $0
      (night.zone, night.from, night.to) = (zone, from, to)
      return night
    }
  }

  // 02:00+01:00 becomes 03:00+02:00.
  private static let berlinSpring = nights(
    "Europe/Berlin", "2025-03-29T12:00:00+01:00", "2025-03-31T00:00:00+02:00",
    [
      Night("30 2 * * *", ["2025-03-30T03:00:00+02:00"]),
      Night("0 2 * * *", ["2025-03-30T03:00:00+02:00"]),
      Night("59 2 30 3 *", ["2025-03-30T03:00:00+02:00"]),
      Night("30 2 * * SUN", ["2025-03-30T03:00:00+02:00"]),
      Night("30 2 * * SAT", []),
      // Four that are skipped are one run.
      Night("0,15,30,45 2 * * *", ["2025-03-30T03:00:00+02:00"]),
      // One that is skipped and one that is due then are one run.
      Night("0,30 2-3 * * *", ["2025-03-30T03:00:00+02:00", "2025-03-30T03:30:00+02:00"]),
      Night("30 1-3 * * *", ["2025-03-30T01:30:00+01:00", "2025-03-30T03:00:00+02:00", "2025-03-30T03:30:00+02:00"]),
      Night("0 3 * * *", ["2025-03-30T03:00:00+02:00"]),
      Night("59 1 * * *", ["2025-03-30T01:59:00+01:00"]),
      Night("10 59 2 * * *", ["2025-03-30T03:00:00+02:00"]),
      Night(
        "59 59 1,2,3 * * *", ["2025-03-30T01:59:59+01:00", "2025-03-30T03:00:00+02:00", "2025-03-30T03:59:59+02:00"]),
      // These follow the clock.
      Night("*/20 2 * * *", []),
      Night(
        "30 */2 30 * *",
        ["00", "04", "06", "08", "10", "12", "14", "16", "18", "20", "22"].map {
          "2025-03-30T\($0):30:00+0\($0 == "00" ? 1 : 2):00"
        }),
      Night(
        "*/30 1-3 * * *",
        [
          "2025-03-30T01:00:00+01:00", "2025-03-30T01:30:00+01:00", "2025-03-30T03:00:00+02:00",
          "2025-03-30T03:30:00+02:00",
        ]),
      Night("*/30 0 2 * * *", []),
      Night("*/30 0 3 * * *", ["2025-03-30T03:00:00+02:00", "2025-03-30T03:00:30+02:00"]),
    ])

  // 03:00+02:00 becomes 02:00+01:00.
  private static let berlinAutumn = nights(
    "Europe/Berlin", "2025-10-25T12:00:00+02:00", "2025-10-27T00:00:00+01:00",
    [
      Night("30 2 * * *", ["2025-10-26T02:30:00+02:00"]),
      Night("0 2 * * *", ["2025-10-26T02:00:00+02:00"]),
      Night("0 3 * * *", ["2025-10-26T03:00:00+01:00"]),
      Night("59 1 * * *", ["2025-10-26T01:59:00+02:00"]),
      Night(
        "0,30 1-3 * * *",
        [
          "2025-10-26T01:00:00+02:00", "2025-10-26T01:30:00+02:00", "2025-10-26T02:00:00+02:00",
          "2025-10-26T02:30:00+02:00",
          "2025-10-26T03:00:00+01:00", "2025-10-26T03:30:00+01:00",
        ]),
      Night("59 59 2 * * *", ["2025-10-26T02:59:59+02:00"]),
      Night(
        "*/30 2 * * *",
        [
          "2025-10-26T02:00:00+02:00", "2025-10-26T02:30:00+02:00", "2025-10-26T02:00:00+01:00",
          "2025-10-26T02:30:00+01:00",
        ]),
      Night(
        "30 */2 26 * *",
        ["2025-10-26T00:30:00+02:00", "2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00"]
          + ["04", "06", "08", "10", "12", "14", "16", "18", "20", "22"].map { "2025-10-26T\($0):30:00+01:00" }),
      Night(
        "*/30 59 2 * * *",
        [
          "2025-10-26T02:59:00+02:00", "2025-10-26T02:59:30+02:00", "2025-10-26T02:59:00+01:00",
          "2025-10-26T02:59:30+01:00",
        ]),
    ])

  private static let newYork =
    // 02:00-05:00 becomes 03:00-04:00.
    nights(
      "America/New_York", "2025-03-08T12:00:00-05:00", "2025-03-09T12:00:00-04:00",
      [
        Night("30 2 * * *", ["2025-03-09T03:00:00-04:00"]),
        Night("5 3 * * *", ["2025-03-09T03:05:00-04:00"]),
        Night("0-59/30 2 * * *", ["2025-03-09T03:00:00-04:00"]),
        Night("* 2 * * *", []),
      ])
    // 02:00-04:00 becomes 01:00-05:00.
    + nights(
      "America/New_York", "2025-11-01T12:00:00-04:00", "2025-11-02T12:00:00-05:00",
      [
        Night("30 1 * * *", ["2025-11-02T01:30:00-04:00"]),
        Night("0 2 * * *", ["2025-11-02T02:00:00-05:00"]),
        Night("30 0-2 * * *", ["2025-11-02T00:30:00-04:00", "2025-11-02T01:30:00-04:00", "2025-11-02T02:30:00-05:00"]),
        Night(
          "*/45 1 * * *",
          [
            "2025-11-02T01:00:00-04:00", "2025-11-02T01:45:00-04:00", "2025-11-02T01:00:00-05:00",
            "2025-11-02T01:45:00-05:00",
          ]),
      ])

  // Half an hour: 02:00+11:00 becomes 01:30+10:30, and 02:00+10:30 becomes 02:30+11:00.
  private static let lordHowe =
    nights(
      "Australia/Lord_Howe", "2025-04-05T12:00:00+11:00", "2025-04-06T12:00:00+10:30",
      [
        Night("45 1 * * *", ["2025-04-06T01:45:00+11:00"]),
        Night("15,45 1 * * *", ["2025-04-06T01:15:00+11:00", "2025-04-06T01:45:00+11:00"]),
        Night("0 2 * * *", ["2025-04-06T02:00:00+10:30"]),
        Night(
          "*/15 1 * * *",
          [
            "2025-04-06T01:00:00+11:00", "2025-04-06T01:15:00+11:00", "2025-04-06T01:30:00+11:00",
            "2025-04-06T01:45:00+11:00",
            "2025-04-06T01:30:00+10:30", "2025-04-06T01:45:00+10:30",
          ]),
      ])
    + nights(
      "Australia/Lord_Howe", "2025-10-04T12:00:00+10:30", "2025-10-05T12:00:00+11:00",
      [
        Night("15 2 * * *", ["2025-10-05T02:30:00+11:00"]),
        Night("0,30 2 * * *", ["2025-10-05T02:30:00+11:00"]),
        Night("45 2 * * *", ["2025-10-05T02:45:00+11:00"]),
        Night("0,45 2 * * *", ["2025-10-05T02:30:00+11:00", "2025-10-05T02:45:00+11:00"]),
        Night("*/15 2 * * *", ["2025-10-05T02:30:00+11:00", "2025-10-05T02:45:00+11:00"]),
      ])

  // Summer time all the year but in Ramadan: 03:00+01:00 becomes 02:00+00:00 and 02:00+00:00 becomes 03:00+01:00.
  private static let casablanca =
    nights(
      "Africa/Casablanca", "2019-05-04T12:00:00+01:00", "2019-05-05T12:00:00+00:00",
      [
        Night("30 2 * * *", ["2019-05-05T02:30:00+01:00"]),
        Night(
          "*/30 2 * * *",
          [
            "2019-05-05T02:00:00+01:00", "2019-05-05T02:30:00+01:00", "2019-05-05T02:00:00+00:00",
            "2019-05-05T02:30:00+00:00",
          ]),
      ])
    + nights(
      "Africa/Casablanca", "2019-06-08T12:00:00+00:00", "2019-06-09T12:00:00+01:00",
      [
        Night("30 2 * * *", ["2019-06-09T03:00:00+01:00"]),
        Night("*/30 2-3 * * *", ["2019-06-09T03:00:00+01:00", "2019-06-09T03:30:00+01:00"]),
      ])

  // Midnight: 00:00-03:00 becomes 01:00-02:00, and 00:00-02:00 becomes 23:00-03:00 of the day before.
  private static let saoPaulo =
    nights(
      "America/Sao_Paulo", "2018-11-03T12:00:00-03:00", "2018-11-04T12:00:00-02:00",
      [
        Night("0 0 * * *", ["2018-11-04T01:00:00-02:00"]),
        Night("0 0 * * 0", ["2018-11-04T01:00:00-02:00"]),
        Night("0 0 4 11 *", ["2018-11-04T01:00:00-02:00"]),
        Night("59 23 3 * *", ["2018-11-03T23:59:00-03:00"]),
        Night("*/10 0 * * *", []),
      ])
    + nights(
      "America/Sao_Paulo", "2018-11-03T22:00:00-03:00", "2018-11-04T02:30:00-02:00",
      [
        Night(
          "0 * * * *",
          [
            "2018-11-03T22:00:00-03:00", "2018-11-03T23:00:00-03:00", "2018-11-04T01:00:00-02:00",
            "2018-11-04T02:00:00-02:00",
          ])
      ])
    + nights(
      "America/Sao_Paulo", "2019-02-16T12:00:00-02:00", "2019-02-17T12:00:00-03:00",
      [
        Night("30 23 * * *", ["2019-02-16T23:30:00-02:00"]),
        Night("0 0 * * *", ["2019-02-17T00:00:00-03:00"]),
        Night(
          "*/30 23 16 2 *",
          [
            "2019-02-16T23:00:00-02:00", "2019-02-16T23:30:00-02:00", "2019-02-16T23:00:00-03:00",
            "2019-02-16T23:30:00-03:00",
          ]),
      ])

  // Changes of two and of three hours are still changes of the clock.
  private static let larger =
    nights(
      "Antarctica/Troll", "2019-03-30T12:00:00Z", "2019-03-31T12:00:00+02:00",
      [
        Night("15 1,2 * * *", ["2019-03-31T03:00:00+02:00"]),
        Night("*/15 1,2 * * *", []),
      ])
    + nights(
      "Antarctica/Troll", "2019-10-26T12:00:00+02:00", "2019-10-27T12:00:00Z",
      [
        Night("15 1,2 * * *", ["2019-10-27T01:15:00+02:00", "2019-10-27T02:15:00+02:00"]),
        Night("15 3 * * *", ["2019-10-27T03:15:00Z"]),
      ])
    // 04:00+08:00 becomes 07:00+11:00, and 04:00+11:00 becomes 01:00+08:00.
    + nights(
      "Antarctica/Casey", "2018-10-06T12:00:00+08:00", "2018-10-07T12:00:00+11:00",
      [Night("0 5 * * *", ["2018-10-07T07:00:00+11:00"]), Night("0 4-7 * * *", ["2018-10-07T07:00:00+11:00"])])
    + nights(
      "Antarctica/Casey", "2018-03-10T12:00:00+11:00", "2018-03-11T12:00:00+08:00",
      [
        Night("30 2 * * *", ["2018-03-11T02:30:00+11:00"]),
        Night(
          "0 */2 11 3 *",
          [
            "2018-03-11T00:00:00+11:00", "2018-03-11T02:00:00+11:00", "2018-03-11T02:00:00+08:00",
            "2018-03-11T04:00:00+08:00",
            "2018-03-11T06:00:00+08:00", "2018-03-11T08:00:00+08:00", "2018-03-11T10:00:00+08:00",
          ]),
      ])
    // Not whole minutes: 00:00:00-00:44:30 becomes 00:44:30+00:00.
    + nights(
      "Africa/Monrovia", "1972-01-06T12:00:00Z", "1972-01-07T12:00:00Z",
      [Night("30 0 * * *", ["1972-01-07T00:44:30Z"]), Night("45 0 * * *", ["1972-01-07T00:45:00Z"])])

  // A zone that is moved: a day that never was, or was twice. Nothing is made up for.
  private static let moved =
    // 2011-12-29 ends at -10:00 and 2011-12-31 begins at +14:00.
    nights(
      "Pacific/Apia", "2011-12-29T00:00:00-10:00", "2012-01-01T00:00:00+14:00",
      [
        Night("0 12 * * *", ["2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00"]),
        Night("0 0 30 12 *", []),
        Night("0 0 * * FRI", []),
        Night("0 0 31 12 *", ["2011-12-31T00:00:00+14:00"]),
        Night(
          "0 */12 * * *",
          [
            "2011-12-29T00:00:00-10:00", "2011-12-29T12:00:00-10:00", "2011-12-31T00:00:00+14:00",
            "2011-12-31T12:00:00+14:00",
          ]),
      ])
    + nights(
      "Pacific/Apia", "2010-12-01T00:00:00-10:00", "2013-12-01T00:00:00+14:00",
      [Night("0 0 30 12 *", ["2010-12-30T00:00:00-10:00", "2012-12-30T00:00:00+14:00"])])
    // The same on 1993-08-21.
    + nights(
      "Pacific/Kwajalein", "1993-08-20T00:00:00-12:00", "1993-08-23T00:00:00+12:00",
      [
        Night("0 6 * * *", ["1993-08-20T06:00:00-12:00", "1993-08-22T06:00:00+12:00"]),
        Night("*/30 6 21 8 *", []),
      ])
    // 1969-10-01 at +11:00 was 1969-09-30 01:00 at -12:00 again.
    + nights(
      "Pacific/Kwajalein", "1969-09-30T00:00:00+11:00", "1969-10-01T12:00:00-12:00",
      [
        Night("0 6 * * *", ["1969-09-30T06:00:00+11:00", "1969-09-30T06:00:00-12:00", "1969-10-01T06:00:00-12:00"]),
        Night("0 0 * * *", ["1969-09-30T00:00:00+11:00", "1969-10-01T00:00:00-12:00"]),
      ])

  @Test("a clock put forward an hour at two: what is skipped runs at three, once", arguments: berlinSpring)
  fileprivate func forward(night: Night) throws { try check(night) }

  @Test("a clock put back an hour at three: what comes twice runs the first time", arguments: berlinAutumn)
  fileprivate func back(night: Night) throws { try check(night) }

  @Test("New York changes like Berlin, an hour of its own", arguments: newYork)
  fileprivate func inNewYork(night: Night) throws { try check(night) }

  @Test("a change of half an hour skips and repeats half an hour", arguments: lordHowe)
  fileprivate func halfAnHour(night: Night) throws { try check(night) }

  @Test("whether summer time is added or taken makes no difference", arguments: casablanca)
  fileprivate func ramadan(night: Night) throws { try check(night) }

  @Test("midnight that is skipped runs at one, and what is before midnight twice runs once", arguments: saoPaulo)
  fileprivate func midnight(night: Night) throws { try check(night) }

  @Test("changes of up to three hours, and of odd seconds, are made up for too", arguments: larger)
  fileprivate func upToThreeHours(night: Night) throws { try check(night) }

  @Test("a zone that is moved by more only goes on", arguments: moved)
  fileprivate func movedZone(night: Night) throws { try check(night) }

  private func check(_ night: Night) throws {
    let zone = try CronTimes.zone(night.zone)
    let due = try CronTimes.due(
      night.line, in: zone, from: try seconds(night.from), to: try seconds(night.to))
    let expected = try night.due.map { CronTimes.text(try seconds($0)) }
    #expect(due.map(CronTimes.text) == expected, "\(night.line) in \(night.zone)")
  }
}
