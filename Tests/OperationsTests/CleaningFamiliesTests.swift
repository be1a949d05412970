import Jobs
import Operations
import Platform
import Spool
import TestSupport
import Testing

/// Retention of what is no job: messages, requests of groups, tasks.
@Suite struct CleaningFamiliesTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool(now: HandMadeSpool.twoHoursLater) }

  // MARK: rules

  @Test("each folder of messages, requests and tasks has the count of 'done' or 'errors' to itself")
  func counts() throws {
    try spool.put("settings.json", #"{"retention":{"done":{"count":1},"errors":{"count":1}}}"#)
    for name in ["a", "b"] {
      for place in [SpoolPlace.doneMessages, .failedMessages] {
        try spool.putMessage(name, in: place, ago: name == "a" ? 20 : 10)
      }
      for place in [SpoolPlace.doneRequests, .failedRequests] { try spool.putRequest(name, in: place) }
      try spool.stale().create(name).write([])
      try spool.putEndedTask(name)
    }
    #expect(
      try spool.clean(CleanRequest()) == [
        "done/outbox a", "errors/outbox a", "done/ipc/g a", "errors/ipc/g a", "errors/ipc/g/stale a", "done/tasks a",
      ])
    for place in [SpoolPlace.doneMessages, .failedMessages] {
      #expect(try spool.names(place) == ["b.json", "b.result.json"])
    }
    #expect(try spool.names(.doneTasks) == ["b.json", "b.state.json"])
    #expect(try spool.requestNames(.doneRequests) == ["b.json"])
    #expect(try spool.requestNames(.failedRequests) == ["b.json", "b.result.json", "stale"])
    #expect(try spool.stale().names() == ["b"])
  }

  @Test("what ended longer ago than the age goes, of all of them", arguments: [1, 3])
  func ages(hours: Int) throws {
    try spool.put("settings.json", #"{"retention":{"done":{"age":"\#(hours)h"},"errors":{"age":"\#(hours)h"}}}"#)
    try spool.putMessage("m", in: .doneMessages)
    try spool.putMessage("m", in: .failedMessages)
    try spool.putMessage("young", in: .failedMessages, ago: 60)
    for place in [SpoolPlace.doneRequests, .failedRequests] { try spool.putRequest("r", in: place) }
    try spool.stale().create("s").write([])
    try spool.putEndedTask("t")
    let all = [
      "done/outbox m", "errors/outbox m", "done/ipc/g r", "errors/ipc/g r", "errors/ipc/g/stale s", "done/tasks t",
    ]
    #expect(try spool.clean(CleanRequest()) == (hours == 1 ? all : []))
    #expect(try spool.names(.failedMessages).contains("young.json"))
  }

  @Test("a request that was sent again is as young as the last time, for by it the next time is known")
  func repeats() throws {
    for name in ["0", "1", "1~2", "1~10"] { try spool.putRequest(name, in: .doneRequests) }
    #expect(try Set(spool.clean(CleanRequest(keep: 1))) == ["done/ipc/g 0", "done/ipc/g 1~2", "done/ipc/g 1~10"])
    #expect(try spool.requestNames(.doneRequests) == ["1.json"])
  }

  @Test("a reason whose request, and a state whose task somebody took away go too")
  func alone() throws {
    try spool.requests(.failedRequests).create("r.result.json").write([])
    try spool.put("t.state.json", "{}", in: .doneTasks)
    #expect(try spool.clean() == ["errors/ipc/g r", "done/tasks t"])
  }

  @Test("a message goes with its files: those of one that failed lie in the outbox, if it names them")
  func files() throws {
    try spool.putMessage("sent", in: .doneMessages)
    try spool.inner("sent.files", of: spool.folders[.doneMessages]).create("1-a").write([])
    for name in ["mine", "other", "odd"] { try spool.putCopies(name) }
    try spool.putMessage(
      "mine", in: .failedMessages, #"{"to":"ops","text":"x","files":["/spool/outbox/mine.files/1-a"]}"#)
    try spool.putMessage("other", in: .failedMessages, #"{"to":"ops","text":"x","files":["/srv/other.files/1-a"]}"#)
    try spool.putMessage("odd", in: .failedMessages, "no message")
    #expect(try spool.clean().count == 4)
    for place in [SpoolPlace.doneMessages, .failedMessages] { #expect(try spool.names(place).isEmpty) }
    #expect(try spool.names(.outbox) == ["odd.files", "other.files"])
  }

  // MARK: what has to stay

  /// What is put beside a family, and the family.
  private static let inUse: [(place: SpoolPlace, name: String, why: String)] = [
    (.doneMessages, "m", "outbox/m.json"), (.failedMessages, "m", "outbox/m.json"),
    (.failedMessages, "m", "processing/outbox/m.json"), (.failedMessages, "m", "outbox/m.run.json"),
    (.doneMessages, "m", "processing/outbox/m.run.json"), (.failedMessages, "m", "copies errors/outbox/m~2.json"),
    (.doneMessages, "g.1", "processing/ipc/g/messages.1.json"), (.doneMessages, "g.1", "ipc/g/messages/1.json"),
    (.failedMessages, "g.1", "named processing/ipc/g/messages.other.json"),
    (.doneMessages, "failed.j", "processing/j.json"), (.failedMessages, "failed.j~2", "inbox/j~2.json"),
    (.doneRequests, "1", "inbox/g.1.json"), (.doneRequests, "1", "held/g.1.json"),
    (.doneRequests, "1", "processing/g.1.json"), (.doneRequests, "1", "deferred/g.1.json"),
    (.doneRequests, "1", "processing/g.1.step.json"), (.doneRequests, "1", "deferred/g.1.a.b~3.json"),
    (.doneRequests, "1", "outbox/g.1.json"), (.doneRequests, "1", "processing/outbox/g.1~2.json"),
    (.doneRequests, "1~2", "inbox/g.1.json"), (.doneRequests, "1", "ipc/g/jobs/1.json"),
    (.doneRequests, "1", "processing/ipc/g/tasks.1.json"), (.failedRequests, "1", "processing/ipc/g/jobs.1.json"),
    (.doneRequests, "input-1", "inbox/g.1.json"), (.doneTasks, "g.t", "processing/ipc/g/tasks.1.json"),
    (.done, "g.1", "processing/ipc/g/jobs.1.json"), (.errors, "g.1.step", "ipc/g/jobs/1.json"),
  ]

  @Test("what something under way may ask for once more stays, in a dry run too", arguments: inUse.indices)
  func stays(index: Int) throws {
    let (place, name, why) = Self.inUse[index]
    switch place {
    case .doneMessages, .failedMessages: try spool.putMessage(name, in: place)
    case .doneRequests, .failedRequests: try spool.putRequest(name, in: place)
    case .doneTasks: try spool.putEndedTask(name)
    default: try spool.putEnded(name, place == .done ? .succeeded : .failed, ended: 1)
    }
    let words = why.split(separator: " ")
    if words.first == "copies" { try spool.putCopies(name) }
    let path = try #require(words.last).split(separator: "/").map(String.init)
    var beside = spool.folders.root
    for part in path.dropLast() { beside = try spool.inner(part, of: beside) }
    let file = try #require(path.last)
    try beside.create(file).write(Array(#"{"run":"true","id":"1"}"#.utf8))
    #expect(
      try spool.clean(CleanRequest(keep: 0)).filter { $0.hasSuffix(" \(name)") }.isEmpty,
      "\(place) \(name) beside \(why)")
    // It is this that kept it. A message that failed went itself.
    if try beside.has(file) { try beside.remove(file) }
    let own = place.rawValue + ([.doneRequests, .failedRequests].contains(place) ? "/g" : "") + " \(name)"
    #expect(try spool.clean().contains(own), "\(place) \(name) without \(why)")
  }

  @Test("what somebody takes back between plan and removal keeps everything")
  func race() throws {
    try spool.putMessage("m", in: .failedMessages, #"{"to":"ops","text":"x","files":["/spool/outbox/m.files/1-a"]}"#)
    try spool.putCopies("m")
    try spool.putRequest("1", in: .doneRequests)
    try spool.putRequest("2", in: .failedRequests)
    try spool.putEndedTask("t")
    let removed = try spool.clean {
      try spool.folders[.failedMessages].move("m.json", to: spool.folders[.outbox], as: "m.json")
      try spool.put("g.1.json", in: .inbox)
      try spool.requests(.failedRequests).remove("2.json")
      try spool.folders[.doneTasks].move("t.json", to: spool.folders[.tasks], as: "t.json")
    }
    #expect(removed.isEmpty)
    #expect(try spool.names(.failedMessages) == ["m.result.json"])
    #expect(try spool.names(.outbox) == ["m.files", "m.json"])
    #expect(try spool.requestNames(.doneRequests) == ["1.json"])
    #expect(try spool.requestNames(.failedRequests) == ["2.result.json"])
    #expect(try spool.names(.doneTasks) == ["t.state.json"])
  }

  @Test("a job that starts again while others are removed keeps its request")
  func lateJob() throws {
    try spool.putRequest("1", in: .doneRequests)
    let plan = try spool.access.planCleaning(CleanRequest(keep: 0))
    let cleaner = try Cleaner(spool.access)
    try spool.put("g.1.json", in: .inbox)
    #expect(try plan.items.map { try cleaner.remove($0) } == [false])
  }

  @Test("a result without its message waits for it; a message without any goes")
  func half() throws {
    try spool.put("a.json", HandMadeSpool.message, in: .failedMessages)
    for place in [SpoolPlace.doneMessages, .failedMessages] { try spool.put("b.result.json", "{}", in: place) }
    #expect(try spool.clean() == ["errors/outbox a"])
  }

  @Test("a clean that dies at any step leaves what the next one finds, or nothing", arguments: 1...10)
  func failing(step: Int) throws {
    try spool.putMessage("m", in: .failedMessages)
    for place in [SpoolPlace.doneRequests, .failedRequests] { try spool.putRequest("r", in: place) }
    try spool.putEndedTask("t")
    let plan = try #require(FaultPlan("EIO@\(step)"))
    let disk = FaultyDisk(plan)
    let access = try SpoolAccess(path: spool.path, disk: disk, now: { HandMadeSpool.twoHoursLater })
    for item in try access.planCleaning(CleanRequest(keep: 0)).items {
      do { _ = try Cleaner(access).remove(item) } catch { break }
    }
    #expect(disk.stepsTaken == min(step, 7))
    for (left, own) in [
      (try spool.names(.failedMessages), "m.json"), (try spool.requestNames(.failedRequests), "r.json"),
      (try spool.names(.doneTasks), "t.json"),
    ] {
      #expect(left.isEmpty || left.contains(own), "\(left)")
    }
    try spool.clean()
    #expect(try spool.names(.failedMessages).isEmpty && spool.names(.doneTasks).isEmpty)
    #expect(try spool.requestNames(.failedRequests).isEmpty && spool.requestNames(.doneRequests).isEmpty)
  }
}
