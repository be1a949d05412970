import Jobs
import Platform
import Spool
import TestSupport
import Testing

@testable import Runner

/// Tasks that come to their end, and those that are done once.
@Suite(.timeLimit(.minutes(60))) struct TaskEndTests {
  private func stage(_ schedule: String, _ more: String = "", runsJobs: Bool = true) throws -> TaskStage {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", #"{"schedule": \#(schedule), "job": {"run": "true"}\#(more)}"#)
    stage.runsJobs = runsJobs
    stage.start()
    return stage
  }

  /// Its file and state lie in `done/tasks`, and nothing of it in `tasks/`.
  private func expectFinished(_ stage: TaskStage, as name: String = "t", _ location: SourceLocation = #_sourceLocation)
    throws
  {
    #expect(try stage.has(name + ".json", in: .doneTasks), sourceLocation: location)
    #expect(try stage.state(name, in: .doneTasks).status == .finished, sourceLocation: location)
    #expect(try stage.folders[.tasks].names() == ["paused"], sourceLocation: location)
    #expect(stage.scheduler?.count == 0, sourceLocation: location)
  }

  @Test(
    "a task ends with 'until', with 'maxRuns', and with its one time",
    arguments: [
      (#"{"every": "1h"}"#, #", "until": "2025-03-01T03:00:00Z""#, 3),
      (#"{"every": "1h"}"#, #", "until": "2025-03-01T02:59:59Z""#, 2),
      (#"{"every": "1h"}"#, #", "maxRuns": 4"#, 4), (#"{"at": "2025-03-01T05:00:00Z"}"#, "", 1),
      (#""0 */2 * * *""#, #", "until": "2025-03-01T04:30:00Z""#, 2),
    ])
  func ends(schedule: String, more: String, count: Int) throws {
    let stage = try stage(schedule, more)
    stage.go(by: .seconds(9 * 3600))
    #expect(try stage.ids(of: "t").count == count)
    try expectFinished(stage)
    let state = try stage.state("t", in: .doneTasks)
    #expect(state.counts.runs == count && state.next == nil)
  }

  @Test("it ends only when its last job has ended")
  func lastJob() throws {
    let stage = try stage(#"{"at": "2025-03-01T01:00:00Z"}"#, runsJobs: false)
    stage.go(by: .seconds(2 * 3600))
    #expect(try stage.has("t.json", in: .tasks) && stage.state("t").status == .scheduled)
    #expect(try stage.state("t").next == nil)
    try stage.end("t@20250301T010000Z")
    try expectFinished(stage)
    #expect(try stage.state("t", in: .doneTasks).lastStatus == "succeeded")
  }

  @Test(
    "one that cannot be moved stays where it is and is tried again each 10 s",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func immovable() throws {
    let stage = try stage(#"{"at": "2025-03-01T01:00:00Z"}"#)
    let file = stage.folders.path + "/tasks/t.json"
    Command.shell("mount --bind '\(file)' '\(file)'")
    defer { Command.shell("umount '\(file)'") }
    stage.go(by: .seconds(3600))
    for _ in 0..<3 {
      #expect(try stage.has("t.json", in: .tasks) && stage.scheduler?.nextDue == stage.wall + 10_000_000_000)
      stage.go(by: .seconds(10))
    }
    Command.shell("umount '\(file)'")
    stage.go(by: .seconds(10))
    try expectFinished(stage)
  }

  @Test("it ends too when a person took its last job away")
  func lastJobTaken() throws {
    let stage = try stage(#"{"at": "2025-03-01T01:00:00Z"}"#, runsJobs: false)
    stage.go(by: .seconds(3600))
    try stage.folders[.inbox].remove("t@20250301T010000Z.json")
    stage.go(by: .seconds(60))
    try expectFinished(stage)
  }

  @Test(
    "a name that is taken in done/tasks gets a number, for the task and its state",
    arguments: [
      ["t.json"], ["t.state.json"], ["t.json", "t~2.state.json"],
    ])
  func taken(names: [String]) throws {
    let stage = try stage(#"{"at": "2025-03-01T01:00:00Z"}"#)
    for name in names { try stage.folders[.doneTasks].create(name).write(Array("old".utf8)) }
    stage.go(by: .seconds(3600))
    try expectFinished(stage, as: names.count == 1 ? "t~2" : "t~3")
    for name in names {
      #expect(try stage.folders[.doneTasks].open(name).readAll(limit: 10) == Array("old".utf8))
    }
  }

  @Test("a task that was dropped after its time runs once; with 'missed: skip' it does not, and the state says so")
  func past() throws {
    let once = try stage(#"{"at": "2025-02-01T00:00:00Z"}"#)
    #expect(try once.ids(of: "t") == ["t@20250201T000000Z"])
    try expectFinished(once)
    let skip = try stage(#"{"at": "2025-02-01T00:00:00Z"}"#, #", "missed": "skip""#)
    #expect(try skip.ids(of: "t") == [])
    try expectFinished(skip)
    let state = try skip.state("t", in: .doneTasks)
    #expect(state.occurrences.map(\.skipped) == [.missed] && state.counts.missed == 1)
  }

  @Test(
    "a time or an end as far off as can be written stops nobody",
    arguments: [
      "1677-09-21T00:12:44Z", "1677-09-22T00:00:00Z", "1700-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
      "2262-04-11T23:47:16Z",
    ])
  func farOff(time: String) throws {
    let isPast = time < "2025"
    let stage = try stage(#"{"at": "\#(time)"}"#)
    #expect(try stage.ids(of: "t").count == (isPast ? 1 : 0))
    #expect(try stage.has("t.json", in: isPast ? .doneTasks : .tasks))
    try stage.put("u", #"{"schedule": {"every": "366d"}, "job": {"run": "true"}, "until": "\#(time)"}"#)
    try stage.put("v", #"{"schedule": {"every": "1h", "anchor": "\#(time)"}, "job": {"run": "true"}}"#)
    try stage.put("w", #"{"schedule": "0 * * * *", "job": {"run": "true"}, "until": "\#(time)", "jitter": "1d"}"#)
    stage.scan()
    stage.go(by: .seconds(3601))
    #expect(try stage.has("u.json", in: isPast ? .doneTasks : .tasks))
    #expect(try stage.ids(of: "v").count == 1)
  }

  @Test("one whose end had passed when it was dropped ends at once, without a job")
  func overAtOnce() throws {
    let stage = try stage(#"{"every": "1h"}"#, #", "until": "2024-01-01T00:00:00Z""#)
    try expectFinished(stage)
    #expect(try stage.ids(of: "t") == [])
  }

  @Test("a bad edit of a task that has come to its end stays where it is; mended it goes on, or ends")
  func badAtEnd() throws {
    let stage = try stage(#"{"at": "2025-03-01T01:00:00Z"}"#, runsJobs: false)
    stage.go(by: .seconds(3600))
    try stage.edit("t", #"{"schedule": {"at": "2025-03-01T0"#)
    try stage.end("t@20250301T010000Z")
    stage.go(by: .seconds(60))
    #expect(try stage.has("t.json", in: .tasks) && stage.state("t").problem != nil)
    try stage.edit("t", #"{"schedule": {"at": "2025-03-01T03:00:00Z"}, "job": {"run": "true"}}"#)
    stage.go(by: .seconds(3 * 3600))
    try stage.end("t@20250301T030000Z")
    try expectFinished(stage)
  }

  @Test("an edit that came in the moment of its end is not moved away with it")
  func editAtEnd() throws {
    let stage = try stage(#"{"at": "2025-03-01T01:00:00Z"}"#, runsJobs: false)
    stage.go(by: .seconds(3600))
    // Nobody was told of the edit yet.
    try stage.put("t", #"{"schedule": {"at": "2025-03-01T03:00:00Z"}, "job": {"run": "true"}}"#)
    try stage.end("t@20250301T010000Z")
    stage.go(by: .seconds(3 * 3600))
    try stage.end("t@20250301T030000Z")
    try expectFinished(stage)
  }

  // MARK: the machine's start

  private static let reboot = #"{"schedule": "@reboot", "job": {"run": "true"}}"#

  /// A time that the files of a test are older than, by a year.
  private static var nextYear: String {
    Timestamp(nanoseconds: Clock.wall() + 365 * 86_400 * 1_000_000_000).secondsText()
  }

  @Test("@reboot: once for each start of the machine, and not for the one before it was dropped")
  func reboot() throws {
    let stage = try stage(#""@reboot""#)
    #expect(try stage.ids(of: "t") == [])
    for count in 1...3 {
      stage.stop()
      stage.boot = "boot-\(count + 1)"
      stage.sleep(.seconds(60))
      for _ in 0..<3 {
        stage.start()
        stage.go(by: .seconds(3600))
        #expect(try stage.ids(of: "t").count == count)
        stage.stop()
      }
    }
    stage.start()
    #expect(try stage.state("t").counts.runs == 3)
  }

  @Test("@reboot: a task that lay there before the machine's start runs, also if no runner ever saw it")
  func rebootUnseen() throws {
    let stage = try TaskStage(at: Self.nextYear)
    try stage.put("t", Self.reboot)
    stage.start()
    #expect(try stage.ids(of: "t").count == 1)
  }

  @Test("@reboot: exactly once, whatever durable step the runner is killed at")
  func rebootKilled() throws {
    let place = try TemporaryFolder()
    for step in 1... {
      let stage = try TaskStage(at: "2025-03-01T00:00:00Z", in: place)
      try stage.put("t", Self.reboot)
      stage.start()
      stage.stop()
      stage.boot = "boot-2"
      stage.sleep(.seconds(60))
      stage.start(steps: step)
      let wasKilled = stage.disk.isDead
      for _ in 0..<2 {
        stage.sleep(.seconds(5))
        stage.start()
        stage.go(by: .seconds(60))
      }
      #expect(try stage.ids(of: "t").count == 1, "killed at \(step)")
      #expect(try stage.state("t").counts.runs == 1, "killed at \(step)")
      if !wasKilled {
        #expect(step > 8)
        return
      }
    }
  }

  @Test("@reboot: a disk that does not take the note for a while keeps the loop waiting, not turning")
  func rebootFull() throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", Self.reboot)
    stage.start()
    stage.stop()
    stage.boot = "boot-2"
    stage.start(failing: 1, code: SystemError.noSpace)
    #expect(try stage.ids(of: "t") == [])
    #expect(stage.scheduler?.nextDue.map { $0 > stage.wall } ?? true)
    stage.goScanning(by: .seconds(3))
    #expect(try stage.ids(of: "t").count == 1)
  }

  @Test("@reboot: a job of the start before holds it up until it has ended")
  func rebootOverlap() throws {
    let stage = try stage(#""@reboot""#, runsJobs: false)
    for boot in ["boot-2", "boot-3"] {
      stage.stop()
      stage.boot = boot
      stage.sleep(.seconds(60))
      stage.start()
    }
    #expect(try stage.waiting() == ["t@20250301T000100Z"])
    try stage.end("t@20250301T000100Z")
    #expect(try stage.waiting() == ["t@20250301T000200Z"])
  }

  @Test("@reboot: ends with 'maxRuns'")
  func rebootEnds() throws {
    let stage = try stage(#""@reboot""#, #", "maxRuns": 2"#)
    for boot in ["boot-2", "boot-3"] {
      stage.stop()
      stage.boot = boot
      stage.sleep(.seconds(60))
      stage.start()
    }
    #expect(try stage.ids(of: "t").count == 2)
    try expectFinished(stage)
  }

  @Test("@reboot: a start of the machine that it lay in paused/ through is not made up for", arguments: [true, false])
  func rebootPaused(isSeen: Bool) throws {
    let stage = try stage(#""@reboot""#)
    if !isSeen { stage.stop() }
    try stage.folders[.tasks].move("t.json", to: stage.folders[.pausedTasks], as: "t.json")
    if isSeen { stage.scan() }
    stage.stop()
    stage.boot = "boot-2"
    stage.sleep(.seconds(60))
    if isSeen { stage.start() }
    try stage.folders[.pausedTasks].move("t.json", to: stage.folders[.tasks], as: "t.json")
    if isSeen { stage.scan() } else { stage.start() }
    stage.go(by: .seconds(60))
    #expect(try stage.ids(of: "t") == [] && stage.state("t").status == .scheduled)
    stage.stop()
    stage.boot = "boot-3"
    stage.sleep(.seconds(60))
    stage.start()
    #expect(try stage.ids(of: "t").count == 1)
  }

  @Test("@reboot: a start of the machine after 'until' gets no job, and is the end of the task")
  func rebootPastUntil() throws {
    let stage = try stage(#""@reboot""#, #", "until": "2025-03-01T12:00:00Z""#)
    stage.stop()
    stage.boot = "boot-2"
    stage.sleep(.seconds(13 * 3600))
    stage.start()
    #expect(try stage.ids(of: "t") == [])
    try expectFinished(stage)
  }
}
