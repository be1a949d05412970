@testable import CLI
import Spool
import Testing

@Suite struct ListCommandTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  @Test("ls does not count what a runner noted beside a waiting job among what is ignored")
  func notes() throws {
    try bobbin.put("child.json", #"{"run":"true","after":["a"]}"#, in: .inbox)
    try bobbin.put(".child.after.json", "{}", in: .inbox)
    #expect(!bobbin("ls", "inbox").err.contains("ignored"))
    try bobbin.put(".gone.after.json", "{}", in: .inbox)
    #expect(bobbin("ls", "inbox").err.contains("ignored in inbox: 1 whose name starts with '.' (.gone.after.json)"))
  }
}
