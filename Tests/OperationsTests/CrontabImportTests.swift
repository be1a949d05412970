import Jobs
@testable import Operations
import Platform
import Spool
import TestSupport
import Testing

@Suite struct CrontabImportTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  private func take(_ text: String) throws -> [CrontabImport.Outcome] {
    let translator = CrontabTranslator(
      file: "crontab", user: "paul", home: "/home/paul", cronProblem: { _ in nil }, zoneProblem: { _ in nil })
    var work = try CrontabImport(try translator.translate(Array(text.utf8)).tasks, into: spool.access.taskFolder())
    var outcomes: [CrontabImport.Outcome] = []
    while let (_, outcome) = try work.next() { outcomes.append(outcome) }
    return outcomes
  }

  private func change(_ name: String, in folder: Folder? = nil, _ change: (String) -> String) throws {
    let folder = try folder ?? spool.folders[.tasks]
    let text = String(decoding: try folder.open(name).readAll(limit: 1 << 20), as: UTF8.self)
    try folder.remove(name)
    try folder.create(name).write(Array(change(text).utf8))
  }

  @Test("each entry is written under a name that is free, past tasks of others")
  func written() throws {
    try spool.put("a.json", #"{"schedule":"@daily","job":{"run":"other"}}"#, in: .tasks)
    try spool.put("a-2.json", "not even JSON", in: .tasks)
    #expect(
      try take("@daily /a\n@daily /b\n@hourly /a x\n")
        == [
          .written(name: "a-3", beside: nil), .written(name: "b", beside: nil), .written(name: "a-4", beside: nil),
        ])
    #expect(try spool.names(.tasks) == ["a-2.json", "a-3.json", "a-4.json", "a.json", "b.json"])
    #expect(try spool.text("a-2.json", in: .tasks) == "not even JSON")
  }

  @Test("a crontab that is taken twice doubles nothing, also when its lines have moved")
  func twice() throws {
    let text = "A=1\n@daily /a\n@daily /a\n@daily /b%in\n@daily /b\n"
    #expect(try take(text).count == 4)
    let names = try spool.names(.tasks)
    let again: [CrontabImport.Outcome] = ["a", "a-2", "b", "b-2"].map { .thereAlready(name: $0) }
    #expect(try take(text) == again)
    #expect(try take("# new\n\n" + text) == again)
    #expect(try spool.names(.tasks) == names)
    // A third line of the same is a third task, as it is a third run of cron's.
    #expect(try take(text + "@daily /a\n").last == .written(name: "a-3", beside: nil))
  }

  @Test("a task that a person has changed stays, and is not written beside itself")
  func changed() throws {
    let text = "@daily /a\n@daily /a\n"
    _ = try take(text)
    try change("a.json") { $0.replacing("\"missed\": \"skip\"", with: "\"missed\": \"once\"") }
    // The other one is the same as both entries: it stands for one of them.
    #expect(try take(text) == [.thereAlready(name: "a-2"), .differs(from: "a")])
    #expect(try take("A=1\n" + text) == [.differs(from: "a"), .differs(from: "a-2")])
    #expect(try spool.names(.tasks) == ["a-2.json", "a.json"])
  }

  @Test("a task with the same command at other times is told, as both run then")
  func otherTimes() throws {
    _ = try take("@daily /a\n@daily /b\n")
    #expect(
      try take("@hourly /a\n@daily /b\n@hourly /b\n")
        == [
          .written(name: "a-2", beside: "a"), .thereAlready(name: "b"), .written(name: "b-2", beside: nil),
        ])
  }

  @Test("a paused task is there")
  func paused() throws {
    _ = try take("@daily /a\n")
    let tasks = try spool.folders[.tasks]
    try tasks.makeFolder("paused")
    try tasks.move("a.json", to: tasks.folder("paused"), as: "a.json")
    #expect(try take("@daily /a\n@daily /a x\n") == [.thereAlready(name: "a"), .written(name: "a-2", beside: nil)])
  }

  @Test("what lies in the folder and is no task is passed over")
  func oddities() throws {
    let tasks = try spool.folders[.tasks]
    try tasks.makeFolder("a.json")
    try spool.put("b.json", "", in: .tasks)
    try spool.put("b.state.json", "{}", in: .tasks)
    try spool.put(".c.json", "{}", in: .tasks)
    #expect(TestSupport.Command.shell("ln -s /nowhere '\(tasks.path)/d.json'").isSuccess)
    #expect(
      try take("@daily /a\n@daily /c\n") == [.written(name: "a-2", beside: nil), .written(name: "c", beside: nil)])
  }
}
