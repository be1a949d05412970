import Jobs
import Platform
import Scheduling

/// What it costs to find when a cron line is due next: calls a second for lines as people write them, and the slowest
/// single call for lines that are seldom due.
struct CronTimes {
  private static let common = ["*/5 * * * *", "0 2 * * *", "*/5 9-17 * * MON-FRI", "0 0 1 * *"]
  private static let calls = 200_000
  /// 2026-01-01T00:00:00Z, where each walk begins.
  private static let start: Int64 = 1_767_225_600

  /// The next time lies decades ahead: 2100 is no leap year, and a 29 February is a Monday in 2072 and then in 2112.
  private static let rare: [(line: String, after: Int64)] = [
    ("0 0 29 2 *", second(2096, 3)), ("0 0 * 2 MON#5", second(2072, 3)), ("0 0 29 2 MON#5", second(2096, 3)),
    ("0 0 */28 2 MON#5", second(2072, 3)), ("0 0 */28 2 MON#5", second(2240, 3)), ("0 0 29 2 *", second(1896, 3)),
  ]
  private static let lines = 2000
  private static let instantsPerLine = 2
  private static let zones = [
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Gaza", "Asia/Tokyo",
    "Pacific/Apia", "Europe/Dublin", "Antarctica/Troll", "America/St_Johns", "Asia/Kathmandu",
  ]

  let rounds: Int

  init(_ options: BenchOptions) { rounds = options.rounds }

  func measure(into table: inout Table) throws {
    let zoneFiles = ZoneFiles()
    var zones = ZoneTable(read: { zoneFiles.read($0) }, machine: { zoneFiles.machine() })
    for name in ["Europe/Berlin", "UTC"] {
      let zone = try zones.zone(named: name)
      for line in Self.common {
        let expression = try CronExpression.read(line)
        let rates = Sample((0..<rounds).map { _ in Self.rate(expression, zone) })
        table.add(
          "next time of `\(line)`, \(name)", rates.median, "/s", digits: 0, bar: .atLeast(200_000),
          note: "one thread, \(Figure.text(Double(Self.calls), 0)) calls forward from 2026; median of \(rounds), "
            + rates.spread(digits: 0))
      }
    }
    var slowest = Slowest()
    for (line, second) in Self.rare {
      // Those that no calendar has are refused when they are read.
      guard let expression = try? CronExpression.read(line) else { continue }
      for name in Self.zones { slowest.call(line, expression, name, try zones.zone(named: name), after: second) }
    }
    let named = slowest
    var random = SeededRandom(seed: 20_261_126)
    for _ in 0..<Self.lines {
      let (line, expression) = RandomLine.next(using: &random)
      for name in Self.zones {
        let zone = try zones.zone(named: name)
        for _ in 0..<Self.instantsPerLine {
          let second = Int64.random(in: Self.second(1970, 1)..<Self.second(2200, 1), using: &random)
          slowest.call(line, expression, name, zone, after: second)
        }
      }
    }
    table.add(
      "slowest next time of a rare line", slowest.milliseconds, " ms", digits: 4, bar: .atMost(1),
      note:
        "of \(Figure.text(Double(slowest.calls), 0)) calls, \(Figure.text(Double(Self.lines), 0)) random lines among "
        + "them, each the best of three, so that no preemption counts: \(slowest.what); of the known rare ones "
        + "\(Figure.text(named.milliseconds, 4)) ms: \(named.what)")
  }

  /// Calls a second, each after the time that the last one found.
  private static func rate(_ expression: CronExpression, _ zone: Zone) -> Double {
    let begun = Clock.continuous()
    var second = start
    for _ in 0..<calls { second = expression.next(after: second, in: zone) ?? start }
    let took = Clock.continuous() - begun
    return Double(calls) / (Double(took) / 1e9)
  }

  private static func second(_ year: Int64, _ month: Int64) -> Int64 {
    Calendar.day(year: year, month: month, day: 1) * 86_400
  }

  /// The slowest call so far.
  private struct Slowest {
    private var nanoseconds: Int64 = 0
    private(set) var calls = 0
    private(set) var what = ""

    var milliseconds: Double { Double(nanoseconds) / 1e6 }

    mutating func call(_ line: String, _ expression: CronExpression, _ name: String, _ zone: Zone, after second: Int64)
    {
      var best = Int64.max
      var found: Int64?
      for _ in 0..<3 {
        let begun = Clock.continuous()
        found = expression.next(after: second, in: zone)
        best = min(best, Clock.continuous() - begun)
      }
      calls += 1
      guard best > nanoseconds else { return }
      nanoseconds = best
      let answer = found.map { Timestamp(seconds: $0).secondsText() } ?? "never"
      what = "`\(line)` in \(name) after \(Timestamp(seconds: second).secondsText()): \(answer)"
    }
  }
}

/// Cron lines by chance, most of them seldom due.
private enum RandomLine {
  private static let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
  private static let weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

  static func next(using random: inout SeededRandom) -> (line: String, expression: CronExpression) {
    while true {
      var fields = [field(0...59, using: &random), field(0...23, using: &random)]
      if Bool.random(using: &random) { fields.insert(field(0...59, using: &random), at: 0) }
      fields.append(Int.random(in: 0..<6, using: &random) == 0 ? "L" : field(1...31, using: &random))
      fields.append(field(1...12, months, using: &random))
      let weekday = field(0...6, weekdays, using: &random)
      let isCounted = Int.random(in: 0..<3, using: &random) == 0
      fields.append(
        isCounted ? "\(Int.random(in: 0...6, using: &random))#\(Int.random(in: 1...5, using: &random))" : weekday)
      let line = fields.joined(separator: " ")
      // A day that no month has, or never on such a weekday: the next one.
      if let expression = try? CronExpression.read(line) { return (line, expression) }
    }
  }

  private static func field(
    _ range: ClosedRange<Int>, _ names: [String] = [], using random: inout SeededRandom
  ) -> String {
    let first = Int.random(in: range, using: &random)
    let last = Int.random(in: first...range.upperBound, using: &random)
    let step = Int.random(in: 1...range.upperBound, using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return "*"
    case 1: return "*/\(step)"
    case 2: return "\(first)-\(last)"
    case 3: return "\(first)-\(last)/\(step)"
    default: return names.isEmpty ? "\(first)" : names[first - range.lowerBound]
    }
  }
}

/// SplitMix64: the same lines each time.
private struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
