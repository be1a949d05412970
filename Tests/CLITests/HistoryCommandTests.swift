@testable import CLI
import Jobs
import Platform
import Spool
import Testing

@Suite struct HistoryCommandTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  private func putEnded(_ id: String, _ record: JobRecord, ended: Int64) throws {
    var record = record
    record.finishedAt = Timestamp(seconds: ended)
    try bobbin.putEnded(id, record)
    let place = record.outcome?.status == .succeeded ? SpoolPlace.done : .errors
    try bobbin.folders[place].setModified(JobFile.result(id), to: ended * 1_000_000_000)
  }

  private func fill() throws {
    let group = try GroupName(validating: "night")
    try putEnded("report", .ended("report", .succeeded), ended: 3_999_900_000)
    try putEnded(
      "nightly@20961001T000000Z",
      .ended("nightly@20961001T000000Z", .succeeded) {
        $0.group = group; _ = $1
      },
      ended: 3_999_901_000)
    try putEnded(
      "nightly@20961002T000000Z",
      .ended("nightly@20961002T000000Z", .failed) {
        $0.group = group
        $1.exitCode = 3
      }, ended: 3_999_990_000)
    try putEnded(
      "slow",
      .ended("slow", .timedOut) {
        $0.runSeconds = .seconds(300); $1.reason = "longer than 5m"
      },
      ended: 3_999_995_000)
    try putEnded(
      "bad",
      .ended("bad", .refused) {
        $0.runSeconds = nil; $1.reason = "unknown key 'timout'"
      }, ended: 3_999_996_000)
    try bobbin.put(JobFile.result("torn"), "{", in: .errors)
    try bobbin.folders[.errors].setModified(JobFile.result("torn"), to: 3_999_997_000_000_000_000)
  }

  @Test("history tells the last jobs, the newest first")
  func list() throws {
    try fill()
    let answer = bobbin("history")
    #expect(answer.code == 0)
    #expect(answer.err.isEmpty)
    try expectSnapshot(answer.out, "history.txt")
    try expectSnapshot(bobbin("history", "-n", "2", "--task", "nightly", "--json").out, "history.json")
    #expect(bobbin("history", "--failed", "-n", "1").out.contains("torn"))
    #expect(bobbin("history", "--group", "night").out.split(separator: "\n").count == 2)
    #expect(
      bobbin("history", "--task", "nix") == .init(code: 0, out: "", err: "bobbin: no such jobs in done and errors\n"))
  }

  @Test("history counts by group and by task, of each the ten with the most")
  func count() throws {
    try fill()
    try expectSnapshot(bobbin("history", "--count").out, "history-count.txt")
    for number in 1...12 { try putEnded("t\(number)@20961001T000000Z", .ended("t", .succeeded), ended: 3_999_900_000) }
    let many = bobbin("history", "--count").out
    #expect(many.hasSuffix("… and 3 more\n"))
    try expectSnapshot(bobbin("history", "--count", "--group", "night", "--json").out, "history-count.json")
  }
}
