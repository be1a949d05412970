@testable import CLI
import Jobs
import Platform
import Spool
import Testing

@Suite struct LogsCommandTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  /// `c` had two attempts, and then a job `c.2` came, whose log could not have its name.
  private func putNamesakes() throws {
    var two = JobRecord.ended("c", .failed) { record, _ in
      record.stdout = StreamText(head: Array("other".utf8), total: 5, log: "logs/jobs/c.2.out")
    }
    two.append(Attempt(number: 2, status: "failed"))
    try bobbin.putEnded("c", two)
    try bobbin.putEnded(
      "c.2",
      .ended("c.2", .succeeded) { record, _ in
        record.stdout = StreamText(head: Array("own".utf8), total: 3, log: "logs/jobs/c.2~2.out")
        record.stderr = StreamText(head: [], total: 0)
      })
    try bobbin.put("c.out", "first", in: .jobLogs)
    try bobbin.put("c.2.out", "other", in: .jobLogs)
    try bobbin.put("c.2~2.out", "own", in: .jobLogs)
    try bobbin.put("c.2.err", "other's", in: .jobLogs)
  }

  @Test("logs prints the files that the result names", arguments: [["logs", "c.2"], ["logs", "-f", "c.2"]])
  func named(words: [String]) throws {
    try putNamesakes()
    #expect(bobbin.call(words) == .init(code: 0, out: "own", err: ""))
    #expect(bobbin("logs", "c", "--attempt", "1").out == "first")
    #expect(bobbin("logs", "c").out.hasPrefix("other"))
  }

  @Test("clean takes away the logs that the result names, and leaves those of a namesake")
  func cleanNamed() throws {
    try putNamesakes()
    try bobbin.folders[.errors].setModified("c.result.json", to: Called.now.nanoseconds)
    try bobbin.folders[.done].setModified("c.2.result.json", to: 3_999_000_000 * 1_000_000_000)
    #expect(bobbin("clean", "--older-than", "1d").code == 0)
    #expect(try bobbin.names(.done).isEmpty)
    #expect(try bobbin.names(.jobLogs) == ["c.2.err", "c.2.out", "c.out"])
    try bobbin.folders[.errors].setModified("c.result.json", to: 3_999_000_000 * 1_000_000_000)
    #expect(bobbin("clean", "--older-than", "1d").code == 0)
    #expect(try bobbin.names(.jobLogs).isEmpty)
  }

  @Test("clean leaves a log that may be a namesake's, where no record tells whose it is")
  func cleanUntold() throws {
    try putNamesakes()
    try bobbin.folders[.done].remove("c.2.result.json")
    try bobbin.folders[.done].remove("c.2.json")
    var record = JobRecord.ended("c.2", .succeeded) { record, _ in
      record.stdout = StreamText(head: [], total: 0)
      record.stderr = StreamText(head: [], total: 0)
    }
    record.append(Attempt(number: 2, status: "succeeded"))
    try bobbin.putEnded("c.2", record)
    try bobbin.folders[.errors].setModified("c.result.json", to: Called.now.nanoseconds)
    #expect(bobbin("clean", "--older-than", "1d").out.contains("c.2"))
    #expect(try bobbin.names(.jobLogs).contains("c.2.out"))
  }

  @Test("the log of a job whose log's name was taken is not taken for that of a job that is gone")
  func numberedLog() throws {
    try bobbin.put("c.2.json", in: .processing)
    try bobbin.put("c.2~2.out", "own", in: .jobLogs)
    try bobbin.folders.root.create("settings.json").write(Array(#"{"retention":{"logs":{"count":0}}}"#.utf8))
    #expect(bobbin("clean").code == 0)
    #expect(try bobbin.names(.jobLogs) == ["c.2~2.out"])
  }
}
