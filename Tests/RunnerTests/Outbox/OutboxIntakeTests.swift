import Jobs
import Platform
import Spool
import TestSupport
import Testing

@testable import Runner

@Suite("What lies in outbox/ is looked at until it is known, and not after", .timeLimit(.minutes(60)))
struct OutboxIntakeTests {
  @Test("a message that is held open and named twice in one turn is taken in once, and not looked at again and again")
  func namedTwice() throws {
    let stage = try RequestStage()
    let table = OutboxTable()
    let intake = OutboxIntake(try Core(RunnerOptions(spool: stage.spool.path)), table: table)
    var admitted = 0
    intake.admit = { message, name, status in
      admitted += 1
      _ = table.add(
        name, in: .outbox, channel: message.channel, address: "", arrival: status.changed, inode: status.inode)
    }
    let file = try stage.folder("outbox").create("m.json")
    try file.write(Array(#"{"to": "ops:a", "text": "hi"}"#.utf8))
    let name = Array("m.json".utf8)
    #expect(
      try eventually {
        intake.hint(name)
        intake.hint(name)
        try intake.look()
        return admitted > 0
      })
    #expect(
      try eventually {
        try intake.look()
        return intake.nextLook == nil && !intake.hasUnsettled && intake.isCaughtUp
      })
    #expect(admitted == 1)
    withExtendedLifetime(file) {}  // open until here
  }
}
