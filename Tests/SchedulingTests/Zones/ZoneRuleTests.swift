import Jobs
import TestSupport
import Testing

@testable import Scheduling

/// POSIX TZ strings.
@Suite struct ZoneRuleTests {
  private func zone(_ text: String) throws -> Zone { Zone(try #require(PosixZone(text.utf8), "\(text)")) }

  @Test(
    "a rule without a second offset holds at all times",
    arguments: [
      ("UTC0", 0), ("EST5", -18_000), ("<+03>-3", 10_800), ("<-03>+3", -10_800), ("NPT-5:45", 20_700),
      ("ABC12:34:56", -45_296), ("ABC-24:59:59", 89_999), ("<+14>-14", 50_400), ("<A+1>0", 0), ("LMT-0:0:1", 1),
    ] as [(String, Int32)])
  func fixed(text: String, offset: Int32) throws { #expect(try zone(text) == Zone(offset: offset)) }

  @Test(
    "a rule says when in a year the offset changes, and to what",
    arguments: [
      ("CET-1CEST,M3.5.0,M10.5.0/3", 2026, ["2026-03-29T01:00:00Z": 7200, "2026-10-25T01:00:00Z": 3600]),
      // Without days, those of the United States; with another second offset too.
      ("EST5EDT", 2026, ["2026-03-08T07:00:00Z": -14_400, "2026-11-01T06:00:00Z": -18_000]),
      ("EST5EDT4", 2026, ["2026-03-08T07:00:00Z": -14_400, "2026-11-01T06:00:00Z": -18_000]),
      ("AAA5BBB3", 2026, ["2026-03-08T07:00:00Z": -10_800, "2026-11-01T05:00:00Z": -18_000]),
      // South of the equator, and half an hour.
      ("NZST-12NZDT,M9.5.0,M4.1.0/3", 2026, ["2026-04-04T14:00:00Z": 43_200, "2026-09-26T14:00:00Z": 46_800]),
      ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2026, ["2026-04-04T15:00:00Z": 37_800, "2026-10-03T15:30:00Z": 39_600]),
      // Less than the standard offset in winter.
      ("IST-1GMT0,M10.5.0,M3.5.0/1", 2026, ["2026-03-29T01:00:00Z": 3600, "2026-10-25T01:00:00Z": 0]),
      // Hours below 0 and above 24.
      ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, ["2026-03-29T01:00:00Z": -3600, "2026-10-25T01:00:00Z": -7200]),
      ("EET-2EEST,M3.4.4/50,M10.4.4/50", 2026, ["2026-03-28T00:00:00Z": 10_800, "2026-10-23T23:00:00Z": 7200]),
      ("AAA0BBB,M6.1.0/-167,M9.1.0/167", 2026, ["2026-05-31T01:00:00Z": 3600, "2026-09-12T22:00:00Z": 0]),
      // J60 is March 1 in every year, 59 is February 29 where there is one.
      ("AAA0BBB,J60/0,J300/0", 2028, ["2028-03-01T00:00:00Z": 3600, "2028-10-26T23:00:00Z": 0]),
      ("AAA0BBB,J60/0,J300/0", 2027, ["2027-03-01T00:00:00Z": 3600, "2027-10-26T23:00:00Z": 0]),
      ("AAA0BBB,59/0,299/1:30:15", 2028, ["2028-02-29T00:00:00Z": 3600, "2028-10-26T00:30:15Z": 0]),
      ("AAA0BBB,59/0,299/1:30:15", 2027, ["2027-03-01T00:00:00Z": 3600, "2027-10-27T00:30:15Z": 0]),
      // A moment of one year in the next.
      ("AAA3BBB,365/0,J60", 2027, ["2027-01-01T03:00:00Z": -7200, "2027-03-01T04:00:00Z": -10_800]),
      // The second offset is the first one: nothing ever changes.
      ("AAA3BBB3,J60,J300", 2027, [:]),
    ] as [(String, Int64, [String: Int64])])
  func changes(text: String, year: Int64, expected: [String: Int64]) throws {
    let zone = try zone(text)
    let wanted = try expected.map { Change(second: try seconds($0), offset: $1) }.sorted { $0.second < $1.second }
    #expect(zone.changes(in: newYear(year)..<newYear(year + 1)) == wanted)
    #expect(zone.flaw() == nil)
  }

  @Test(
    "an offset that is to end when it begins again, or later, holds all year; one that ends as it begins never",
    arguments: [
      ("XXX3EDT4,0/0,J365/23", -14_400), ("EST5EDT,0/0,J365/25", -14_400), ("EST5EDT,0/0,J365/167", -14_400),
      ("AAA3BBB,M1.1.0/-100,M12.5.0/100", -7200), ("AAA0BBB,M12.5.0/167,M1.1.0/-167", 0), ("AAA0BBB,J1/0,J1/1", 0),
    ] as [(String, Int32)])
  func allYear(text: String, offset: Int32) throws { #expect(try zone(text) == Zone(offset: offset)) }

  @Test("a second offset all year but in leap years is left for their last day alone")
  func leapYears() throws {
    let zone = try zone("EST5EDT,0/0,364/25")
    #expect(
      zone.changes(in: newYear(2025)..<newYear(2033)) == [
        Change(second: try seconds("2025-01-01T05:00:00Z"), offset: -14_400),
        Change(second: try seconds("2028-12-31T05:00:00Z"), offset: -18_000),
        Change(second: try seconds("2029-01-01T05:00:00Z"), offset: -14_400),
        Change(second: try seconds("2032-12-31T05:00:00Z"), offset: -18_000),
      ])
    #expect(zone.flaw() == nil)
  }

  @Test(
    "a rule goes on as the calendar does, thousands of years to both sides",
    arguments: [
      "CET-1CEST,M3.5.0,M10.5.0/3", "NZST-12NZDT,M9.5.0,M4.1.0/3", "AAA0BBB,59/0,299/1:30:15", "EST5EDT,0/0,364/25",
      // Two days only where a February has five Sundays: the longest that a rule can rest.
      "AAA0BBB,M2.5.0/0,M2.4.0/1", "AAA0BBB,M2.4.0/0,M2.5.0/1", "AAA3BBB,M12.5.0/167,M1.2.0",
    ])
  func farAway(text: String) throws {
    let rule = try #require(PosixZone(text.utf8))
    for year in [-9000, -1200, -1, 1500, 1880, 2200, 2360, 2390, 9000, 1_000_000] as [Int64] {
      #expect(isFollowed(rule, from: year), "\(year)")
    }
    #expect(Zone(rule).flaw() == nil)
  }

  /// Whether the zone of a rule does for 130 years what the rule says of just these.
  private func isFollowed(_ rule: PosixZone, from year: Int64) -> Bool {
    let zone = Zone(rule)
    let course = rule.course(from: newYear(year), years: 130)
    var expected: [Change] = []
    for change in course.changes where Int64(change.offset) != expected.last?.offset ?? Int64(course.offset) {
      expected.append(Change(second: change.second, offset: Int64(change.offset)))
    }
    return zone.period(at: newYear(year)).offset == Int64(course.offset)
      && zone.changes(in: newYear(year)..<newYear(year + 130)) == expected
  }

  @Test(
    "what is no rule is refused",
    arguments: [
      "", "UTC", "AB3", "<+0>3", "<+03", "<+03>", "<+03>-", "ABC25", "ABC-25", "ABC1:60", "ABC1:00:60", "ABC1:",
      "ABC 3",
      "ABC3 ", "EST5EDT,", "EST5EDT,M3.2.0", "EST5EDT,M3.2.0,", "EST5EDT,M3.2.0,M11.1.0,", "EST5EDT,M13.2.0,M11.1.0",
      "EST5EDT,M0.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.0.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0",
      "EST5EDT,M3.2,M11.1.0", "EST5EDT,J0,J60", "EST5EDT,J366,J60", "EST5EDT,366,60", "EST5EDT,M3.2.0/168,M11.1.0",
      "EST5EDT,M3.2.0/-168,M11.1.0", "EST5EDT,M3.2.0/,M11.1.0", "EST5EDT;M3.2.0,M11.1.0", ":UTC0", "ÄÖÜ3",
      "EST99999999999999999999", "EST5EDT99999999999999999999", "EST5EDT,J99999999999999999999,J1", "Europe/Berlin",
      "EST5ED", "EST5EDT4x", "\0\0\0" + "5",
    ])
  func refused(text: String) { #expect(PosixZone(text.utf8) == nil) }

  @Test("whatever is made of a rule's letters is refused or is a zone without a flaw")
  func fuzz() {
    var numbers = Numbers(seed: 7)
    let letters = Array("EST5EDT4<>+-,,,MJ..../:0123456789".utf8)
    let real = [
      "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "AAA0BBB,59/0,299/1:30:15",
      "XXX3EDT4,0/0,J365/23",
    ].map { Array($0.utf8) }
    var zones = 0
    for turn in 0..<6000 {
      var text = real[turn % real.count]
      for _ in 0...Int.random(in: 0...2, using: &numbers) {
        let place = Int.random(in: 0..<text.count, using: &numbers)
        let letter = letters[Int.random(in: 0..<letters.count, using: &numbers)]
        switch Int.random(in: 0...2, using: &numbers) {
        case 0: text[place] = letter
        case 1: text.insert(letter, at: place)
        default: if text.count > 1 { text.remove(at: place) }
        }
      }
      guard let rule = PosixZone(text) else { continue }
      zones += 1
      if zones % 10 != 0 { continue }
      let flaw = Zone(rule).flaw()
      #expect(flaw == nil, "\(String(decoding: text, as: UTF8.self))")
      #expect(isFollowed(rule, from: 2900), "\(String(decoding: text, as: UTF8.self))")
    }
    #expect(zones > 500)
  }
}
