import Runtimes
import Testing

@Suite("Why nothing was started is one short sentence")
struct StartFailureTests {
  @Test("a program's name is shortened, and what would steer a terminal is shown as what it is")
  func names() {
    let long = String(repeating: "N", count: 900_000)
    for failure in [StartFailure.notFound(long), .notExecutable(long, reason: "no rights")] {
      #expect(failure.reason.utf8.count < 200 && failure.reason.contains("NNN…"))
    }
    #expect(StartFailure.notFound("a\u{1B}[2J").reason.hasPrefix("'a\\u{1b}[2J' was not found"))
    #expect(StartFailure.notFound("no-such-program").reason.hasPrefix("'no-such-program' was not found"))
  }
}
