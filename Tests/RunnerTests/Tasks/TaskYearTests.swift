import Jobs
import Platform
import Scheduling
import Spool
import Testing

@testable import Runner

/// A year of a set of tasks, in which the runner is killed, the machine sleeps and the clock is set.
@Suite(.timeLimit(.minutes(60))) struct TaskYearTests {
  private static let start = "2025-01-01T00:00:00Z"
  private static let end = "2026-01-01T00:00:00Z"

  /// By name: the schedule, and how many seconds a year of it has at least, so that no table is empty.
  private static let schedules: [(name: String, schedule: String, atLeast: Int)] = [
    ("daytime", #"{"cron": "15 */4 * * *", "timezone": "Europe/Berlin"}"#, 2180),
    ("nightly", #"{"cron": "30 2 * * *", "timezone": "America/New_York"}"#, 365),
    ("office", #"{"cron": "*/30 9 * * MON-FRI", "timezone": "Australia/Lord_Howe"}"#, 520),
    ("monthly", #"{"cron": "0 0 L * *", "timezone": "Africa/Casablanca"}"#, 12),
    ("often", #"{"every": "13h"}"#, 670),
    ("once", #"{"at": "2025-06-01T12:00:00Z"}"#, 1),
  ]

  private static func times(_ schedule: String, from: Int64, through: Int64) throws -> [Int64] {
    var reader = TaskReader(zones: ZoneTable(read: { ZoneFiles().read($0) }, machine: { .utc }))
    let rule = try reader.read(Array(#"{"schedule": \#(schedule), "job": {"run": "true"}}"#.utf8), name: "t").rule
    var times: [Int64] = []
    var time = from
    while let next = rule.next(after: time), next <= through {
      times.append(next)
      time = next
    }
    return times
  }

  private static func ids(_ name: String, _ times: [Int64]) -> [String] {
    times.map { OccurrenceID.make(name, at: Timestamp(seconds: $0)).text }
  }

  private static func seconds(_ text: String) throws -> Int64 {
    try #require(Timestamp(rfc3339: text)).nanoseconds / 1_000_000_000
  }

  private func stage(_ missed: String, _ extra: String = "") throws -> TaskStage {
    let stage = try TaskStage(at: Self.start)
    stage.settings.maxMissed = 100_000
    for (name, schedule, _) in Self.schedules {
      try stage.put(
        name,
        #"{"schedule": \#(schedule), "job": {"run": "true"}, "missed": "\#(missed)", "overlap": "allow"\#(extra)}"#)
    }
    return stage
  }

  @Test("of a year in which the runner is killed at random durable steps each time has one job, and none is made twice")
  func killedYear() throws {
    var random = SeededNumbers(seed: 20_251_126)
    let stage = try stage("all")
    let end = try Self.seconds(Self.end) * 1_000_000_000
    var kills = 0
    stage.start(steps: 40)
    while stage.wall < end {
      stage.go(to: end)
      guard stage.disk.isDead else { break }
      kills += 1
      // Down for a moment, an hour, or days.
      stage.sleep([.milliseconds(300), .seconds(3600), .seconds(200_000)][Int.random(in: 0..<3, using: &random)])
      if stage.wall > end { stage.setClock(by: .nanoseconds(end - stage.wall)) }
      stage.start(steps: Int.random(in: 1...300, using: &random))
    }
    stage.start()
    #expect(kills > 200)
    for (name, schedule, atLeast) in Self.schedules {
      let times = try Self.times(schedule, from: Self.seconds(Self.start), through: Self.seconds(Self.end))
      #expect(times.count >= atLeast, "\(name)")
      #expect(try stage.ids(of: name) == Self.ids(name, times), "\(name)")
      let state = try stage.state(name, in: name == "once" ? .doneTasks : .tasks)
      #expect(state.counts.runs == times.count, "\(name)")
      #expect(state.counts.missed == 0 && state.counts.overlapped == 0, "\(name)")
    }
    #expect(stage.made.values.allSatisfy { $0 == 1 })
  }

  @Test("of a year with sleep each time has one job or is told as missed, and the newest of a gap is made up for")
  func sleepyYear() throws {
    var random = SeededNumbers(seed: 7)
    let stage = try stage("once")
    let end = try Self.seconds(Self.end) * 1_000_000_000
    var lastWake: [Int64] = []
    stage.start()
    while stage.wall < end {
      stage.go(to: min(end, stage.wall + Int64.random(in: 1...500_000, using: &random) * 1_000_000_000))
      let gap = min(end - stage.wall, Int64.random(in: 1...400_000, using: &random) * 1_000_000_000)
      stage.sleep(.nanoseconds(gap))
      lastWake.append(stage.wall / 1_000_000_000)
      stage.settle()
    }
    #expect(stage.made.values.allSatisfy { $0 == 1 })
    for (name, schedule, _) in Self.schedules {
      let times = try Self.times(schedule, from: Self.seconds(Self.start), through: Self.seconds(Self.end))
      let made = Set(try stage.ids(of: name))
      #expect(made.isSubset(of: Set(Self.ids(name, times))), "\(name)")
      let state = try stage.state(name, in: name == "once" ? .doneTasks : .tasks)
      #expect(state.counts.runs + state.counts.missed == times.count, "\(name)")
      #expect(state.counts.runs == made.count, "\(name)")
      for wake in lastWake {
        // Whatever was missed, the newest time before a waking has its job.
        guard let newest = times.last(where: { $0 <= wake }) else { continue }
        #expect(made.contains(OccurrenceID.make(name, at: Timestamp(seconds: newest)).text), "\(name) before \(wake)")
      }
    }
  }

  @Test(
    "of a year in which the clock is set back and on, none is made twice and each time that is lived through is made")
  func clockYear() throws {
    var random = SeededNumbers(seed: 11)
    let stage = try stage("all")
    let start = try Self.seconds(Self.start) * 1_000_000_000
    let end = try Self.seconds(Self.end) * 1_000_000_000
    stage.start()
    while stage.wall < end {
      stage.go(to: min(end, stage.wall + Int64.random(in: 1...900_000, using: &random) * 1_000_000_000))
      stage.scan()
      if stage.wall >= end { break }
      let step = [-3500, -7200, -100_000, 1800, 90_000][Int.random(in: 0..<5, using: &random)]
      stage.setClock(by: .seconds(Int64(step)))
      if stage.wall < start { stage.setClock(by: .nanoseconds(start - stage.wall)) }
      if stage.wall > end { stage.setClock(by: .nanoseconds(end - stage.wall)) }
      stage.scan()
    }
    #expect(stage.made.values.allSatisfy { $0 == 1 })
    for (name, schedule, _) in Self.schedules {
      let times = try Self.times(schedule, from: Self.seconds(Self.start), through: Self.seconds(Self.end))
      #expect(try stage.ids(of: name) == Self.ids(name, times), "\(name)")
    }
  }
}

/// The same numbers for the same seed: xorshift64*.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed | 1 }

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 2_685_821_657_736_338_717
  }
}
