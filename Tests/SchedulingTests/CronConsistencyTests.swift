import Jobs
import Scheduling
import TestSupport
import Testing

@Suite struct CronConsistencyTests {
  private static let zones = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo",
    "Pacific/Apia",
    "Antarctica/Troll", "Asia/Kathmandu",
  ]

  @Test("a virtual clock that ticks through years runs each line when the search says", arguments: zones)
  func sameAsTicking(name: String) throws {
    let zone = try CronTimes.zone(name)
    // 2011 has Samoa's lost day; the year before Brazil's midnights; Morocco had four changes in 2012.
    let (from, to) = (try seconds("2010-09-01T00:00:00Z"), try seconds("2012-11-15T00:00:00Z"))
    var random = RandomCron(seed: UInt64(name.utf8.count))
    var compared = 0
    for fixed in ["30 2 * * *", "0,30 0-3 * * *", "*/30 1-3 * * SUN", "0 0 * * *", "15 */2 L * *"] {
      compared += try compare(fixed, in: zone, from: from, to: to)
    }
    for _ in 0..<8 {
      var line = random.line().text
      while line.split(separator: " ").count == 6 { line = random.line().text }
      compared += try compare(line, in: zone, from: from, to: to)
    }
    #expect(compared > 1000)
  }

  private func compare(_ line: String, in zone: Zone, from: Int64, to: Int64) throws -> Int {
    let runs = PlainCron(line).runs(in: zone, from: from, to: to)
    let due = try CronTimes.due(line, in: zone, from: from, to: to)
    if runs != due {
      let odd = Set(runs).symmetricDifference(due).sorted().prefix(5).map(CronTimes.text)
      Issue.record("\(line): \(runs.count) runs, \(due.count) found, different at \(odd)")
    }
    return runs.count
  }

  @Test("forwards and backwards meet, and nothing lies between", arguments: 1...8)
  func neighbours(seed: UInt64) throws {
    var random = RandomCron(seed: seed)
    let zone = try CronTimes.zone(Self.zones[Int(seed) - 1])
    var found = 0
    for _ in 0..<1000 {
      let cron = random.line().cron
      let moment = Int64.random(in: 0...4_000_000_000, using: &random.numbers)
      let next = try #require(cron.next(after: moment, in: zone))
      #expect(next > moment)
      #expect(cron.next(after: next - 1, in: zone) == next)
      #expect(cron.previous(before: next + 1, in: zone) == next)
      guard let previous = cron.previous(before: next, in: zone) else { continue }
      found += 1
      #expect(previous <= moment)
      #expect(cron.next(after: previous, in: zone) == next)
    }
    #expect(found > 990)
  }
}
