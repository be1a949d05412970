import Scheduling

/// A cron line read and kept the plain way, without anything of what is tested: tables of what is named.
///
/// It takes lines that are good and stops at others.
public struct PlainCron {
  private var seconds = [Bool](repeating: false, count: 60)
  private var minutes = [Bool](repeating: false, count: 60)
  private var hours = [Bool](repeating: false, count: 24)
  private var days = [Bool](repeating: false, count: 32)
  private var months = [Bool](repeating: false, count: 13)
  private var weekdays = [Bool](repeating: false, count: 8)
  private var hasLastDay = false
  private var nth: [(weekday: Int, count: Int)] = []
  private var dayStar: Bool
  private var weekdayStar: Bool
  /// Whether cron takes it for a "wildcard" line.
  public let isWild: Bool
  /// Whether it has a field of seconds.
  public let hasSeconds: Bool

  public init(_ line: String) {
    var fields = line.split(separator: " ").map(String.init)
    hasSeconds = fields.count == 6
    isWild = fields.dropLast(3).contains { $0.hasPrefix("*") }
    if !hasSeconds { fields.insert("0", at: 0) }
    dayStar = fields[3].hasPrefix("*")
    weekdayStar = fields[5].hasPrefix("*")
    for n in PlainCron.numbers(fields[0], 0...59) { seconds[n] = true }
    for n in PlainCron.numbers(fields[1], 0...59) { minutes[n] = true }
    for n in PlainCron.numbers(fields[2], 0...23) { hours[n] = true }
    for item in fields[3].split(separator: ",") {
      if item.lowercased() == "l" {
        hasLastDay = true
      } else {
        for n in PlainCron.numbers(String(item), 1...31) { days[n] = true }
      }
    }
    for n in PlainCron.numbers(fields[4], 1...12) { months[n] = true }
    for item in fields[5].split(separator: ",") {
      let parts = item.split(separator: "#").map(String.init)
      if parts.count == 2 {
        nth.append((PlainCron.numbers(parts[0], 0...7)[0] % 7, PlainCron.numbers(parts[1], 1...5)[0]))
      } else {
        for n in PlainCron.numbers(String(item), 0...7) { weekdays[n % 7] = true }
      }
    }
  }

  private static let names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
  private static let monthNames = [
    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  private static func numbers(_ field: String, _ range: ClosedRange<Int>) -> [Int] {
    func number(_ text: String) -> Int {
      let word = text.lowercased()
      guard let n = Int(text) ?? (range.upperBound == 12 ? monthNames : names).firstIndex(of: word) else {
        preconditionFailure("\(text) is no number")
      }
      return n
    }
    return field.split(separator: ",").flatMap { item -> [Int] in
      let parts = item.split(separator: "/").map(String.init)
      let step = parts.count == 2 ? number(parts[1]) : 1
      if parts[0] == "*" { return Array(stride(from: range.lowerBound, through: range.upperBound, by: step)) }
      let ends = parts[0].split(separator: "-").map { number(String($0)) }
      var last = ends[ends.count - 1]
      if ends[0] > last, last == 0 { last = 7 }
      return Array(stride(from: ends[0], through: last, by: step))
    }
  }

  /// Whether a wall clock that shows `time` of a day shows one of its times.
  public func hasTime(_ time: Int) -> Bool { hours[time / 3600] && minutes[time / 60 % 60] && seconds[time % 60] }

  /// Whether a day, counted from 1970-01-01, is one of its days.
  public func hasDay(_ day: Int) -> Bool {
    var (year, rest) = (1970, day)
    while rest < 0 {
      year -= 1
      rest += Self.isLeap(year) ? 366 : 365
    }
    while rest >= (Self.isLeap(year) ? 366 : 365) {
      rest -= Self.isLeap(year) ? 366 : 365
      year += 1
    }
    let lengths = [31, Self.isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var month = 1
    while rest >= lengths[month - 1] {
      rest -= lengths[month - 1]
      month += 1
    }
    guard months[month] else { return false }
    let weekday = ((day + 4) % 7 + 7) % 7
    let byDate = days[rest + 1] || (hasLastDay && rest + 1 == lengths[month - 1])
    let byWeekday = weekdays[weekday] || nth.contains { $0.weekday == weekday && $0.count == rest / 7 + 1 }
    return dayStar || weekdayStar ? byDate && byWeekday : byDate || byWeekday
  }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
}

extension PlainCron {
  /// The moments from `from` up to `to`, without it, at which Vixie's cron starts the line: its loop over a virtual clock,
  /// tick for tick. Ticks are minutes for a line without seconds; then every offset has to be whole minutes.
  ///
  /// - Parameter most: stops when it has as many.
  public func runs(in zone: Zone, from: Int64, to: Int64, most: Int = .max) -> [Int64] {
    let tick: Int64 = hasSeconds ? 1 : 60
    let dayLength: Int64 = 86_400
    var now = (from - from % tick) - 2 * dayLength
    // Cron has to have caught up with what was before.
    while zone.period(at: now).start > now - dayLength { now -= dayLength }
    var period = zone.period(at: now)
    // The last tick of the wall clock whose lines were all run.
    var virtual = now + period.offset - tick
    var today = (day: Int64.min, fits: false)
    func fits(_ wall: Int64) -> Bool {
      let day = wall >= 0 ? wall / dayLength : (wall - dayLength + 1) / dayLength
      if day != today.day { today = (day, hasDay(Int(day))) }
      return today.fits && hasTime(Int(wall - day * dayLength))
    }
    var runs: [Int64] = []
    while now < to, runs.count < most {
      if now >= period.end { period = zone.period(at: now) }
      let wall = now + period.offset
      let jump = wall - (virtual + tick)
      // Days on which nothing can be.
      if jump == 0, wall % dayLength == 0, now < from - dayLength || !hasDay(Int(wall / dayLength)),
        now < period.end - 2 * dayLength, now + dayLength < to
      {
        now += dayLength
        virtual += dayLength
        continue
      }
      let isDue: Bool
      if jump == 0 || abs(jump) > 3 * 3600 {
        virtual = wall
        isDue = fits(wall)
      } else if jump < 0 {
        isDue = isWild && fits(wall)
      } else if isWild {
        virtual = wall
        isDue = fits(wall)
      } else {
        var any = false
        while virtual < wall {
          virtual += tick
          any = any || fits(virtual)
        }
        isDue = any
      }
      if isDue, now >= from { runs.append(now) }
      now += tick
    }
    return runs
  }
}
