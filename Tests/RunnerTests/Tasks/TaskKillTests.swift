import Jobs
import Platform
import Spool
import TestSupport
import Testing

@testable import Runner

/// The runner is killed at every durable step of a scenario, one after the other; or that step fails, and it lives on.
@Suite(.timeLimit(.minutes(60))) struct TaskKillTests {
  private static let start = "2025-03-01T00:00:00Z"
  private let place: TemporaryFolder
  init() throws { place = try TemporaryFolder() }

  /// What happens at a moment, seconds after the start.
  private typealias Event = (at: Int64, happens: @Sendable (TaskStage) throws -> Void)

  private static func task(_ schedule: String, _ more: String) -> String {
    #"{"schedule": \#(schedule), "job": {"run": "true"}, \#(more)}"#
  }

  private static let often = task(#"{"every": "10s"}"#, #""missed": "all", "overlap": "allow""#)

  /// Of `often` every time has to be made, of `seldom` each is made or told as skipped, `once` ends.
  private static let events: [Event] = [
    (12, { try $0.edit("often", #"{"schedule": {"every": "10s"}, "job": "#) }),
    (24, { try $0.edit("often", often.replacing("true", with: "echo new")) }),
    (33, { try $0.folders[.tasks].move("aside.json", to: $0.folders[.pausedTasks], as: "aside.json") }),
    (36, { $0.scan() }),
    (44, { try $0.folders[.pausedTasks].move("aside.json", to: $0.folders[.tasks], as: "aside.json") }),
    (45, { $0.scan() }), (52, { try $0.folders[.tasks].remove("gone.json") }), (53, { $0.scan() }),
  ]

  private func stage() throws -> TaskStage {
    let stage = try TaskStage(at: Self.start, in: place)
    try stage.put("often", Self.often)
    try stage.put("seldom", Self.task(#"{"every": "15s"}"#, #""missed": "once", "overlap": "skip""#))
    try stage.put("once", Self.task(#"{"at": "2025-03-01T00:00:21Z"}"#, #""missed": "once""#))
    try stage.put("aside", Self.task(#"{"every": "20s"}"#, #""missed": "all""#))
    try stage.put("gone", Self.task(#"{"every": "20s"}"#, #""missed": "all", "overlap": "queue""#))
    return stage
  }

  private static var begin: Int64 { (Timestamp(rfc3339: start)?.nanoseconds ?? 0) }

  /// Plays the scenario, with a new runner a moment after each death.
  private func play(_ stage: TaskStage, kills: [Int] = [], failing: Int? = nil, code: Int32 = 0) throws -> Int {
    var kills = kills
    var deaths = 0
    func start() { stage.start(steps: kills.isEmpty ? .max : kills.removeFirst(), failing: failing, code: code) }
    func go(to second: Int64) {
      while true {
        if failing == nil {
          stage.go(to: Self.begin + second * 1_000_000_000)
        } else {
          stage.goScanning(by: .nanoseconds(max(0, Self.begin + second * 1_000_000_000 - stage.wall)))
        }
        guard stage.disk.isDead else { return }
        deaths += 1
        stage.sleep(.milliseconds(1300))
        start()
      }
    }
    start()
    #expect(Self.events.map(\.at) == Self.events.map(\.at).sorted())
    for event in Self.events {
      go(to: event.at)
      try event.happens(stage)
    }
    go(to: 64)
    return deaths
  }

  private func times(_ span: Int64, through end: Int64) -> [Int64] {
    stride(from: span, through: end, by: Int(span)).map { Self.begin / 1_000_000_000 + $0 }
  }

  private func ids(_ name: String, _ times: [Int64]) -> [String] {
    times.map { OccurrenceID.make(name, at: Timestamp(seconds: $0)).text }
  }

  private func check(_ stage: TaskStage, _ after: String) throws {
    let message = Comment(rawValue: after)
    #expect(stage.made.values.allSatisfy { $0 == 1 }, message)
    #expect(try stage.ids(of: "often") == ids("often", times(10, through: 60)), message)
    var state = try stage.state("often")
    #expect(state.counts.runs == 6 && state.counts.missed == 0 && state.counts.succeeded == 6, message)
    #expect(state.problem == nil && state.progress.active == [], message)

    state = try stage.state("seldom")
    let seldom = times(15, through: 60)
    let made = try stage.ids(of: "seldom")
    let skipped = state.occurrences.filter { $0.skipped != nil }.flatMap { occurrence in
      seldom.filter {
        $0 <= occurrence.scheduled.nanoseconds / 1_000_000_000
          && $0 >= (occurrence.since ?? occurrence.scheduled).nanoseconds / 1_000_000_000
      }
    }
    #expect((made + ids("seldom", skipped)).sorted() == ids("seldom", seldom), message)
    #expect(state.counts.runs == made.count, message)

    #expect(try stage.ids(of: "once") == ["once@20250301T000021Z"], message)
    #expect(try stage.has("once.json", in: .doneTasks), message)
    #expect(try stage.state("once", in: .doneTasks).status == .finished, message)

    // Aside from 33 to 44: the time at 40 is not made up for.
    #expect(try stage.ids(of: "aside").filter { $0.hasSuffix("40Z") }.isEmpty, message)
    #expect(try stage.ids(of: "aside").count == 2 && stage.state("aside").status == .scheduled, message)
    #expect(try stage.ids(of: "gone").count == 2, message)
    #expect(try stage.state("gone", in: .doneTasks).status == .removed, message)

    let left = try stage.folders[.tasks].names().filter {
      $0.contains("gone") || $0.contains("once") || $0.hasSuffix(".new")
    }
    #expect(left == [], message)
    #expect(
      try stage.folders[.doneTasks].names().sorted() == ["gone.state.json", "once.json", "once.state.json"], message)
    #expect(try stage.folders[.inbox].names() == [], message)
    // The last good version is the one in the folder: a bad edit now would go on with it.
    let good = try stage.folders[.tasks].open(".often.good.json").readAll(limit: 1000)
    #expect(good == Array(Self.often.replacing("true", with: "echo new").utf8), message)
  }

  @Test("whatever durable step SIGKILL comes in place of, each time has exactly one job or is told as skipped")
  func kill() throws {
    for step in 1... {
      let stage = try stage()
      let deaths = try play(stage, kills: [step])
      stage.stop()
      stage.start()
      try check(stage, "killed at \(step)")
      if deaths == 0 {
        #expect(step > 60)
        return
      }
    }
  }

  @Test(
    "after a second SIGKILL soon after the first nothing is lost or made twice either", arguments: [1, 3, 6, 10, 15])
  func killTwice(second: Int) throws {
    var twice = 0
    for first in stride(from: 1 + second, through: 10_000, by: 7) {
      let stage = try stage()
      let deaths = try play(stage, kills: [first, second])
      stage.stop()
      stage.start()
      try check(stage, "killed at \(first), then at \(second)")
      // A runner that lives through what is left dies once.
      if deaths == 2 { twice += 1 }
      if deaths == 0 {
        #expect(twice > 20, "killed twice in \(twice) of them")
        return
      }
    }
  }

  @Test("killed between the jobs of several times and its state, twice: none is lost")
  func killTwiceInAGap() throws {
    var twice = 0
    for first in 1...40 {
      for second in stride(from: 1 + first % 4, through: 40, by: 4) {
        let stage = try TaskStage(at: Self.start, in: place)
        try stage.put("often", Self.often)
        stage.start()
        stage.stop()
        stage.sleep(.seconds(45))
        stage.start(steps: first)
        let wasKilled = stage.disk.isDead
        stage.start(steps: second)
        let wasKilledAgain = stage.disk.isDead
        stage.start()
        #expect(try stage.ids(of: "often") == ids("often", times(10, through: 40)), "killed at \(first), \(second)")
        #expect(try stage.state("often").counts.runs == 4, "killed at \(first), \(second)")
        #expect(stage.made.values.allSatisfy { $0 == 1 })
        if !wasKilled {
          #expect(twice > 50, "killed twice in \(twice) of them")
          return
        }
        if !wasKilledAgain { break }
        twice += 1
      }
    }
    Issue.record("there is no end of the steps")
  }

  @Test("whatever durable step fails once, nothing is lost or made twice, and the runner goes on by itself")
  func failsOnce() throws {
    for step in 1... {
      let stage = try stage()
      let code = step % 2 == 0 ? SystemError.inputOutput : SystemError.noSpace
      _ = try play(stage, failing: step, code: code)
      #expect(stage.scheduler?.isIdle == true, "a failure at \(step)")
      try check(stage, "a failure at \(step)")
      if stage.disk.stepsTaken.withLock({ $0 }) < step {
        #expect(step > 60)
        return
      }
    }
  }
}
