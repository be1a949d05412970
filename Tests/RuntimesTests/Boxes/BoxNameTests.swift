import Jobs
import Testing

@testable import Runtimes

@Suite("What an engine knows a container by")
struct BoxNameTests {
  @Test("no two starts have one name, be it the same attempt of the same job")
  func new() {
    let runner = BoxName(spool: "a-b")
    let names = (1...100).map { _ in runner.new(JobID(unchecked: "x"), attempt: 1) }
    #expect(Set(names).count == 100)
    #expect(names.allSatisfy { $0.hasPrefix("bobbin-a-b-1-x-") })
  }

  @Test("of letters, digits, '_', '.' and '-', whatever the id is")
  func grammar() {
    for id in ["ä b/ü.é", String(repeating: "ł", count: 200), String(repeating: "x", count: 300)] {
      let name = BoxName(spool: "fe00-19601d").new(JobID(unchecked: id), attempt: .max)
      #expect(name.wholeMatch(of: /[a-zA-Z0-9][a-zA-Z0-9_.-]+/) != nil && name.utf8.count <= 128, "\(name)")
    }
  }

  @Test("a runner knows its own from those of another one, whatever the ids are")
  func own() {
    let (mine, other) = (BoxName(spool: "a-b"), BoxName(spool: "a-b"))
    for id in ["x", "a-b.c", "ü"].map(JobID.init(unchecked:)) {
      #expect(mine.isOwn(mine.new(id, attempt: 2)) && !mine.isOwn(other.new(id, attempt: 2)))
    }
    #expect(!mine.isOwn("other") && !mine.isOwn("") && !mine.isOwn("bobbin-a-b-1-x-"))
  }
}
