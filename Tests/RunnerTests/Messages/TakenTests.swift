import Jobs
import Platform
import TestSupport
import Testing

@testable import Runner

@Suite("What a container left in taken/ costs no scan more than its share", .timeLimit(.minutes(60)))
struct TakenTests {
  private let stage: RequestStage
  private let group: GroupName
  private let input: GroupInput

  init() throws {
    stage = try RequestStage()
    group = try GroupName(validating: "g")
    input = GroupInput(try Core(RunnerOptions(spool: stage.spool.path)), hasAgent: { _ in false })
  }

  @Test("the folder is listed again when its times changed, and not at each scan")
  func listed() throws {
    // Kept as long as there is an input of that name.
    stage.spool.shell("cd ipc/g && touch input/.k.json taken/.k && touch -d '2020-01-01' taken")
    input.look(at: group, isRunning: false)
    #expect(stage.spool.has("ipc/g/taken/.k"))
    stage.spool.shell("rm ipc/g/input/.k.json")
    input.look(at: group, isRunning: false)
    #expect(stage.spool.has("ipc/g/taken/.k"), "its folder is as it was seen")
    stage.spool.shell("touch ipc/g/taken/a")
    #expect(
      try eventually {
        input.look(at: group, isRunning: false)
        return try stage.folder("ipc/g/taken").names().isEmpty
      })
  }

  @Test("of many a part is cleared at a time, until none is left")
  func many() throws {
    stage.spool.shell("cd ipc/g/taken && seq 1000 | xargs touch")
    input.look(at: group, isRunning: false)
    #expect(try stage.names("ipc/g/taken").count == 1000 - 256)
    #expect(
      try eventually {
        input.look(at: group, isRunning: false)
        return try stage.names("ipc/g/taken").isEmpty
      })
  }
}
