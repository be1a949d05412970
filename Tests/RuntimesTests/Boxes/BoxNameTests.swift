import Jobs
import Testing

@testable import Runtimes

@Suite("What an engine knows a container by")
struct BoxNameTests {
  @Test("no two starts have one name, be it the same attempt of the same job")
  func new() {
    let names = (1...100).map { _ in BoxName.new(spool: "a-b", id: JobID(unchecked: "x"), attempt: 1) }
    #expect(Set(names).count == 100)
    #expect(names.allSatisfy { $0.hasPrefix("bobbin-a-b-1-x-") })
  }

  @Test("of letters, digits, '_', '.' and '-', whatever the id is")
  func grammar() {
    for id in ["ä b/ü.é", String(repeating: "ł", count: 200), String(repeating: "x", count: 300)] {
      let name = BoxName.new(spool: "fe00-19601d", id: JobID(unchecked: id), attempt: .max)
      #expect(name.wholeMatch(of: /[a-zA-Z0-9][a-zA-Z0-9_.-]+/) != nil && name.utf8.count <= 128, "\(name)")
    }
  }
}
