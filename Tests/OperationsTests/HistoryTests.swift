import Jobs
import Operations
import Platform
import Spool
import Testing

@Suite struct HistoryTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  private func putEnded(_ id: String, _ status: FinalStatus, group: String? = nil, ended: Int64) throws {
    var record = JobRecord(id: JobID(unchecked: id), state: .finished(Outcome(status)))
    record.group = try group.map { try GroupName(validating: $0) }
    let place = status.isSuccess ? SpoolPlace.done : .errors
    try spool.put(JobFile.result(id), String(decoding: record.encode(), as: UTF8.self), in: place)
    try spool.folders[place].setModified(JobFile.result(id), to: ended * 1_000_000_000)
    try spool.put(JobFile.job(id), in: place)
  }

  private func fill() throws {
    try putEnded("a", .succeeded, group: "g", ended: 100)
    try putEnded("n@20261121T020000Z", .succeeded, group: "g", ended: 200)
    try putEnded("n@20261122T020000Z", .failed, ended: 300)
    try putEnded("n@20261122T101500Z-manual~2", .timedOut, ended: 400)
    try putEnded("b", .refused, group: "h", ended: 500)
    // Not jobs that have ended.
    try spool.put("waits.json", in: .inbox)
    try spool.put("x.json", in: .doneTasks)
    try spool.put("later.json", in: .errors)
  }

  private func names(limit: Int = 20, _ change: (inout HistoryRequest) throws -> Void = { _ in }) throws -> [String] {
    var request = HistoryRequest()
    try change(&request)
    return try spool.access.history(request, limit: limit).map(\.name)
  }

  @Test("the newest that have ended stand first")
  func newest() throws {
    try fill()
    #expect(try names(limit: 2) == ["b", "n@20261122T101500Z-manual~2"])
    #expect(try names().count == 5)
  }

  @Test("a task's jobs, a group's and the failures are told apart")
  func filters() throws {
    try fill()
    #expect(
      try names { $0.task = "n" }
        == ["n@20261122T101500Z-manual~2", "n@20261122T020000Z", "n@20261121T020000Z"])
    #expect(try names { $0.group = try GroupName(validating: "g") } == ["n@20261121T020000Z", "a"])
    #expect(try names(limit: 1) { $0.group = try GroupName(validating: "g") } == ["n@20261121T020000Z"])
    #expect(try names { $0.onlyFailed = true }.count == 3)
    #expect(
      try names {
        $0.onlyFailed = true
        $0.task = "n"
      }.count == 2)
  }

  @Test("a result that cannot be read is listed all the same")
  func unreadable() throws {
    try spool.put(JobFile.result("x"), "{", in: .done)
    #expect(try spool.access.history(HistoryRequest(), limit: 5).map(\.result) == [nil])
    #expect(try spool.access.countHistory(HistoryRequest()).all.total == 0)
  }

  @Test("numbers are added up by group and by task, the most first")
  func counts() throws {
    try fill()
    let counts = try spool.access.countHistory(HistoryRequest())
    #expect(counts.all.succeeded == 2)
    #expect(counts.all.failed == 3)
    #expect(counts.groups.map { $0.group?.text ?? "-" } == ["-", "g", "h"])
    #expect(counts.groups.map(\.tally.failed) == [2, 0, 1])
    #expect(counts.tasks.map(\.task) == ["n"])
    #expect(counts.tasks.map(\.tally.failed) == [2])
    var request = HistoryRequest()
    request.task = "n"
    #expect(try spool.access.countHistory(request).groups.map(\.tally.total) == [2, 1])
  }
}
