import Jobs
import Platform
import Spool
import TestSupport
import Testing

@testable import Runner

/// What is told of a task's file that was put aside and back, and what only looks like it.
@Suite(.timeLimit(.minutes(60))) struct TaskAsideTests {
  private static func id(_ hour: Int) -> String { "t@20250301T0\(hour)0000Z" }

  private func stage(_ schedule: String, _ more: String = "") throws -> TaskStage {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", #"{"schedule": \#(schedule), "job": {"run": "true"}\#(more)}"#)
    stage.start()
    // As one that was made long ago, and not a moment before the test.
    try stage.folders[.tasks].setModified("paused", to: 0)
    return stage
  }

  private func move(_ stage: TaskStage, from: SpoolPlace, to: SpoolPlace) throws {
    try stage.folders[from].move("t.json", to: stage.folders[to], as: "t.json")
  }

  @Test(
    "a change of a file's change time alone while no runner runs is no pause: what was missed is made up for",
    arguments: ["chmod 0600 t.json", "ln t.json ../copy.json", "mv t.json ../t.json && mv ../t.json t.json"],
    [#"{"every": "1h"}"#, #"{"at": "2025-03-01T05:00:00Z"}"#])
  func changeTime(line: String, schedule: String) throws {
    let stage = try stage(schedule)
    stage.stop()
    let done = Command.shell("cd '\(stage.folders.path)/tasks' && \(line)")
    #expect(done.isSuccess, "\(done.text)")
    stage.sleep(.seconds(5 * 3600 + 1800))
    stage.start()
    #expect(try stage.ids(of: "t") == [Self.id(5)])
  }

  @Test("times that passed while a task was paused are told as skipped, once", arguments: [true, false])
  func told(isSeen: Bool) throws {
    let stage = try stage(#"{"every": "1h"}"#)
    if !isSeen { stage.stop() }
    try move(stage, from: .tasks, to: .pausedTasks)
    if isSeen { stage.scan() }
    stage.sleep(.seconds(3 * 3600 + 1800))
    try move(stage, from: .pausedTasks, to: .tasks)
    if isSeen { stage.scan() } else { stage.start() }
    stage.stop()
    stage.start()
    let state = try stage.state("t")
    #expect(state.occurrences.map(\.skipped) == [.paused] && state.occurrences.first?.count == 3)
    #expect(state.occurrences.first?.reason?.isEmpty == false)
    #expect(state.counts == TaskState.Counts())
    stage.go(by: .seconds(3600))
    #expect(try stage.ids(of: "t") == [Self.id(4)])
  }

  @Test("a task whose one time passed while it was paused ends without a job, and its state says why")
  func single() throws {
    let stage = try stage(#"{"at": "2025-03-01T02:00:00Z"}"#)
    try move(stage, from: .tasks, to: .pausedTasks)
    stage.scan()
    stage.sleep(.seconds(3 * 3600))
    try move(stage, from: .pausedTasks, to: .tasks)
    stage.scan()
    let state = try stage.state("t", in: .doneTasks)
    #expect(state.status == .finished && state.counts.runs == 0)
    #expect(state.occurrences.map(\.skipped) == [.paused])
  }

  @Test("nothing is told of a pause in which no time passed")
  func untold() throws {
    let stage = try stage(#"{"every": "1h"}"#)
    try move(stage, from: .tasks, to: .pausedTasks)
    stage.scan()
    stage.sleep(.seconds(60))
    try move(stage, from: .pausedTasks, to: .tasks)
    stage.scan()
    #expect(try stage.state("t").occurrences.isEmpty)
  }
}
