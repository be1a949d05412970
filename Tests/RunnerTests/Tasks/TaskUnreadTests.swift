import Jobs
import Observability
import Platform
import Spool
import Testing

@testable import Runner

/// What lies on the disk and cannot be looked at for a moment.
@Suite(.timeLimit(.minutes(60))) struct TaskUnreadTests {
  @Test(
    "what is noted while the state cannot be read follows it, and nothing is written over it before", arguments: [1, 2])
  func unread(hour: Int) throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", #"{"schedule": {"every": "1h"}, "job": {"run": "true"}}"#)
    stage.start()
    stage.go(by: .seconds(3600))
    stage.stop()
    let before = try stage.state("t")
    let files = TaskFiles(folders: stage.folders, disk: stage.disk)
    let log = Log(level: .silent, now: { 0 })
    let commit = GroupCommit(inline: stage.disk, folders: stage.folders, isDurable: true)
    let journal = TaskJournal(files: files, commit: commit, log: log, now: { 0 })
    let table = TaskTable()
    var isReadable = false
    let states = TaskStates(table: table, journal: journal, log: log) { name throws(SystemError) in
      guard isReadable else { throw SystemError(call: "open", code: SystemError.inputOutput) }
      return try files.state(of: name)
    }
    let entry = table.add(before)
    entry.state = nil
    // The end of another job, or the one that the state tells already.
    let id = JobID(unchecked: "t@20250301T0\(hour)0000Z")
    let known = before.occurrences.first { $0.id == id }
    states.note(entry, id, "succeeded", known?.finishedAt ?? Timestamp(seconds: 1_740_800_000))
    states.keep(entry)
    states.write(atMost: 10)
    journal.flush()
    #expect(try stage.state("t") == before && !states.isIdle)
    isReadable = true
    states.write(atMost: 10)
    journal.flush()
    let after = try stage.state("t")
    #expect(after.counts.succeeded == hour && after.counts.runs == before.counts.runs && states.isIdle)
    #expect(after.occurrences.map { $0.id?.text } == (1...hour).reversed().map { "t@20250301T0\($0)0000Z" })
    #expect(after.previous == before.previous && after.lastStatus == "succeeded")
  }

  @Test("a time whose job may have been made before is made once more only when it is known that it was not")
  func unseen() throws {
    let stage = try TaskStage(at: "2025-03-01T00:00:00Z")
    try stage.put("t", #"{"schedule": {"every": "1h"}, "job": {"run": "true"}}"#)
    stage.start()
    let tasks = try stage.folders[.tasks]
    let before = try tasks.open("t.state.json").readAll(limit: 1 << 20)
    stage.go(by: .seconds(3600))
    stage.stop()
    #expect(stage.made == ["t@20250301T010000Z": 1])
    // As after SIGKILL between the job and the state, which tells nothing of it.
    try tasks.remove("t.state.json")
    try tasks.create("t.state.json").write(before)
    let root = stage.folders.root
    try root.move("done", to: root, as: "aside")
    _ = try root.create("done")
    #expect(throws: SystemError.self) { try stage.folders.reopen(.done) }
    stage.start()
    #expect(try stage.waiting() == [])
    // A drain waits for it, and not for ever.
    var waits = 0
    while stage.scheduler?.hasWork == true, waits < 100 {
      waits += 1
      stage.go(by: .seconds(1))
    }
    #expect(waits == 5)
    try root.remove("done")
    try root.move("aside", to: root, as: "done")
    try stage.folders.reopen(.done)
    stage.go(by: .seconds(10))
    #expect(try stage.waiting() == [] && stage.state("t").counts.runs == 1)
  }
}
