import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// States that no killed runner leaves and a power loss may: of several renames that were not synced, a later one without
/// an earlier one. POSIX promises no more; ext4 keeps the order.
@Suite(.timeLimit(.minutes(60))) struct PowerLossTests {
  private let spool: TestSpool
  private var trace: String { spool.place.path + "/trace" }

  init() throws { spool = try TestSpool() }

  private func put(_ record: JobRecord, _ name: String) throws {
    try spool.replace(name, String(decoding: record.encode(), as: UTF8.self))
  }

  private func finished(_ outcome: Outcome) -> JobRecord {
    var record = JobRecord(id: JobID(unchecked: "x"), state: .finished(outcome))
    record.submittedAt = Timestamp(seconds: 1_700_000_000)
    record.append(Attempt(number: 1, status: outcome.status.rawValue))
    return record
  }

  @Test(
    "what a job left goes where its result is, when the result and the job went ahead",
    arguments: ["done", "processing"])
  func files(job: String) throws {
    var record = finished(Outcome(.succeeded))
    record.files = "x.files"
    try put(record, "done/x.result.json")
    try spool.replace("\(job)/x.json", #"{"run": "echo >> \#(trace)"}"#)
    spool.shell("mkdir processing/x.files && echo left > processing/x.files/left")
    try spool.drain()
    #expect(try spool.text("done/x.files/left") == "left\n")
    #expect(try spool.has("done/x.json") && !spool.has("processing/x.files") && !spool.place.folder.has("trace"))
  }

  @Test("files that no result names are cleared away, as ever")
  func strayFiles() throws {
    try put(finished(Outcome(.succeeded)), "done/x.result.json")
    try spool.replace("done/x.json", #"{"run": "true"}"#)
    spool.shell("mkdir processing/x.files && echo left > processing/x.files/left")
    try spool.drain()
    #expect(!spool.has("processing/x.files") && !spool.has("done/x.files"))
  }

  @Test("a job in deferred whose record is here and says that it finished is not run again")
  func finishedRecord() throws {
    let record = finished(Outcome(.succeeded))
    try put(record, "processing/x.run.json")
    try spool.replace("deferred/x.json", #"{"run": "echo >> \#(trace)"}"#)
    try spool.drain()
    #expect(try spool.text("done/x.result.json") == String(decoding: record.encode(), as: UTF8.self))
    #expect(try spool.has("done/x.json") && !spool.place.folder.has("trace"))
    #expect(try spool.names(.errors) == [])
  }

  @Test("a job in deferred whose record is here and says that it runs was cut short, and keeps its history")
  func runningRecord() throws {
    var record = JobRecord(id: JobID(unchecked: "x"), state: .running(Live()))
    record.append(Attempt(number: 1, status: "failed"))
    record.attemptsUsed = 1
    try put(record, "processing/x.run.json")
    try spool.replace("deferred/x.json", #"{"run": "echo >> \#(trace)", "retry": {"attempts": 3, "delay": "10ms"}}"#)
    try spool.drain()
    #expect(try spool.result("x").attempts.map(\.status) == ["failed", "interrupted", "succeeded"])
    #expect(try spool.names(.errors) == [])
  }

  @Test("a message whose record says that it was delivered gets its result where it lies")
  func message() throws {
    var record = MessageRecord(id: "x")
    record.status = .delivered
    try spool.replace("processing/outbox/x.run.json", String(decoding: record.encode(), as: UTF8.self))
    try spool.replace("done/outbox/x.json", #"{"to": "ops", "text": "hi"}"#)
    try spool.drain()
    #expect(spool.has("done/outbox/x.result.json") && !spool.has("errors/outbox/x.result.json"))
  }

  @Test(
    "a drop's own bytes go to the disk before it is told that it is refused, or cancelled",
    arguments: [("inbox", #"{"unknown": 1}"#, "refused"), ("errors", #"{"run": "true"}"#, "cancelled")])
  func ownBytes(place: String, json: String, status: String) throws {
    try spool.replace("\(place)/x.json", json)
    let inode = try spool.folder(place == "inbox" ? .inbox : .errors).status("x.json")?.inode
    // A file whose sync failed is written anew: that it is another one shows that it was to be synced, and first.
    #expect(try spool.drain(fault: "EIO:sync@1", end: .exited(status == "refused" ? 1 : 0)))
    #expect(try spool.result("x").status == status && spool.text("errors/x.json") == json)
    #expect(try spool.folder(.errors).status("x.json")?.inode != inode)
  }
}
